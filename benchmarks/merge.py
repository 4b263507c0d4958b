"""How long merging takes, and how much memory. Prints JSON.

Two random Llama checkpoints of about 135 million weights and their base are made in a temporary folder; each method
runs in a process of its own. Memory is the largest resident size of that process (mapped pages of weight files
included) less what it held when everything was imported and nothing read. Time is the merge's alone: planning,
hashing, reading, computing, writing to disk and syncing, without starting Python; processor time tells how much of it
was work and how much was waiting for the disk or for other programs.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch

METHODS = ("linear", "slerp", "task_arithmetic", "ties", "dare_linear", "dare_ties")
SIZES: dict[str, Any] = {
    "vocab_size": 49152,
    "hidden_size": 576,
    "intermediate_size": 1536,
    "num_hidden_layers": 30,
    "num_attention_heads": 9,
    "num_key_value_heads": 3,
    "tie_word_embeddings": True,
}


def make(folder: Path, dtype: str, seed: int) -> None:
    """Save a random model of SmolLM2-135M's shape."""
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(seed)
    LlamaForCausalLM(LlamaConfig(**SIZES)).to(getattr(torch, dtype)).save_pretrained(folder)


def settings(method: str, root: Path) -> dict[str, Any]:
    """What is merged."""
    base, one, two = (str(root / name) for name in ("base", "one", "two"))
    models: list[dict[str, Any]] = [{"model": two}] if method == "slerp" else [{"model": one}, {"model": two}]
    if method in ("ties", "dare_linear", "dare_ties"):
        models = [entry | {"density": 0.5} for entry in models]
    extra = {"slerp": {"base": one, "t": 0.5}, "linear": {}}.get(method, {"base": base})
    return {"method": method, "models": models, **extra}


def once(method: str, root: Path) -> dict[str, Any]:
    """Merge in this process."""
    from lawgiver.align.merge import merge_config
    from lawgiver.align.merge.plan import plan_merge
    from lawgiver.align.merge.run import merge

    before = _peak()
    begun, begun_computing = time.perf_counter(), time.process_time()
    plan = plan_merge(merge_config("benchmark", **settings(method, root)))
    merge(plan, root / f"out-{method}")
    seconds = time.perf_counter() - begun
    over = _peak() - before
    return {
        "seconds": round(seconds, 2),
        "processor_seconds": round(time.process_time() - begun_computing, 2),
        "peak_mb_over_imports": round(over / 1e6),
        "peak_over_one_model": round(over / plan.nbytes, 2),
        "model_mb": round(plan.nbytes / 1e6),
        "read_mb": round(plan.reads / 1e6),
    }


def _peak() -> int:
    # of this program alone; what getrusage tells starts at the size of the process that started it
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) * 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--methods", nargs="+", default=METHODS, choices=METHODS)
    parser.add_argument("--dtypes", nargs="+", default=["float32", "bfloat16"])
    parser.add_argument("--folder", type=Path, help="where the temporary folder is made")
    parser.add_argument("--once", nargs=2, metavar=("METHOD", "ROOT"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.once:
        method, root = arguments.once
        print(json.dumps(once(method, Path(root))))
        return
    document: dict[str, Any] = {
        "cpus": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "load_before": round(os.getloadavg()[0], 2),
        "machine": platform.machine(),
        "torch": torch.__version__,
        "dtypes": {},
    }
    for dtype in arguments.dtypes:
        with tempfile.TemporaryDirectory(dir=arguments.folder) as temporary:
            for seed, name in enumerate(("base", "one", "two")):
                make(Path(temporary) / name, dtype, seed)
            document["dtypes"][dtype] = {method: _apart(method, temporary) for method in arguments.methods}
    print(json.dumps(document, indent=1))


def _apart(method: str, root: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, __file__, "--once", method, root], capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    main()
