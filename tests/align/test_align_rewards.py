import numpy as np
import pytest

from lawgiver.align.accounting import mean, merge, step_columns, summarise
from lawgiver.align.rewards import SharedJudge
from lawgiver.charter import Charter
from lawgiver.evidence.lexical import LexicalScorer
from lawgiver.outcome import TooManyFailuresError
from small import edit

SHORT, LONG = "Two words", "This has all of six words."


class CountingScorer:
    """A real scorer that remembers how often it was asked."""

    def __init__(self, scorer):
        self.scorer = scorer
        self.name, self.version, self.fields = scorer.name, scorer.version, scorer.fields
        self.batches = []

    def score(self, exchanges):
        self.batches.append(len(exchanges))
        return self.scorer.score(exchanges)


@pytest.fixture
def charter(small):
    return Charter.open(small)


def shared(charter, *, neutral=False, generations=2):
    return SharedJudge(charter, charter.scenarios("train"), generations=generations, neutral=neutral)


def call(function, ids, responses):
    """As TRL calls it: completions as conversations, and everything else it knows."""
    completions = [[{"role": "assistant", "content": response}] for response in responses]
    return function(completions=completions, scenario_id=ids, prompts=[[]] * len(ids), trainer_state=None)


def test_the_functions_are_the_principles_and_then_the_costs(charter):
    names = [function.__name__ for function in shared(charter).functions()]
    assert names == ["brevity", "candour", "over_refusal", "wordy"]


def test_a_batch_is_judged_once_for_all_functions(charter):
    counting = CountingScorer(charter.scorers[0])
    charter.__dict__["scorers"] = [counting, *charter.scorers[1:]]
    functions = shared(charter).functions()
    for ids in (["train-1", "train-1"], ["train-2", "train-2"]):
        for function in functions:
            call(function, ids, [SHORT, LONG])
    assert counting.batches == [2, 2]


def test_every_function_reads_its_own_column(charter):
    columns = {f.__name__: call(f, ["train-1", "train-0"], [SHORT, LONG]) for f in shared(charter).functions()}
    assert columns["brevity"] == [1.0, pytest.approx(1 / 3)]
    assert columns["wordy"] == [0.0, 1.0]
    assert columns["over_refusal"] == [0.0, None]  # train-0 is out of scope


def test_the_gate_takes_every_value_but_no_cost(charter):
    refusal = charter.spec.refusal
    columns = {f.__name__: call(f, ["train-1"], [refusal]) for f in shared(charter).functions()}
    assert columns == {"brevity": [0.0], "candour": [0.0], "over_refusal": [1.0], "wordy": [1.0]}


def test_what_abstained_gets_its_groups_mean_if_asked(small):
    rules = ("a", 0.25), ("b", 0.75)
    only = "\n\n".join(f'values["candour"] := {worth} if input.response == "{text}"' for text, worth in rules)
    edit(small / "policies/small.rego", 'values["candour"] := 1 - input.evidence.repetition.value', only)
    charter = Charter.open(small)
    ids, responses = ["train-1"] * 3 + ["train-2"] * 3, ["a", "b", "c", "c", "d", "e"]
    neutral = {f.__name__: call(f, ids, responses) for f in shared(charter, neutral=True, generations=3).functions()}
    assert neutral["candour"] == [0.25, 0.75, 0.5, None, None, None]
    plain = {f.__name__: call(f, ids, responses) for f in shared(charter, generations=3).functions()}
    assert plain["candour"] == [0.25, 0.75, None, None, None, None]


def failing(charter):
    def measure(text):
        if text.startswith("crash"):
            raise ValueError("cannot look")
        return 0.0

    others = [scorer for scorer in charter.scorers if scorer.fields != ("repetition",)]
    charter.__dict__["scorers"] = [*others, LexicalScorer("repetition", measure, version="1")]
    return charter


def test_more_failures_than_allowed_stop_the_run_and_name_the_first(charter):
    judge = shared(failing(charter))
    ids = ["train-1"] * 20
    judge.judge(ids, ["crash", *["fine"] * 19])  # 5 % are allowed
    with pytest.raises(
        TooManyFailuresError, match=r"2 of 20 .*max_failed \(5%\) .*repetition: ValueError: cannot look"
    ):
        judge.judge(ids, ["crash 1", "crash 2", *["fine"] * 18])


def test_a_failure_within_the_allowance_is_unscored_not_zero(small):
    edit(small / "charter.yaml", "version: 0.1.0", "version: 0.1.0\nmax_failed: 0.5")
    judge = shared(failing(Charter.open(small)))
    columns = {f.__name__: call(f, ["train-1"] * 2, ["crash", "fine"]) for f in judge.functions()}
    assert columns["candour"] == [None, 1.0]
    assert columns["brevity"] == [1.0, 1.0]


def test_accounting_means_over_what_was_measured_and_counts_the_rest(charter):
    judge = shared(failing(charter))
    judgements = judge.charter.judge(
        [
            judge._scenarios[name].exchange(text)
            for name, text in [("train-0", SHORT), ("train-1", LONG), ("train-1", "crash")]
        ]
    )
    columns = merge([step_columns(charter.spec, judgements[:2]), step_columns(charter.spec, judgements[2:])])
    row = summarise(columns)
    assert row["completions"] == 3
    assert row["failed"] == 1
    assert row["gated"] == 0.0
    assert row["values"] == {"brevity": pytest.approx((1 + 1 / 3 + 1) / 3), "candour": 1.0}
    assert row["costs"] == {"over_refusal": 0.0, "wordy": pytest.approx(1 / 3)}
    assert row["monitors"] == {"words": pytest.approx((2 + 6 + 1) / 3)}
    assert row["abstained"] == {"value/candour": 1, "cost/over_refusal": 1}
    assert row["score"] == pytest.approx((1 + 2 / 3) / 2)  # the failed one has none


def test_a_mean_of_nothing_is_none():
    assert mean(np.array([np.nan, np.nan])) is None
    assert mean(np.array([np.nan, 2.0])) == 2.0
