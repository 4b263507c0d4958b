"""Answers that a policy samples to scenarios, judged and kept, so that λ can be computed from them again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lawgiver.charter import Charter
from lawgiver.charter.judgement import Judgement
from lawgiver.data import Scenario
from lawgiver.data.rundir import RunDirectory
from lawgiver.models.generate import generate
from lawgiver.models.load import LoadedModel


def sampled(
    loaded: LoadedModel,
    charter: Charter,
    scenarios: Sequence[Scenario],
    system_prompt: str | None,
    *,
    samples: int,
    max_new_tokens: int,
    seed: int,
    run: RunDirectory,
    name: str,
    on_progress: Callable[[int], None] = lambda _: None,
) -> list[list[Judgement]]:
    """K judged answers to each of P scenarios, at temperature 1: `P` lists of `K`.

    Args:
        loaded: who answers.
        charter: by whose rules they are judged.
        scenarios: P prompts.
        system_prompt: goes in front; None leaves it out.
        samples: K.
        max_new_tokens: where an answer is cut.
        seed: of the sampling.
        run: where the judgements are kept.
        name: under which file name.
        on_progress: told how many more answers there are.
    """
    asked = [scenario.messages(system_prompt) for scenario in scenarios for _ in range(samples)]
    answers = generate(
        loaded, asked, max_new_tokens=max_new_tokens, temperature=1.0, seed=seed, on_progress=on_progress
    )
    exchanges = [scenarios[index // samples].exchange(answer.text.strip()) for index, answer in enumerate(answers)]
    judgements = charter.judge(exchanges)
    run.write_rows(name, (judgement.to_json() for judgement in judgements))
    return [judgements[start : start + samples] for start in range(0, len(judgements), samples)]
