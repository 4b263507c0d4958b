"""How fast a model answers a charter's questions, with batches as they come and with batches by length. Prints JSON.

Both orders are timed in one run, in turns, so that what else the machine does falls on both alike. Greedy decoding;
tokens per second count the tokens of the answers alone, up to and with their end.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers

from lawgiver.data.scenario import read_scenarios
from lawgiver.models.generate import Completion, generate
from lawgiver.models.load import LoadedModel, load

Conversations = list[list[dict[str, str]]]


def in_order_asked(
    loaded: LoadedModel, conversations: Conversations, batch_size: int, max_new_tokens: int
) -> list[Completion]:
    """Batches as the conversations come."""
    done: list[Completion] = []
    for start in range(0, len(conversations), batch_size):
        batch = conversations[start : start + batch_size]
        done += generate(loaded, batch, max_new_tokens=max_new_tokens, batch_size=batch_size)
    return done


def by_length(
    loaded: LoadedModel, conversations: Conversations, batch_size: int, max_new_tokens: int
) -> list[Completion]:
    """Batches as `generate` makes them."""
    return generate(loaded, conversations, max_new_tokens=max_new_tokens, batch_size=batch_size)


def measure(
    ways: dict[str, Callable[..., list[Completion]]], loaded: LoadedModel, conversations: Conversations, **settings: Any
) -> dict[str, Any]:
    """Time each way `repeats` times, in turns."""
    repeats = settings.pop("repeats")
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    tokens: dict[str, int] = {}
    truncated: dict[str, float] = {}
    generate(loaded, conversations[:2], max_new_tokens=4)  # first-call costs
    for _ in range(repeats):
        for name, way in ways.items():
            begun = time.perf_counter()
            done = way(loaded, conversations, **settings)
            seconds[name].append(time.perf_counter() - begun)
            tokens[name] = sum(completion.tokens for completion in done)
            truncated[name] = sum(completion.truncated for completion in done) / len(done)
    return {
        name: {
            "tokens_per_second": round(tokens[name] / statistics.median(spent), 1),
            "seconds": [round(second, 2) for second in spent],
            "tokens": tokens[name],
            "truncated": round(truncated[name], 3),
        }
        for name, spent in seconds.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="smollm2-135m-instruct")
    parser.add_argument("--scenarios", type=Path, default=Path("charters/medical/scenarios/dev.jsonl"))
    parser.add_argument("--limit", type=int, default=64)
    parser.add_argument("--batch-size", type=int, nargs="+", default=[32, 64])
    parser.add_argument("--max-new-tokens", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=1)
    arguments = parser.parse_args()
    conversations = [scenario.messages() for scenario in read_scenarios(arguments.scenarios)[: arguments.limit]]
    begun = time.perf_counter()
    loaded = load(arguments.model)
    document: dict[str, Any] = {
        "model": arguments.model,
        "dtype": str(loaded.model.dtype).removeprefix("torch."),
        "device": loaded.model.device.type,
        "load_seconds": round(time.perf_counter() - begun, 2),
        "conversations": len(conversations),
        "max_new_tokens": arguments.max_new_tokens,
        "cpus": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "machine": platform.machine(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "batch_size": {},
    }
    for batch_size in arguments.batch_size:
        document["batch_size"][str(batch_size)] = measure(
            {"in_order_asked": in_order_asked, "by_length": by_length},
            loaded,
            conversations,
            batch_size=batch_size,
            max_new_tokens=arguments.max_new_tokens,
            repeats=arguments.repeats,
        )
    print(json.dumps(document, indent=1))


if __name__ == "__main__":
    main()
