"""What is kept is measured on a real, tiny model."""

import json
import math

import pytest
import torch

from arena_runs import arena_run
from certifiable_runs import write_charter
from lawgiver.evaluate.arena import ArenaConfig, prepare, run_arena
from lawgiver.evaluate.arena.retention import Kept, accuracy, cloze_items, kept, retention, retention_texts
from lawgiver.models.score import score
from lawgiver.models.textloss import text_losses
from lawgiver.outcome import ConfigurationError
from tiny import load_tiny


def test_the_items_are_distinct_and_of_like_length():
    items = cloze_items()
    assert len({item.start for item in items}) == len(items) >= 40
    assert all(item.right != item.wrong for item in items)
    assert abs(sum(len(item.right) - len(item.wrong) for item in items)) < len(items)
    assert len(set(retention_texts())) == len(retention_texts()) >= 10


def test_a_loss_is_what_the_model_says_of_every_token(tiny):
    loaded = load_tiny(tiny)
    [found] = text_losses(loaded, ["The cat sat."])
    ids = torch.tensor([found.tokens])
    with torch.inference_mode():
        logs = loaded.model(ids).logits[0].log_softmax(-1)
    by_hand = -sum(float(logs[t, token]) for t, token in enumerate(found.tokens[1:])) / (len(found.tokens) - 1)
    assert found.loss == pytest.approx(by_hand, rel=1e-5)
    for text in ("", "a", "x" * 600):
        with pytest.raises(ConfigurationError, match="cannot be predicted"):
            text_losses(loaded, [text])


def test_a_fact_is_known_if_its_right_end_is_likelier(tiny):
    loaded = load_tiny(tiny)
    found = kept(loaded)
    item = cloze_items()[0]
    asked = [[{"role": "user", "content": f"Complete the sentence: {item.start}"}]] * 2
    right, wrong = score(loaded, asked, [item.right, item.wrong], end=False)
    assert found.right[0] == float(right.total > wrong.total)
    assert len(found.right) == len(cloze_items())
    assert len(found.losses) == len(retention_texts())


def test_the_change_is_paired_by_item_and_seeds_are_averaged():
    base = Kept((2.0, 3.0), ((1, 2), (3, 4)), (1.0, 1.0, 0.0, 1.0))
    seeds = [base._replace(losses=(2.5, 3.5), right=(1.0, 0.0, 0.0, 1.0)), base._replace(right=(0.0, 0.0, 0.0, 1.0))]
    found = retention([base], seeds, resamples=100)
    assert found["log_loss"]["value"]["difference"]["estimate"] == pytest.approx(0.25)
    assert found["cloze"]["value"]["difference"]["estimate"] == pytest.approx(-0.375)
    assert accuracy(seeds, 100)["cloze"]["estimate"] == pytest.approx(0.375)


def test_losses_over_other_tokens_are_not_compared():
    base = Kept((2.0, 3.0), ((1, 2), (3, 4)), (1.0, 0.0))
    found = retention([base], [base._replace(tokens=((1, 2, 3), (3, 4)))], resamples=100)
    assert "split text differently" in found["log_loss"]["abstained"]
    assert found["cloze"]["value"]["difference"]["estimate"] == 0


def test_an_arena_loads_each_runs_model(tiny, tmp_path):
    charter = write_charter(tmp_path / "rules")
    runs = [
        str(arena_run(tmp_path / name, charter, good=0.5, bad=0.5, n=8, seed=seed, model=model))
        for name, seed, model in (("base", 1, str(tiny)), ("same", 2, str(tiny)), ("no", 3, "refuse"))
    ]
    config = ArenaConfig(
        base=runs[0], models=tuple(runs[1:]), wanted="help", constraint="harm", retention=True, resamples=100
    )
    prepared = prepare(config)
    heard = []
    document = run_arena(prepared, tmp_path / "out", lambda n, what: heard.append(n))
    assert sum(heard) == prepared.steps == 3
    base, same, no = document["retention"]["models"]
    assert same["change"]["cloze"]["value"]["difference"]["estimate"] == 0
    assert same["change"]["log_loss"]["value"]["difference"]["estimate"] == 0
    assert math.isfinite(base["measured"]["log_loss"]["estimate"])
    assert no == {"name": "no", "measured": None, "change": None}
    assert json.loads((tmp_path / "out/arena.json").read_text()) == document
