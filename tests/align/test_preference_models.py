"""Reward and cost models on a tiny random model: a planted preference is learned, roles keep apart, resume is exact."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from lawgiver.align.losses import cost_loss, differing, hold_last, reward_loss
from lawgiver.align.preference_models import PreferenceModelsRecipe
from lawgiver.align.preference_models.module import Collate, PairLoss
from lawgiver.align.preference_models.plan import prepare
from lawgiver.align.preference_models.rows import NOT_FLAGGED, TOO_LONG
from lawgiver.align.preference_models.run import train_preference_models
from lawgiver.data import write_jsonl
from lawgiver.data.preference.record import prompt_key
from lawgiver.data.rundir import RunDirectory
from lawgiver.models.load import load
from lawgiver.models.score_head import exchange_ids, load_preference_model, new_head, token_scores
from lawgiver.outcome import ConfigurationError, Failed, Value
from tiny import CONTEXT

LETTERS = list("abcdefghijklmnoprstuvw")


def load_single(name):
    """In single precision, whatever this machine likes best."""
    return load(name, dtype=torch.float32)


def row(n, word, rng):
    """The better answer ends in `YY`, the unsafe one begins with `ZZ`; sides and lengths are random."""
    texts = [" ".join("".join(rng.choice(LETTERS, 3)) for _ in range(rng.integers(1, 4))) for _ in range(2)]
    better, unsafe = (int(rng.integers(2)) for _ in range(2))
    texts[better] += "YY"
    texts[unsafe] = "ZZ" + texts[unsafe]
    return {
        "prompt": f"{word}?",
        "response_0": texts[0],
        "response_1": texts[1],
        "is_response_0_safe": unsafe == 1,
        "is_response_1_safe": unsafe == 0,
        "better_response_id": better,
        "safer_response_id": 1 - unsafe,
    }


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """96 rows to train on and 40 held out, of prompts that have nothing to do with one another."""
    rng = np.random.default_rng(0)
    words = {"".join(rng.choice(LETTERS, 7)) for _ in range(140)}
    rows = [row(n, word, rng) for n, word in enumerate(sorted(words)[:136])]
    folder = tmp_path_factory.mktemp("data")
    write_jsonl(folder / "train.jsonl", rows[:96])
    write_jsonl(folder / "test.jsonl", rows[96:])
    return folder


def recipe(tiny, data, *, heads=("reward", "cost"), head=None, **changes):
    """Each head on the same rows; a half of them makes about six steps an epoch."""
    about = {"reward": "helpful", "cost": "safe"}
    common = {"batch": 8, "micro_batch": 8, "learning_rate": 1e-2, "warmup_steps": 0, "epochs": 4, **(head or {})}
    return PreferenceModelsRecipe.model_validate(
        {
            "model": str(tiny),
            "data": {
                f"{about[each]}-{part}": {
                    "sources": [{"source": str(data / f"{part}.jsonl"), "objective": about[each]}],
                    "part": "all",
                }
                for each in heads
                for part in ("train", "test")
            },
            "heads": {
                each: {"data": f"{about[each]}-train", "held_out": f"{about[each]}-test", **common} for each in heads
            },
            "lora": {"rank": 4, "alpha": 8},
            **changes,
        }
    )


@pytest.fixture(scope="module")
def whole(tiny, data, tmp_path_factory):
    """A reward with all weights trained, and a cost with an adapter."""
    folder = tmp_path_factory.mktemp("run")
    summaries = {}
    for head, role, lora in (("reward", "training", None), ("cost", "evaluation", {"rank": 8, "alpha": 16})):
        plan = prepare(recipe(tiny, data, heads=(head,), roles=(role,), lora=lora))
        summaries |= train_preference_models(plan, folder / head, load_model=load_single)["models"]
    return folder, summaries


def test_a_planted_preference_is_learned_and_so_is_the_sign(whole):
    _, summaries = whole
    reward, cost = summaries["reward-training"], summaries["cost-evaluation"]
    for done in (reward, cost):
        assert (done["pairs"], done["failed"]) == (40, 0)
        assert done["accuracy"]["estimate"] > 0.9
        assert done["accuracy"]["low"] > done["length"]["high"]
        assert done["over_length"]["low"] > 0
    assert cost["sign"]["estimate"] > 0.9
    assert cost["majority"]["estimate"] == 0.5
    assert cost["sign"]["n"] == 40  # prompts, of two answers each
    assert "sign" not in reward


def test_what_was_saved_scores_as_it_was_measured(whole, data):
    folder, _ = whole
    scorer = load_preference_model(folder / "cost/cost-evaluation", "evaluation", load_single)
    rows = [json.loads(line) for line in (data / "test.jsonl").read_text().splitlines()]
    ask = [[{"role": "user", "content": each["prompt"]}] for each in rows]
    unsafe, safe = [
        scorer.score(ask, [each[f"response_{each['safer_response_id'] ^ side}"] for each in rows]) for side in (1, 0)
    ]
    signs = [[outcome.value > 0 for outcome in outcomes] for outcomes in (unsafe, safe)]
    assert np.mean(signs[0]) > 0.9 > 0.1 > np.mean(signs[1])
    one_by_one = [scorer.score([each], [text["response_0"]])[0].value for each, text in zip(ask, rows, strict=True)]
    together = [each.value for each in scorer.score(ask, [text["response_0"] for text in rows])]
    assert together == pytest.approx(one_by_one, abs=1e-4)  # padding changes nothing


def test_scores_are_in_the_unit_of_what_was_trained_on(whole, tiny, data):
    folder, _ = whole
    for head, role in (("reward", "training"), ("cost", "evaluation")):
        plan = prepare(recipe(tiny, data, heads=(head,), roles=(role,)))
        scorer = load_preference_model(folder / head / f"{head}-{role}", role, load_single)
        pairs = plan.rows[f"{head}-{role}"].pairs
        scores = [
            o.value
            for text in ("chosen", "rejected")
            for o in scorer.score([pair.prompt for pair in pairs], [getattr(pair, text) for pair in pairs])
        ]
        assert np.sqrt(np.mean(np.square(scores))) == pytest.approx(1, abs=1e-3)
        assert (scorer.card.mean == 0) == (head == "cost")  # the zero of a cost stays


def test_the_other_role_is_refused(whole):
    folder, _ = whole
    where = folder / "cost/cost-evaluation"
    with pytest.raises(ConfigurationError, match=r"for evaluation, and its scores are wanted for training.*cost-train"):
        load_preference_model(where, "training", load_single)
    with pytest.raises(ConfigurationError, match="no preference model there"):
        load_preference_model(folder / "cost", "training", load_single)


def test_an_exchange_that_cannot_be_read_whole_fails_alone(whole):
    folder, _ = whole
    scorer = load_preference_model(folder / "reward/reward-training", "training", load_single)
    ask = [[{"role": "user", "content": "a?"}]] * 2
    long, fine = scorer.score(ask, ["x" * CONTEXT, "x"])
    assert isinstance(long, Failed)
    assert "limit is 512" in long.error
    assert isinstance(fine, Value)


def test_the_halves_share_no_group_and_nothing_held_out(tiny, data, tmp_path):
    rows = (data / "train.jsonl").read_text().splitlines()
    held = (data / "test.jsonl").read_text().splitlines()
    (tmp_path / "train.jsonl").write_text("\n".join([*rows, *held[:5]]))
    (tmp_path / "test.jsonl").write_text("\n".join(held))
    plan = prepare(recipe(tiny, tmp_path, heads=("cost",)))
    halves = [plan.rows[f"cost-{role}"] for role in ("training", "evaluation")]
    groups = [{pair.group for pair in half.pairs} for half in halves]
    assert not groups[0] & groups[1]
    assert len(groups[0] | groups[1]) == 96
    asked = {prompt_key(pair.prompt) for pair in plan.held_out["cost"].pairs}
    assert all(half.left_out["its prompt, or nearly that, is held out"] == 5 for half in halves)
    assert not any(prompt_key(pair.prompt) in asked for half in halves for pair in half.pairs)
    alone = prepare(recipe(tiny, tmp_path, heads=("cost",), roles=("evaluation",)))
    assert alone.rows["cost-evaluation"].sha256 == halves[1].sha256


@pytest.mark.parametrize("level", ["sequence", "token"])
@pytest.mark.parametrize("objective", ["reward", "cost"])
def test_the_loss_is_the_pure_one_of_each_pair_scored_alone(tiny, data, objective, level):
    plan = prepare(recipe(tiny, data, heads=(objective,), roles=("training",), head={"level": level}))
    loaded, rows = load_single(str(tiny)), plan.rows[f"{objective}-training"]
    torch.manual_seed(0)
    module = PairLoss(loaded.model.base_model, new_head(loaded), objective, plan.recipe.heads[objective])
    pairs = [{"ids": ids, "safe": (False, True) if objective == "cost" else (False, False)} for ids in rows.ids[:5]]
    pad = loaded.tokenizer.pad_token_id
    with torch.inference_mode():
        found = module(**Collate(pad)(pairs))["loss"].item()
        wanted = [alone(module, each, objective, level, pad) for each in pairs]
    assert found == pytest.approx(np.mean(wanted), abs=1e-5)


def alone(module, pair, objective, level, pad):
    """The pure loss of one pair, its answers scored each by itself."""
    scores = [
        token_scores(module.backbone, module.head, torch.tensor([ids]), torch.ones(1, len(ids))) for ids in pair["ids"]
    ]
    safe = [torch.tensor([flag]) for flag in pair["safe"]]
    if level == "sequence":
        ends = [each[:, -1] for each in scores]
        return (reward_loss(*ends) if objective == "reward" else cost_loss(*ends, *safe)).item()
    width = max(map(len, pair["ids"]))
    masks = [torch.tensor([[1] * len(ids) + [0] * (width - len(ids))]) for ids in pair["ids"]]
    ids = [torch.tensor([[*each, *[pad] * (width - len(each))]]) for each in pair["ids"]]
    held = [
        hold_last(torch.nn.functional.pad(each, (0, width - each.shape[1])), mask)
        for each, mask in zip(scores, masks, strict=True)
    ]
    mask = differing(*ids, *masks)
    return (reward_loss(*held, mask) if objective == "reward" else cost_loss(*held, *safe, mask)).item()


def unclocked(folder):
    return [{key: value for key, value in row.items() if key != "seconds"} for row in RunDirectory(folder).metrics()]


@pytest.mark.parametrize("lora", [{"rank": 2, "alpha": 4, "dropout": 0.1}, None])
def test_a_resumed_run_is_bit_for_bit_the_uninterrupted_one(tiny, data, tmp_path, lora):
    short = {"head": {"epochs": 0.7, "level": "token"}, "heads": ("cost",), "roles": ("training",), "save_every": 1}
    plan = prepare(recipe(tiny, data, lora=lora, **short))

    def stop(name, row):
        if row["step"] == 3:
            raise KeyboardInterrupt

    expected = train_preference_models(plan, tmp_path / "whole", load_model=load_single)
    with pytest.raises(KeyboardInterrupt):
        train_preference_models(plan, tmp_path / "run", stop, load_model=load_single)
    resumed = train_preference_models(plan, tmp_path / "run", resume=True, load_model=load_single)
    name = "cost-training"
    assert resumed["models"][name]["head_sha256"] == expected["models"][name]["head_sha256"]
    assert unclocked(tmp_path / "run" / name) == unclocked(tmp_path / "whole" / name)
    assert resumed["models"][name]["accuracy"] == expected["models"][name]["accuracy"]
    if lora is not None:  # a checkpoint has no frozen weights
        kept = load_file(next((tmp_path / "run" / name / "checkpoints").glob("*/model.safetensors")))
        assert {key for key in kept if "lora_" not in key} == {"head.weight", "head.bias"}


def test_what_a_head_cannot_use_is_left_out_and_counted(tiny, data, tmp_path):
    everything = prepare(recipe(tiny, data, heads=("reward",))).rows["reward-training"]
    longest = sorted(max(map(len, both)) for both in everything.ids)
    limit = longest[len(longest) // 2]
    rows = prepare(recipe(tiny, data, heads=("reward",), head={"max_length": limit})).rows["reward-training"]
    assert rows.left_out[TOO_LONG] == sum(each > limit for each in longest) > 0
    tokenizer = load_single(str(tiny)).tokenizer
    assert all(len(exchange_ids(tokenizer, pair.prompt, text)) <= limit for pair in rows.pairs for text in pair.answers)
    rows = [{"prompt": f"{n * 'x'}?", "chosen": "a", "rejected": "b"} for n in range(9)]
    write_jsonl(tmp_path / "train.jsonl", rows)
    source = {"sources": [{"source": str(tmp_path / "train.jsonl"), "objective": "safe"}], "part": "all"}
    changed = recipe(tiny, data, heads=("cost",)).model_dump(by_alias=True)
    changed["data"]["safe-train"] = source
    with pytest.raises(ConfigurationError, match=f"of data 'safe-train' none is left.*{NOT_FLAGGED}"):
        prepare(PreferenceModelsRecipe.model_validate(changed))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"head": {"micro_batch": 3}}, "micro_batch 3 does not divide batch 8"),
        ({"head": {"data": "nowhere"}}, r"heads.reward.data: 'nowhere' is not under data"),
        ({"head": {"held_out": "helpful-train"}, "heads": ("reward",)}, "is what it trains on"),
        ({"head": {"level": "word"}}, "level"),
        ({"roles": ()}, "roles"),
        ({"roles": ("training", "training")}, "each at most once"),
    ],
)
def test_a_recipe_that_cannot_be_is_refused(tiny, data, changes, message):
    with pytest.raises(ValueError, match=message):
        recipe(tiny, data, **changes)
