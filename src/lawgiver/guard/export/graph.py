"""A classifier's network as an ONNX graph in fp32, proved to answer what the network answers."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch

from lawgiver.models.classifier.module import ClassifierModule
from lawgiver.models.classifier.onnx_classifier import IDS, LOGITS, MASK, session_of
from lawgiver.outcome import ConfigurationError

OPSET = 17
TOLERANCE = 1e-3
"""How far logits may be off, relative to the largest of them where that is above 1."""
_FUSED = {"bert", "roberta", "xlm-roberta", "camembert", "electra"}
"""Architectures whose attention onnxruntime knows to run as one operator; it takes a third of the time then."""


def write_graph(module: ClassifierModule, window: int, path: Path) -> None:
    """Write the graph of a classifier: ids and mask, (W, T) each and both dynamic, to logits (W, O).

    Args:
        module: the network; left in evaluation mode on the processor, in fp32.
        window: tokens that are read at once.
        path: the file.

    Raises:
        ConfigurationError: if the network cannot be traced, or the graph answers something else.
    """
    module.float().cpu().eval()
    module.backbone.set_attn_implementation("eager")  # plain matrix products, which onnxruntime finds and fuses
    plain = path.with_name(f"plain-{path.name}")
    _trace(module, min(window, 24), plain)
    wanted = [(ids, mask, _asked(module, ids, mask)) for ids, mask in _probes(module, window)]
    for candidate in ([_fused(module, plain, path)] if _kind(module) in _FUSED else []) + [plain]:
        session = session_of(candidate)
        off = max(_off(session, *probe) for probe in wanted)
        if off <= TOLERANCE:
            candidate.replace(path)
            plain.unlink(missing_ok=True)
            return
    raise ConfigurationError(
        f"{_kind(module)}: the exported graph is off by {off:.2g} of its logits; this backbone cannot be exported"
    )


def _trace(module: ClassifierModule, tokens: int, path: Path) -> None:
    ids_WT, mask_WT = _probe(module, 2, tokens)
    axes = {IDS: {0: "windows", 1: "tokens"}, MASK: {0: "windows", 1: "tokens"}, LOGITS: {0: "windows"}}
    try:
        with warnings.catch_warnings(), torch.inference_mode():
            warnings.simplefilter("ignore")  # tracing warns of every shape that it takes for a constant
            # the newer exporter needs a minute for twelve layers, and leaves attention in pieces that nothing fuses
            torch.onnx.export(
                module,
                (torch.from_numpy(ids_WT), torch.from_numpy(mask_WT)),
                str(path),
                input_names=[IDS, MASK],
                output_names=[LOGITS],
                dynamic_axes=axes,
                opset_version=OPSET,
                dynamo=False,
            )
    except (RuntimeError, ValueError, TypeError, torch.onnx.OnnxExporterError) as error:
        first = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise ConfigurationError(f"{_kind(module)}: this backbone cannot be exported: {first[:200]}") from None


def _fused(module: ClassifierModule, plain: Path, path: Path) -> Path:
    from onnxruntime.transformers.fusion_options import FusionOptions
    from onnxruntime.transformers.optimizer import optimize_model

    config: Any = module.backbone.config
    options = FusionOptions("bert")
    options.enable_embed_layer_norm = False  # embeddings are quantised by themselves, a scale for each row
    model = optimize_model(
        str(plain),
        model_type="bert",
        num_heads=config.num_attention_heads,
        hidden_size=config.hidden_size,
        optimization_options=options,
        opt_level=1,
        use_gpu=False,
    )
    part_norms(model.model)
    fused = path.with_name(f"fused-{path.name}")
    model.save_model_to_file(str(fused))
    return fused


def part_norms(model: Any) -> None:
    """Take every sum with its norm apart again, in place: one operator for both takes twice as long as two."""
    from onnx import helper

    nodes = []
    for node in model.graph.node:
        if node.op_type != "SkipLayerNormalization" or len(node.output) > 1:
            nodes.append(node)
            continue
        (data, skip, weight, shift), bias, out = node.input[:4], node.input[4:], node.output[0]
        if bias:  # beside the product, so that it becomes part of that
            nodes.append(helper.make_node("Add", [data, bias[0]], [f"{out}_biased"]))
            data = f"{out}_biased"
        nodes.append(helper.make_node("Add", [data, skip], [f"{out}_sum"]))
        epsilon = next((each.f for each in node.attribute if each.name == "epsilon"), 1e-12)
        nodes.append(
            helper.make_node("LayerNormalization", [f"{out}_sum", weight, shift], [out], axis=-1, epsilon=epsilon)
        )
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def _probes(module: ClassifierModule, window: int) -> list[tuple[Any, Any]]:
    return [_probe(module, *shape) for shape in ((1, 3), (1, window), (3, window // 2 + 1), (4, min(window, 7)))]


def _probe(module: ClassifierModule, windows: int, tokens: int) -> tuple[Any, Any]:
    """Random ids, every second window half padding."""
    draw = np.random.default_rng(windows * 1000 + tokens)
    ids_WT = draw.integers(0, int(module.backbone.config.get_text_config().vocab_size), (windows, tokens))
    mask_WT = np.ones_like(ids_WT)
    mask_WT[1::2, (tokens + 1) // 2 :] = 0
    return ids_WT, mask_WT


def _asked(module: ClassifierModule, ids_WT: Any, mask_WT: Any) -> Any:
    with torch.inference_mode():
        return module(torch.from_numpy(ids_WT), torch.from_numpy(mask_WT)).numpy()


def _off(session: Any, ids_WT: Any, mask_WT: Any, wanted_WO: Any) -> float:
    try:
        [found_WO] = session.run([LOGITS], {IDS: ids_WT, MASK: mask_WT})
    except Exception:  # a shape that tracing took for a constant
        return float("inf")
    if found_WO.shape != wanted_WO.shape:
        return float("inf")
    return float(np.abs(found_WO - wanted_WO).max() / max(1.0, np.abs(wanted_WO).max()))


def _kind(module: ClassifierModule) -> str:
    return str(module.backbone.config.model_type)
