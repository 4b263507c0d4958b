"""What TRL makes of the rewards it is given is the Lagrangian's advantage."""

import numpy as np
import pytest

from lawgiver.align.grpo import build_trainer
from lawgiver.charter import Charter
from lawgiver.data.rundir import RunDirectory
from lawgiver.reward import lagrangian_advantages, neutralise, signed_weights
from small import small_charter
from tiny import load_tiny, recipe

P, G, K = 2, 3, 2


@pytest.fixture(scope="module")
def charter(tmp_path_factory):
    return Charter.open(small_charter(tmp_path_factory.mktemp("charter") / "small"))


def watched_run(charter, tiny, folder, **changes):
    """Train three steps; for each, the scores and weights it was given, the advantages it made, the next weights."""
    steps = []

    def on_step(row):
        judgements = controller.judge.judgements
        scores = [[*map(j.reward, row["values"]), *map(j.cost, row["costs"])] for j in judgements]
        steps.append(
            {
                "scores_PGM": np.array(scores, dtype=float).reshape(P, G, -1),
                "weights_K": np.array(list(row["weights"].values())),
                "lambda_C": np.array(list(row["lambda"].values())),
                "advantages": np.array(trainer._logs["advantages"]),  # no public seam shows them
                "set": trainer.reward_weights.numpy().copy(),
                "next": signed_weights(
                    controller.weighting.weights_K, np.array([*controller.multipliers.values.values()])
                ),
            }
        )

    settings = recipe(tiny, charter.root, steps=3, **changes)
    trainer, controller = build_trainer(
        settings, charter, load_tiny(tiny), RunDirectory.create(folder, {}, charter.identity), on_step
    )
    np.testing.assert_allclose(trainer.reward_weights.numpy(), np.array([0.5, 0.5, -0.5, -0.5]) / 2, rtol=1e-6)
    trainer.train()
    assert len(steps) == 3
    return steps


@pytest.mark.parametrize("scale", ["none", "batch"])
def test_the_advantage_is_the_lagrangians(charter, tiny, tmp_path, scale):
    steps = watched_run(charter, tiny, tmp_path / "run", scale_rewards=scale)
    for step in steps:
        rewards_PGK, costs_PGC = np.split(step["scores_PGM"], [K], axis=2)
        wanted_PG = lagrangian_advantages(rewards_PGK, costs_PGC, step["weights_K"], step["lambda_C"])
        if scale == "batch":
            neutral = [neutralise(step["scores_PGM"][:, :, m]) for m in range(4)]
            summed_PG = np.nan_to_num(np.stack(neutral, axis=2)) @ signed_weights(step["weights_K"], step["lambda_C"])
            wanted_PG /= summed_PG.std(ddof=1) + 1e-4
        np.testing.assert_allclose(step["advantages"], wanted_PG.ravel(), atol=1e-5)
    assert max(np.abs(step["advantages"]).max() for step in steps) > 0.01
    assert any(np.isnan(step["scores_PGM"]).any() for step in steps)  # some cost abstained


def test_after_each_step_the_trainer_has_the_weights_that_the_step_taught(charter, tiny, tmp_path):
    steps = watched_run(charter, tiny, tmp_path / "run")
    for step in steps:
        np.testing.assert_allclose(step["set"], step["next"], rtol=1e-6)
        before = signed_weights(step["weights_K"], step["lambda_C"])
        assert np.abs(step["set"] - before).max() > 1e-3
        assert np.abs(step["set"][:K]).sum() + np.abs(step["set"][K:]).sum() == pytest.approx(1)
        assert (step["set"][:K] > 0).all()
        assert (step["set"][K:] < 0).all()
