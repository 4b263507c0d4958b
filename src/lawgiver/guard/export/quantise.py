"""fp32 to int8: matrix products by onnxruntime, embeddings with a scale for each row."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lawgiver.guard.export.smooth import PRODUCTS, smooth
from lawgiver.models.classifier.onnx_classifier import IDS, LOGITS, MASK, session_of

LARGE = 1 << 14
"""Tables with fewer numbers than this stay as they are: they weigh nothing."""


def quantise(source: Path, path: Path, windows: Sequence[Sequence[int]]) -> None:
    """Write an int8 version of a graph.

    Weights get 7 bits and a scale for each column: with all 8, processors without VNNI overflow in 16-bit sums, and
    answer something else than the one it was measured on. Activations are quantised as they come.

    Args:
        source: a graph in fp32.
        path: where to write.
        windows: token ids of texts like those that it will read, see `smooth` and `centre`; none leaves both out.
    """
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    smoothed = path.with_name(f"smooth-{path.name}") if windows else source
    if windows:
        smooth(source, smoothed, windows)
    with _quiet():
        quantize_dynamic(
            smoothed,
            path,
            op_types_to_quantize=list(PRODUCTS),
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )
    if windows:
        smoothed.unlink()
    model = onnx.load(path)
    quantise_tables(model)
    onnx.save(model, path)
    if windows:
        centre(source, path, windows)


def centre(source: Path, path: Path, windows: Sequence[Sequence[int]]) -> None:
    """Move the biases of the head in `path` so that its logits are those of `source` on average over some windows.

    Rounding errors of many products add up to a shift, which would move every score towards its threshold or away.
    """
    import onnx
    from onnx import numpy_helper

    model = onnx.load(path)
    head = next(node for node in model.graph.node if LOGITS in node.output)
    bias = next((tensor for tensor in model.graph.initializer if tensor.name in list(head.input)[-1:]), None)
    if bias is None or head.op_type not in ("Gemm", "Add"):
        return
    shift_O = (_logits(source, windows) - _logits(path, windows)).mean(0)
    bias.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(bias) + shift_O.astype(np.float32), bias.name))
    onnx.save(model, path)


def _logits(path: Path, windows: Sequence[Sequence[int]]) -> Any:
    """Of W windows, (W, O), each read alone."""
    session = session_of(path)
    ids = [np.array([window], dtype=np.int64) for window in windows]
    return np.concatenate([session.run([LOGITS], {IDS: each, MASK: np.ones_like(each)})[0] for each in ids])


def quantise_tables(model: Any) -> int:
    """Turn tables that rows are gathered from into int8 with a scale for each row, in place; returns how many.

    One scale for a whole table, as onnxruntime would take it, is that of its largest number: rows of rare tokens are
    small, and would lose most of their bits.
    """
    from onnx import TensorProto, helper, numpy_helper

    graph = model.graph
    tables = {tensor.name: tensor for tensor in graph.initializer if tensor.data_type == TensorProto.FLOAT}
    used = [name for node in graph.node for name in node.input]
    done = 0
    for at in range(len(graph.node) - 1, -1, -1):
        node = graph.node[at]
        table = tables.get(node.input[0]) if node.op_type == "Gather" else None
        if table is None or len(table.dims) != 2 or np.prod(table.dims) < LARGE or used.count(table.name) > 1:
            continue
        axis = next((attribute.i for attribute in node.attribute if attribute.name == "axis"), 0)
        if axis != 0:
            continue
        weight_VH = numpy_helper.to_array(table)
        scale_V1 = np.maximum(np.abs(weight_VH).max(1, keepdims=True), 1e-12).astype(np.float32) / 127
        small_VH = np.round(weight_VH / scale_V1).astype(np.int8)
        name, ids, out = table.name, node.input[1], node.output[0]
        graph.initializer.remove(table)
        graph.initializer.append(numpy_helper.from_array(small_VH, f"{name}_int8"))
        graph.initializer.append(numpy_helper.from_array(scale_V1, f"{name}_scale"))
        graph.node.remove(node)
        nodes = [
            helper.make_node("Gather", [f"{name}_int8", ids], [f"{out}_int8"], axis=0),
            helper.make_node("Gather", [f"{name}_scale", ids], [f"{out}_scale"], axis=0),
            helper.make_node("Cast", [f"{out}_int8"], [f"{out}_float"], to=TensorProto.FLOAT),
            helper.make_node("Mul", [f"{out}_float", f"{out}_scale"], [out]),
        ]
        for offset, each in enumerate(nodes):
            graph.node.insert(at + offset, each)
        done += 1
    return done


class _quiet(warnings.catch_warnings):
    """Without the advice that the quantiser logs on every call."""

    def __enter__(self) -> None:
        super().__enter__()
        warnings.simplefilter("ignore")
        self._level = logging.root.level
        logging.root.setLevel(logging.ERROR)

    def __exit__(self, *error: Any) -> None:
        logging.root.setLevel(self._level)
        super().__exit__(*error)
