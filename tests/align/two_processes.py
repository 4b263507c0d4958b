"""Three greedy steps on the tiny model, by one process or by several: `two_processes.py CHARTER MODEL RUN`.

Decoding takes the likeliest token, so that the completions do not depend on which process draws them.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from accelerate import PartialState

from lawgiver.align import train
from lawgiver.align.processes import part
from lawgiver.charter import Charter
from tiny import load_tiny, recipe


def main(charter: Path, model: Path, run: Path) -> None:
    # 4 divides the 12 completions of a step, but not the 6 that each of two processes gets
    settings = recipe(model, charter, steps=3, prompts_per_step=6, generations=2, micro_batch=4, top_k=1)
    train(settings, Charter.open(charter), run, loaded=load_tiny(model))
    if PartialState().is_main_process:
        (run / "processes").write_text(str(PartialState().num_processes))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
    part()
