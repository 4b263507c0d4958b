import pytest

from lawgiver.charter import Charter, Constraint
from lawgiver.data import read_jsonl, write_jsonl
from lawgiver.data.rundir import RunDirectory
from lawgiver.evaluate import Answer, EvaluateConfig, StoredRun, evaluate_run, refuse_everything, responder_for
from lawgiver.evaluate import run as running
from lawgiver.evaluate.summary import _held
from lawgiver.evidence.lexical import LexicalScorer
from lawgiver.outcome import ConfigurationError, TooManyFailuresError
from small import edit, scenario, small_charter


@pytest.fixture
def charter(small):
    return Charter.open(small)


def config(charter, **changes):
    return EvaluateConfig(**({"model": "refuse", "charter": str(charter.root), "split": "train"} | changes))


class Echo:
    """Answers with the prompt, and remembers what it was asked; stops after some answers if told to."""

    def __init__(self, stop_after=None):
        self.asked = []
        self.stop_after = stop_after

    def __call__(self, conversations, on_progress):
        if self.stop_after is not None and len(self.asked) >= self.stop_after:
            raise KeyboardInterrupt
        self.asked += conversations
        on_progress(len(conversations))
        return [
            Answer(text=f"{c[-1]['content']} {c[-1]['content']}", truncated=len(self.asked) > 3) for c in conversations
        ]


def test_a_run_keeps_everything_in_the_order_of_the_scenarios(charter, tmp_path):
    told = []
    summary = evaluate_run(config(charter), charter, Echo(), tmp_path / "run", told.append)
    assert sum(told) == 6
    run = RunDirectory(tmp_path / "run")
    rows = run.rows("judgements.jsonl")
    assert [row["id"] for row in rows] == [scenario.id for scenario in charter.scenarios("train")]
    assert [row["response"] for row in rows] == [f"{row['prompt']} {row['prompt']}" for row in rows]
    assert run.read("summary.json") == summary
    assert run.read("charter.json") == charter.identity
    assert run.read("config.json")["split"] == "train"
    assert summary["n"] == 6
    stored = StoredRun.open(run)
    assert (stored.name, stored.rows, stored.summary) == ("run", rows, summary)


def test_refusing_everything_is_measured_as_what_it_is(charter, tmp_path):
    summary = evaluate_run(config(charter), charter, responder_for(config(charter), charter), tmp_path / "run")
    metrics = {metric["name"]: metric for metric in summary["metrics"]}
    assert metrics["over_refusal"]["interval"]["estimate"] == 1.0
    assert metrics["over_refusal"]["abstained"] == 2  # out of scope
    assert summary["violations"] == {"refused_in_scope": 4}
    assert summary["gated"]["estimate"] == pytest.approx(4 / 6)
    assert {row["response"] for row in read_jsonl(tmp_path / "run/judgements.jsonl")} == {charter.spec.refusal}


def test_the_system_prompt_stands_in_front_only_if_asked(charter, tmp_path):
    for prompted in (False, True):
        echo = Echo()
        evaluate_run(config(charter, system_prompt=prompted), charter, echo, tmp_path / str(prompted))
        for conversation in echo.asked:
            assert [message["role"] for message in conversation] == ["system"] * prompted + ["user"]
            assert not prompted or conversation[0]["content"] == charter.spec.system_prompt


def test_a_limit_takes_the_first_and_the_longest_are_asked_first(charter, tmp_path):
    echo = Echo()
    evaluate_run(config(charter, limit=4), charter, echo, tmp_path / "run")
    assert [conversation[0]["content"] for conversation in echo.asked] == ["Dddd?", "Ccc?", "Bb?", "A?"]
    assert [row["id"] for row in read_jsonl(tmp_path / "run/judgements.jsonl")] == [f"train-{n}" for n in range(4)]


def test_an_interrupted_run_resumes_with_the_answers_it_had(charter, tmp_path, monkeypatch):
    monkeypatch.setattr(running, "CHUNK", 2)
    whole = evaluate_run(config(charter), charter, Echo(), tmp_path / "whole")
    first = Echo(stop_after=4)
    with pytest.raises(KeyboardInterrupt):
        evaluate_run(config(charter), charter, first, tmp_path / "run")
    assert len(read_jsonl(tmp_path / "run/answers.jsonl")) == 4
    assert not (tmp_path / "run/summary.json").exists()
    with pytest.raises(ConfigurationError, match="no finished evaluation there"):
        StoredRun.open(RunDirectory(tmp_path / "run"))
    second, told = Echo(), []
    summary = evaluate_run(config(charter), charter, second, tmp_path / "run", told.append, resume=True)
    assert len(second.asked) == 2
    assert not [conversation for conversation in second.asked if conversation in first.asked]
    assert told == [4, 2]
    assert {key: summary[key] for key in summary if key != "truncated"} == {
        key: whole[key] for key in whole if key != "truncated"
    }
    assert len(read_jsonl(tmp_path / "run/judgements.jsonl")) == 6


def test_a_finished_run_is_not_done_again(charter, tmp_path):
    summary = evaluate_run(config(charter), charter, Echo(), tmp_path / "run")
    never = Echo(stop_after=0)
    assert evaluate_run(config(charter), charter, never, tmp_path / "run", resume=True) == summary
    with pytest.raises(ConfigurationError, match="holds a run already"):
        evaluate_run(config(charter), charter, never, tmp_path / "run")
    with pytest.raises(ConfigurationError, match="other settings: seed"):
        evaluate_run(config(charter, seed=1), charter, never, tmp_path / "run", resume=True)


def test_a_charter_changed_since_is_not_resumed(charter, tmp_path):
    evaluate_run(config(charter), charter, Echo(), tmp_path / "run")
    edit(charter.root / "charter.yaml", "threshold: 0.1", "threshold: 0.3")
    changed = Charter.open(charter.root)
    with pytest.raises(ConfigurationError, match="begun under another charter"):
        evaluate_run(config(changed), changed, Echo(), tmp_path / "run", resume=True)


def test_too_many_failures_stop_the_run_with_its_judgements_kept(charter, tmp_path):
    def measure(text):
        raise ValueError("cannot look")

    others = [scorer for scorer in charter.scorers if scorer.fields != ("repetition",)]
    charter.__dict__["scorers"] = [*others, LexicalScorer("repetition", measure, version="1")]
    with pytest.raises(TooManyFailuresError, match=r"6 of 6 exchanges could not be scored.*max_failed \(5%\)"):
        evaluate_run(config(charter), charter, refuse_everything(charter), tmp_path / "run")
    assert len(read_jsonl(tmp_path / "run/judgements.jsonl")) == 6
    assert not (tmp_path / "run/summary.json").exists()


def test_a_real_model_answers(tiny, tmp_path):
    charter = Charter.open(small_charter(tmp_path / "small"))
    write_jsonl(charter.root / "scenarios/dev.jsonl", [scenario(f"d-{n}", f"{n} or {n}?", n) for n in range(3)])
    charter = Charter.open(charter.root)
    settings = config(charter, model=str(tiny), split="dev", max_new_tokens=8)
    first = evaluate_run(settings, charter, responder_for(settings, charter), tmp_path / "one")
    evaluate_run(settings, charter, responder_for(settings, charter), tmp_path / "two")
    assert first["n"] == 3
    assert first["truncated"]["estimate"] > 0
    assert (tmp_path / "one/judgements.jsonl").read_bytes() == (tmp_path / "two/judgements.jsonl").read_bytes()


@pytest.mark.parametrize(
    ("scope", "estimate", "quantity"),
    [
        ({"scope": "violation_rate"}, 0.75, "share of violations"),
        ({"scope": "cvar", "tail": 0.5}, 0.7, "mean of the worst 50\N{NO-BREAK SPACE}% of costs"),
        ({"scope": "per_category", "category": "scope"}, 1.0, "mean cost in the worst scope"),
        ({}, 0.4, None),
    ],
)
def test_what_is_held_to_the_threshold_is_what_the_scope_declares(scope, estimate, quantity):
    constraint = Constraint.model_validate(
        {"name": "harm", "title": "Harm", "threshold": 0.5, "evidence": ["x"], **scope}
    )
    costs = [0.0, 0.4, 1.0, 0.2, None]
    rows = [
        {"costs": {"harm": {"abstained": "no"} if cost is None else {"value": cost}}, "labels": {"scope": label}}
        for cost, label in zip(costs, "bbaba", strict=True)
    ]
    held = _held(constraint, rows)
    assert (held["threshold"], held["scope"]) == (0.5, constraint.scope)
    if quantity is None:
        assert "compared" not in held  # the mean beside it is what is compared
        return
    assert held["compared"]["estimate"] == pytest.approx(estimate)
    assert held["quantity"] == quantity
    silent = [row | {"costs": {"harm": {"failed": "broke"}}} for row in rows]
    assert _held(constraint, silent)["compared"] is None
