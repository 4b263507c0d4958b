"""How fast an exported guard answers, beside the same network in fp32 and a classifier of Qwen2.5-0.5B's size.

    lawgiver guard export runs/guard guard-int8
    python benchmarks/guard_speed.py guard-int8 > speed.json

All run on onnxruntime, in turn, so that a busy machine slows each by the same. The classifier of Qwen2.5-0.5B's size is
what DuoGuard-0.5B is (arXiv 2502.05163), with random weights, which are as fast as any, in int8 as the guard is.
Without a guard, multilingual-e5-small with the vocabulary of the shipped seeds and a random head is measured.
Milliseconds are wall-clock of single calls, tokenising included in `text` and left out in `graph`; `cpu` is processor
time on one thread, which other programs do not change. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np

from lawgiver.guard.classifier.heads import OUTPUTS
from lawgiver.guard.example import ASSISTANT, USER
from lawgiver.guard.seeds import read_seeds
from lawgiver.models.classifier.card import GRAPH, ClassifierCard, is_exported
from lawgiver.models.classifier.exported import read_export_card
from lawgiver.models.classifier.onnx_classifier import IDS, MASK, OnnxClassifier, open_onnx, session_of

TURN = 10
SHORT = 150
"""Characters of the longest text that counts as a short prompt."""
TARGETS = {"p50_ms": 8.0, "megabytes": 60.0}
QWEN: dict[str, Any] = {
    "hidden_size": 896,
    "intermediate_size": 4864,
    "num_hidden_layers": 24,
    "num_attention_heads": 14,
    "num_key_value_heads": 2,
    "vocab_size": 32000,  # its own has 151,936, which take memory and no time
    "tie_word_embeddings": True,
}
"""Of Qwen2.5-0.5B's config.json, but for the vocabulary."""


def untrained(folder: Path) -> Path:
    """A guard with a random head on multilingual-e5-small, cut down to the vocabulary of the seeds."""
    import torch

    from lawgiver.models.classifier.backbone import load_backbone
    from lawgiver.models.classifier.module import ClassifierModule
    from lawgiver.models.classifier.predict import save_classifier
    from lawgiver.models.classifier.vocabulary import prune, shrink

    backbone = load_backbone("multilingual-e5-small")
    backbone.tokenizer, kept_K = prune(backbone.tokenizer, (example.scored for example in read_seeds()))
    shrink(backbone.model, kept_K)
    card = ClassifierCard(
        backbone="multilingual-e5-small",
        outputs=OUTPUTS,
        pooling="mean",
        window=128,
        overlap=32,
        user=USER,
        assistant=ASSISTANT,
    )
    torch.manual_seed(0)
    save_classifier(folder, card, backbone, ClassifierModule(backbone.model, "mean", len(OUTPUTS)))
    return folder


def rival(folder: Path, layers: int) -> Path:
    """A classifier of Qwen2.5-0.5B's size as an int8 graph; returns the file."""
    import torch
    from transformers import Qwen2Config, Qwen2Model

    from lawgiver.guard.export.graph import write_graph
    from lawgiver.guard.export.quantise import quantise
    from lawgiver.models.classifier.module import ClassifierModule

    torch.manual_seed(0)
    config = Qwen2Config(**(QWEN | {"num_hidden_layers": layers}), use_cache=False)
    write_graph(ClassifierModule(Qwen2Model(config), "last", len(OUTPUTS)), 32, folder / "full.onnx")
    quantise(folder / "full.onnx", folder / GRAPH, [])  # what it answers means nothing, so nothing need be smoothed
    (folder / "full.onnx").unlink()
    return folder / GRAPH


def in_turn(
    calls: dict[str, Callable[[], Any]], n: int, clock: Callable[[], float] = time.perf_counter
) -> dict[str, list[float]]:
    """Milliseconds of n calls of each, in turn, several at a time.

    The first two of each turn do not count: threads of the one before still spin for a while and take the processor.
    """
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(max(1, n // TURN)):
        for name, call in calls.items():
            for number in range(TURN + 2):
                began = clock()
                call()
                if number >= 2:
                    times[name].append((clock() - began) * 1e3)
    return times


def told(times: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile, and the least, which other programs disturbed the least."""
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    return {"p50_ms": round(cuts[49], 2), "p95_ms": round(cuts[94], 2), "least_ms": round(min(times), 2)}


def text_of(guard: OnnxClassifier, tokens: int) -> str:
    """A prompt of so many tokens, those around it included, made of the seeds' words."""
    words = " ".join(example.text for example in read_seeds()[:400:8]).split()
    for count in range(1, len(words)):
        [windows] = guard.windower([" ".join(words[:count])])
        if windows and len(windows[0].ids) >= tokens:
            return " ".join(words[:count])
    raise SystemExit(f"the window of this guard is shorter than {tokens} tokens")


def throughput(guard: OnnxClassifier, texts: Sequence[str], batch_tokens: int) -> dict[str, Any]:
    """Short prompts, many at once."""
    windows = [len(each[0].ids) for each in guard.windower(list(texts)) if each]
    guard.predict(texts[:32])
    began = time.perf_counter()
    guard.predict(texts, batch_tokens=batch_tokens)
    seconds = time.perf_counter() - began
    return {
        "texts": len(texts),
        "mean_tokens": round(statistics.mean(windows), 1),
        "texts_per_second": round(len(texts) / seconds, 1),
        "tokens_per_second": round(sum(windows) / seconds),
    }


def machine() -> dict[str, Any]:
    model = ""
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return {
        "cpu": model or platform.processor(),
        "cores": os.cpu_count(),
        "load_1min": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "python": platform.python_version(),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("guard", type=Path, nargs="?", help="a guard, trained or exported; default: an untrained one")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--tokens", type=int, default=64, help="of the prompt that is asked one at a time")
    parser.add_argument("--n", type=int, default=200, help="calls of each")
    parser.add_argument("--texts", type=int, default=1000, help="short prompts of the throughput")
    parser.add_argument("--rival-layers", type=int, default=24, help="of 24; 0 leaves the large classifier out")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        report = measure(options, Path(scratch))
    print(json.dumps(report, indent=1))
    return 0


def measure(options: argparse.Namespace, scratch: Path) -> dict[str, Any]:
    source: Path | None = options.guard
    if source is None:
        source = untrained(scratch / "guard")
    exported, graphs = scratch / "int8", {}
    if is_exported(source):
        exported = source
    else:
        from lawgiver.guard.export.run import export_guard

        export_guard(source, exported)
        export_guard(source, scratch / "fp32", precision="fp32")
        graphs["fp32"] = scratch / "fp32" / GRAPH
    graphs = {"guard": exported / GRAPH, **graphs}
    if options.rival_layers:
        (scratch / "rival").mkdir()
        graphs["qwen2.5-0.5b-sized"] = rival(scratch / "rival", options.rival_layers)
    guard = open_onnx(exported, threads=options.threads)
    prompt = text_of(guard, options.tokens)
    [[window]] = guard.windower([prompt])
    # the same ids for both: which ones they are takes no time, as long as the smaller vocabulary has them
    ids_1T = np.array([window.ids[: options.tokens]], dtype=np.int64) % QWEN["vocab_size"]
    feed = {IDS: ids_1T, MASK: np.ones_like(ids_1T)}

    def asking(threads: int) -> dict[str, Callable[[], Any]]:
        opened = {name: session_of(path, threads) for name, path in graphs.items()}
        return {name: partial(each.run, None, feed) for name, each in opened.items()}

    wall = in_turn(asking(options.threads), options.n)
    single = asking(1)
    alone = in_turn(single, options.n // 2)
    cpu = in_turn(single, options.n // 2, time.thread_time)  # of one thread: that of the caller
    whole = in_turn({"guard": lambda: guard.predict([prompt])}, options.n)["guard"]
    megabytes = read_export_card(exported).bytes / 1e6
    sentences = [example.text for example in read_seeds() if len(example.text) <= SHORT]
    short = sentences[:: max(1, len(sentences) // options.texts)][: options.texts]
    report: dict[str, Any] = {
        "machine": machine(),
        "threads": options.threads,
        "tokens": options.tokens,
        "guard": {
            "source": read_export_card(exported).source.name if options.guard else "untrained multilingual-e5-small",
            "megabytes": round(megabytes, 1),
            "text": told(whole),
            "throughput": throughput(guard, short, 4096),
        },
        "graph": {
            name: {
                **told(wall[name]),
                "one_thread": told(alone[name]),
                "cpu_p50_ms": round(statistics.median(cpu[name]), 2),
                "megabytes": round(graphs[name].stat().st_size / 1e6, 1),
                "times_the_guard": round(statistics.median(cpu[name]) / statistics.median(cpu["guard"]), 2),
            }
            for name in graphs
        },
    }
    if 0 < options.rival_layers < QWEN["num_hidden_layers"]:
        report["note"] = f"the large classifier has {options.rival_layers} of its 24 layers"
    report["targets"] = {
        "p50_ms": {"at_most": TARGETS["p50_ms"], "met": told(whole)["p50_ms"] <= TARGETS["p50_ms"]},
        "megabytes": {"at_most": TARGETS["megabytes"], "met": megabytes <= TARGETS["megabytes"]},
    }
    return report


if __name__ == "__main__":
    raise SystemExit(main())
