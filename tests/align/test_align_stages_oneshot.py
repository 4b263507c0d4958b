"""BFPO, CAN and DPO with likelihood as stages: TRL reports the very loss that the pure functions give."""

import numpy as np
import pytest
import torch
from scipy.special import expit
from test_align_stages import answer_logps, load_single, recipe
from transformers import TrainerCallback

from lawgiver.align.losses import PairLogps, bfpo, can, dpo
from lawgiver.align.stages.oneshot import LABELS, relabelled
from lawgiver.align.stages.plan import prepare
from lawgiver.align.stages.run import train_stages
from lawgiver.align.stages.trainers import build, order_of
from lawgiver.charter import Charter
from lawgiver.data import write_jsonl
from lawgiver.data.rundir import RunDirectory
from lawgiver.outcome import ConfigurationError, TooManyFailuresError
from small import edit, small_charter

SIDES = ("chosen_ids", "rejected_ids")
ONE = {"name": "one", "data": "helpful", "epochs": 2, "batch": 4, "micro_batch": 4, "learning_rate": 2e-2}
BFPO = ONE | {"method": "bfpo", "beta": 2.0}
CAN = ONE | {"method": "can", "constraint": "wordy", "reward": "brevity", "lambda": 3.0}


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    """Every combination of safe and unsafe; the helpful answer is long, so that it costs, or short."""
    rows = [
        {
            "prompt": f"Say {n}.",
            "response_0": f"It is {n}." if n % 3 else f"It is {n}, and so it is, and was, and will be.",
            "response_1": f"Not {n}, I would not say so." if n % 2 else "No.",
            "is_response_0_safe": n % 4 < 2,
            "is_response_1_safe": n % 2 == 0,
            "better_response_id": 0,
            "safer_response_id": 0 if n % 4 < 2 else 1,
        }
        for n in range(12)
    ]
    path = tmp_path_factory.mktemp("data") / "rows.jsonl"
    write_jsonl(path, rows)
    return path


@pytest.fixture(scope="module")
def charter(tmp_path_factory):
    return small_charter(tmp_path_factory.mktemp("charter") / "small")


class Watch(TrainerCallback):
    """What TRL reports of each step, and the log-probabilities of its answers just before, by hand."""

    def __init__(self, rows, batch):
        self.rows, self.batch, self.policy, self.reported = rows, batch, [], []

    def at(self, step):
        start = step * self.batch % len(self.rows)
        return slice(start, start + self.batch)

    def on_step_begin(self, args, state, control, model=None, **kwargs):
        self.policy.append(logps(model, self.rows[self.at(state.global_step)]))

    def on_log(self, args, state, control, logs=None, **kwargs):
        if "loss" in logs:
            self.reported.append(logs["loss"])


def logps(model, rows):
    return [torch.tensor(answer_logps(model, rows, side)) for side in SIDES]


def watched(plan, rows, folder):
    """Train one stage; what was watched, and for each step which rows it saw and their log-probabilities."""
    stage = plan.recipe.stages[0]
    trainer = build(
        plan.recipe, stage, load_single(plan.recipe.model), rows.rows, RunDirectory(folder), [], None, rows.target_N
    )
    seen = [
        row | {side: row[side][: stage.max_length - len(row["prompt_ids"])] for side in SIDES}
        for row in trainer.train_dataset
    ]
    watch = Watch(seen, stage.batch)
    trainer.add_callback(watch)
    reference = logps(trainer.model, seen)
    trainer.train()
    steps = [(watch.at(step), policy) for step, policy in enumerate(watch.policy)]
    lengths = [torch.tensor([len(row[side]) for row in seen]) for side in SIDES]
    return (
        watch.reported,
        [(at, PairLogps(*policy, *(side[at] for side in reference))) for at, policy in steps],
        lengths,
    )


@pytest.mark.parametrize(
    ("more", "targets"),
    [({}, {1.0, 0.5, -0.5, -1.0}), ({"max_length": 50, "strength": 2.0, "shift": 0.25}, {1.75, 0.75, -0.25, -1.25})],
)
def test_trl_reports_the_loss_of_bfpo(tiny, charter, pairs, tmp_path, more, targets):
    plan = prepare(recipe(tiny, charter, pairs, BFPO | more))
    rows, stage = plan.rows["one"], plan.recipe.stages[0]
    assert set(rows.target_N) == targets
    reported, steps, lengths = watched(plan, rows, tmp_path)
    assert bool(more) == (max(map(max, lengths)) <= 25)  # some answers were cut
    order = order_of(plan.recipe, stage, rows.rows)
    safe_N2 = torch.tensor([[rows.pairs[n].chosen_safe, rows.pairs[n].rejected_safe] for n in order])
    settings = {"temperature": stage.temperature, "strength": stage.strength, "shift": stage.shift}
    ours = [
        bfpo(logs, *safe_N2[at].T, **settings, chosen_tokens_B=lengths[0][at], rejected_tokens_B=lengths[1][at]).mean()
        for at, logs in steps
    ]
    assert reported == pytest.approx(torch.stack(ours).tolist(), rel=1e-4)
    assert np.ptp(reported) > 1e-3  # the policy moved


def test_trl_reports_the_loss_of_dpo_and_the_likelihood_of_chosen_answers(tiny, charter, pairs, tmp_path):
    plan = prepare(recipe(tiny, charter, pairs, ONE | {"method": "dpo", "beta": 0.5, "sft_weight": 0.7}))
    reported, steps, lengths = watched(plan, plan.rows["one"], tmp_path)
    ours = [dpo(logs, temperature=0.5).mean() - 0.7 * logs.chosen_B.sum() / lengths[0][at].sum() for at, logs in steps]
    assert reported == pytest.approx(torch.stack(ours).tolist(), rel=1e-4)
    assert np.ptp(reported) > 1e-3


@pytest.mark.parametrize("method", ["kto", "sft", "safedpo"])
def test_only_dpo_adds_likelihood(tiny, charter, pairs, method):
    with pytest.raises(ValueError, match="stage one: sft_weight is for method dpo"):
        recipe(tiny, charter, pairs, ONE | {"method": method, "sft_weight": 0.7})


def test_trl_reports_the_loss_of_can_on_drawn_labels(tiny, charter, pairs, tmp_path):
    plan = prepare(recipe(tiny, charter, pairs, CAN))
    given, stage = plan.rows["one"], plan.recipe.stages[0]
    run = RunDirectory(tmp_path)
    rows = relabelled(stage, given, Charter.open(charter), 0, run)
    reported, steps, _ = watched(plan, rows, tmp_path)
    kept_N = torch.tensor([label["kept"] for label in run.rows(LABELS)])
    assert 0 < kept_N.sum() < len(kept_N)
    order = np.random.default_rng(plan.recipe.seed).permutation(len(rows.rows))
    kept_N = kept_N[torch.tensor(order)]
    for (at, logs), loss in zip(steps, reported, strict=True):
        # what was trained as chosen is the first answer where it was kept, else the second
        sides = ((0, 1), (1, 0), (2, 3), (3, 2))
        first = PairLogps(*(torch.where(kept_N[at], logs[a], logs[b]) for a, b in sides))
        assert loss == pytest.approx(can(first, kept_N[at].double(), temperature=0.1).mean().item(), rel=1e-4)
    assert np.ptp(reported) > 1e-3


def test_labels_are_drawn_by_reward_and_cost_and_kept(tiny, charter, pairs, tmp_path):
    plan = prepare(recipe(tiny, charter, pairs, CAN))
    stage, run = plan.recipe.stages[0], RunDirectory(tmp_path)
    made = relabelled(stage, plan.rows["one"], Charter.open(charter), 0, run)
    for label, pair, row in zip(run.rows(LABELS), made.pairs, made.rows, strict=True):
        words = [len(text.split()) for text in pair.answers]
        rewards, costs = [min(1, 2 / n) for n in words], [n > 4 for n in words]
        gap = rewards[0] - rewards[1] - 3 * (int(costs[0]) - int(costs[1]))
        assert label["probability"] == pytest.approx(expit(gap))
        first = row["chosen"] if label["kept"] else row["rejected"]
        assert first[0]["content"] == pair.chosen
    edited = [label | {"kept": True} for label in run.rows(LABELS)]
    run.write_rows(LABELS, edited)  # a resumed run trains on the labels it began with
    again = relabelled(stage, plan.rows["one"], Charter.open(charter), 0, run)
    assert again.rows == plan.rows["one"].rows


def test_a_stage_of_can_trains_at_beta_and_keeps_its_judgements(tiny, charter, pairs, tmp_path):
    plan = prepare(recipe(tiny, charter, pairs, CAN | {"steps": 2}))
    done = train_stages(plan, tmp_path / "run", load_model=load_single)["stages"]["one"]
    assert (done["steps"], done["temperature"], done["rows"]) == (2, 0.1, 12)
    kept = RunDirectory(tmp_path / "run/1-one")
    assert len(kept.rows("judgements.jsonl")) == 2 * len(kept.rows(LABELS)) == 24


def test_pairs_whose_reward_abstains_are_left_out_and_counted(tiny, pairs, tmp_path):
    charter = small_charter(tmp_path / "small")
    edit(charter / "policies/small.rego", 'values["brevity"] := min(', 'values["brevity"] := min_of_two(')
    edit(
        charter / "policies/small.rego",
        "default action",
        'min_of_two(x) := min(x) if input.labels.scope == "in"\n\ndefault action',
    )
    unlabelled = prepare(recipe(tiny, charter, pairs, CAN))
    with pytest.raises(ConfigurationError, match=r"of 12 pairs none is left.*abstained.: 12.*give it under labels"):
        train_stages(unlabelled, tmp_path / "none", load_model=load_single)
    plan = prepare(recipe(tiny, charter, pairs, CAN | {"labels": {"scope": "in"}}))
    rows = relabelled(plan.recipe.stages[0], plan.rows["one"], plan.charter, 0, RunDirectory(tmp_path))
    assert len(rows.rows) == 12


def test_failed_scores_stop_the_stage(tiny, pairs, tmp_path):
    charter = small_charter(tmp_path / "small")
    edit(charter / "policies/wordy.rego", ":= 1 if", ':= "much" if')
    plan = prepare(recipe(tiny, charter, pairs, CAN))
    with pytest.raises(TooManyFailuresError, match=r"of 24 answers could not be scored"):
        train_stages(plan, tmp_path / "run", load_model=load_single)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (CAN | {"constraint": "harm"}, "constraint 'harm' is none of the charter's: .*wordy"),
        (CAN | {"reward": "wit"}, "reward 'wit' is none of the charter's principles: brevity, candour"),
        (CAN | {"labels": {"scope": "up"}}, "labels.scope: 'up' is not in the charter's taxonomy: in, out"),
        (CAN | {"labels": {"tier": "A"}}, "labels.tier: 'A' .* it has no tier"),
        (CAN | {"constraint": None}, "constraint names the charter's for method can"),
        (BFPO | {"reward": "brevity"}, "reward and labels are for method can"),
        (BFPO | {"data": "safe"}, "bfpo wants pairs ranked by helpfulness"),
        (BFPO | {"strength": 1}, "strength"),
    ],
)
def test_a_stage_that_cannot_be_is_refused(tiny, charter, pairs, changes, message):
    with pytest.raises(ValueError, match=message):
        prepare(recipe(tiny, charter, pairs, changes))


def test_bfpo_wants_flags(tiny, charter, tmp_path):
    write_jsonl(tmp_path / "rows.jsonl", [{"prompt": "Say it.", "chosen": "It.", "rejected": "No."}] * 4)
    with pytest.raises(ConfigurationError, match="bfpo wants both answers flagged"):
        prepare(recipe(tiny, charter, tmp_path / "rows.jsonl", BFPO))


@pytest.mark.parametrize("steps", [1, 5])
def test_steps_overrule_epochs(tiny, charter, pairs, tmp_path, steps):
    plan = prepare(recipe(tiny, charter, pairs, ONE | {"method": "dpo", "steps": steps}))
    assert train_stages(plan, tmp_path / "run", load_model=load_single)["stages"]["one"]["steps"] == steps
