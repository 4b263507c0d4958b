"""Activations made easy to quantise: a few channels of an encoder are far larger than the rest, and cost it its bits.

SmoothQuant (arXiv 2211.10438): what goes into a matrix product is divided by a number for each channel, and the rows of
its weights are multiplied by the same, so that in exact arithmetic nothing changes. On multilingual-e5-small under a
linear probe it takes the error of the probe's log-odds from 26 % of their spread to 15 %, for 3 % more time.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lawgiver.models.classifier.onnx_classifier import IDS, MASK, session_of

ALPHA = 0.65
"""How much of the size moves from activations into weights; the best of 0.3, 0.5, 0.65, 0.7 and 0.8."""
PRODUCTS = ("MatMul", "Attention")
Floats = npt.NDArray[np.float32]


def smooth(source: Path, path: Path, windows: Sequence[Sequence[int]]) -> None:
    """Write a smoothed version of a graph.

    Args:
        source: a graph in fp32.
        path: where to write.
        windows: token ids of texts like those that it will read, to see how large its activations get.
    """
    import onnx
    from onnx import helper, numpy_helper

    graph = (model := onnx.load(source)).graph
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    products = [node for node in graph.node if _smoothable(node, tensors, graph)]
    largest = _largest(model, sorted({node.input[0] for node in products}), windows, path)
    for node in products:
        data, weights = node.input[0], node.input[1]
        weight_KN = numpy_helper.to_array(tensors[weights])
        scale_K = _scales(largest[data], np.abs(weight_KN).max(1))
        tensors[weights].CopyFrom(numpy_helper.from_array(weight_KN * scale_K[:, None], weights))
        if (before := _attention(data, graph, tensors)) is not None:
            _divide_values(before, scale_K, tensors)
            continue
        name = f"{weights}_smooth"
        graph.initializer.append(numpy_helper.from_array(1 / scale_K, name))
        at = next(place for place, each in enumerate(graph.node) if each is node or each == node)
        graph.node.insert(at, helper.make_node("Mul", [data, name], [f"{name}_out"]))
        graph.node[at + 1].input[0] = f"{name}_out"
    onnx.save(model, path)


def _smoothable(node: Any, tensors: dict[str, Any], graph: Any) -> bool:
    if node.op_type not in PRODUCTS or node.input[1] not in tensors or len(tensors[node.input[1]].dims) != 2:
        return False
    return sum(node.input[1] in other.input for other in graph.node) == 1


def _attention(data: str, graph: Any, tensors: dict[str, Any]) -> Any | None:
    """The attention whose outcome a tensor is, if its weights are known and nothing else reads it."""
    node = next((each for each in graph.node if data in each.output), None)
    if node is None or node.op_type != "Attention" or sum(data in each.input for each in graph.node) > 1:
        return None
    if any(each.name == "qkv_hidden_sizes" for each in node.attribute):
        return None
    return node if all(name in tensors for name in node.input[1:3]) else None


def _divide_values(attention: Any, scale_K: Floats, tensors: dict[str, Any]) -> None:
    """Divide what an attention gives by way of its values, the last third of its weights, so that it costs no time."""
    from onnx import numpy_helper

    for name in attention.input[1:3]:
        array = numpy_helper.to_array(tensors[name]).copy()
        array[..., -len(scale_K) :] /= scale_K
        tensors[name].CopyFrom(numpy_helper.from_array(array, name))


def _largest(model: Any, names: Sequence[str], windows: Sequence[Sequence[int]], path: Path) -> dict[str, Floats]:
    """The largest size of each channel of some tensors over all windows."""
    import onnx
    from onnx import TensorProto, helper

    watched = onnx.ModelProto()
    watched.CopyFrom(model)
    watched.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names)
    onnx.save(watched, path)
    session = session_of(path)
    largest: dict[str, Floats] = {}
    for window in windows:
        ids_1T = np.array([window], dtype=np.int64)
        values = session.run(list(names), {IDS: ids_1T, MASK: np.ones_like(ids_1T)})
        for name, value in zip(names, values, strict=True):
            here_K = np.abs(value).reshape(-1, value.shape[-1]).max(0)
            largest[name] = np.maximum(largest.get(name, here_K), here_K)
    return largest


def _scales(data_K: Floats, weight_K: Floats) -> Floats:
    """What the data are divided by, with a geometric mean of 1."""
    log_K = ALPHA * np.log(np.maximum(data_K, 1e-5)) - (1 - ALPHA) * np.log(np.maximum(weight_K, 1e-5))
    return np.asarray(np.exp(np.clip(log_K - log_K.mean(), -9, 9)), dtype=np.float32)
