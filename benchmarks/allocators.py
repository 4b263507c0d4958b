"""What memory costs a training step on a CPU: the C library's allocator, tcmalloc, and huge pages. Prints JSON.

python benchmarks/allocators.py --model smollm2-135m-instruct --rounds 3

A step makes and lets go of hundreds of tensors of some megabytes. The C library gives each back to the system, and
the next one is new pages, filled with zeros one by one. tcmalloc (Debian: libtcmalloc-minimal4) keeps them; with
THP_MEM_ALLOC_ENABLE=1 PyTorch asks for pages of 2 MiB, where the system gives them on request. Only where memory lies
differs, and no number that is computed.

Each way runs in a process of its own, and rounds take turns: forward and backward of a LoRA on random tokens, one
thread, the first step left out. Memory is the largest resident size of the process.
"""

from __future__ import annotations

import argparse
import ctypes.util
import json
import os
import resource
import statistics
import subprocess
import sys
import time

from lawgiver.data.rundir import environment

LIBRARY = ctypes.util.find_library("tcmalloc_minimal")
WAYS: dict[str, dict[str, str]] = {"C library": {}, "C library, huge pages": {"THP_MEM_ALLOC_ENABLE": "1"}}
if LIBRARY:
    WAYS["tcmalloc"] = {"LD_PRELOAD": LIBRARY}
    WAYS["tcmalloc, huge pages"] = {"LD_PRELOAD": LIBRARY, "THP_MEM_ALLOC_ENABLE": "1"}


def steps(model: str, batch: int, tokens: int, count: int) -> dict[str, float]:
    """Train in this process: seconds of the median step, and the memory it took."""
    import torch
    from peft import LoraConfig, get_peft_model

    from lawgiver.models.load import load

    torch.set_num_threads(1)
    torch.manual_seed(0)
    base = load(model).model
    base.set_attn_implementation("eager")  # as training does on a CPU
    get_peft_model(base, LoraConfig(r=16, lora_alpha=32, target_modules="all-linear")).train()  # in place
    ids_BS = torch.randint(0, base.config.vocab_size, (batch, tokens))
    took = []
    for _ in range(count + 1):
        started = time.perf_counter()
        hidden_BSD = base.base_model(input_ids=ids_BS).last_hidden_state
        hidden_BSD.float().pow(2).mean().backward()
        took.append(time.perf_counter() - started)
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"seconds": statistics.median(took[1:]), "gigabytes": kilobytes / 1e6}


def main() -> None:
    """Every way in turn, round after round."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="smollm2-135m-instruct")
    parser.add_argument("--batch", type=int, default=4, help="conversations in a step")
    parser.add_argument("--tokens", type=int, default=208, help="of each conversation")
    parser.add_argument("--steps", type=int, default=3, help="measured in each process")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        print(json.dumps(steps(options.model, options.batch, options.tokens, options.steps)))
        return
    found: dict[str, list[dict[str, float]]] = {name: [] for name in WAYS}
    for _ in range(options.rounds):
        for name, extra in WAYS.items():
            command = [sys.executable, __file__, *sys.argv[1:], "--here"]
            done = subprocess.run(command, env=os.environ | extra, check=True, capture_output=True, text=True)
            found[name].append(json.loads(done.stdout.splitlines()[-1]))
    about = environment()
    document = {
        "settings": {key: value for key, value in vars(options).items() if key != "here"},
        "tcmalloc": LIBRARY,
        "ways": {
            name: {
                "seconds": statistics.median(run["seconds"] for run in runs),
                "of_each_round": [round(run["seconds"], 3) for run in runs],
                "gigabytes": max(run["gigabytes"] for run in runs),
            }
            for name, runs in found.items()
        },
        "machine": about["machine"],
        "commit": about["commit"],
    }
    print(json.dumps(document, indent=1))


if __name__ == "__main__":
    main()
