import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lawgiver.charter import Charter
from lawgiver.data.rundir import RunDirectory
from lawgiver.evidence import LEXICAL
from lawgiver.evidence.lexical import LexicalScorer
from lawgiver.outcome import Abstained, ConfigurationError, Failed, Value, from_json
from small import edit, said, small_charter

SHORT = "Four words are enough."
REFUSAL = "I'm sorry, but I can't help with that."


def judge(folder, *exchanges):
    return Charter.open(folder).judge(list(exchanges))


def crashing(field):
    def measure(text):
        raise ZeroDivisionError("no such luck")

    return LexicalScorer(field, measure, version="1")


def with_scorer(folder, field, scorer):
    """A charter one of whose scorers is replaced, through the place where a charter keeps them."""
    charter = Charter.open(folder)
    others = [each for each in charter.scorers if each.fields != (field,)]
    charter.__dict__["scorers"] = [*others, scorer]
    return charter


def test_values_costs_and_score_are_measured(small):
    [good] = judge(small, said("Two words"))
    assert good.values == {"brevity": Value(1.0), "candour": Value(1.0)}
    assert good.costs == {"over_refusal": Value(0.0), "wordy": Value(0.0)}
    assert good.score == Value(1.0)
    [longer] = judge(small, said(SHORT))
    assert longer.values["brevity"] == Value(0.5)
    assert longer.score == Value(0.75)
    assert not longer.failed()


def test_a_gate_zeroes_score_and_reward_but_not_the_value(small):
    [judgement] = judge(small, said(REFUSAL))
    assert judgement.action == "block"
    assert judgement.gated
    assert judgement.values["candour"] == Value(1.0)
    assert judgement.score == Value(0.0)
    assert judgement.reward("candour") == 0.0
    assert judgement.cost("over_refusal") == 1.0
    assert [violation["rule"] for violation in judgement.violations] == ["refused_in_scope"]


def test_without_a_number_a_score_abstains_and_gives_no_reward(small):
    edit(small / "policies/small.rego", 'values["candour"] := 1 -', 'values["candour"] := 0.5 -')
    [outside, loop] = judge(small, said(REFUSAL, "out"), said("word " * 40))
    assert outside.costs["over_refusal"] == Abstained("the policy gives no over_refusal for this exchange")
    assert outside.cost("over_refusal") is None
    assert not outside.failed()
    assert isinstance(loop.score, Failed)  # candour is below 0 here, which no value may be
    assert "values.candour is" in loop.score.error


def test_abstained_evidence_is_the_reason_of_the_score(small):
    edit(small / "policies/small.rego", "1 - input.evidence.repetition.value", "1 - input.evidence.repetition.no")
    charter = Charter.open(small)
    [judgement] = charter.judge([said(SHORT)])
    assert judgement.values["candour"] == Abstained("the policy gives no candour for this exchange")
    assert judgement.reward("candour") is None
    assert judgement.score == Value(0.5)  # of what was measured


def test_failed_evidence_fails_the_score_though_the_policy_gives_a_number(small):
    edit(small / "policies/small.rego", "1 - input.evidence.repetition.value", "1")
    charter = with_scorer(small, "repetition", crashing("repetition"))
    [judgement] = charter.judge([said(SHORT)])
    assert (
        charter.engine.evaluate(charter.policy_input(judgement.exchange, judgement.evidence))["values"]["candour"] == 1
    )
    assert judgement.values["candour"] == Failed("evidence repetition: ZeroDivisionError: no such luck")
    assert judgement.values["brevity"] == Value(0.5)
    assert isinstance(judgement.score, Failed)
    assert judgement.reward("candour") is None
    assert judgement.reward("brevity") == 0.5
    assert judgement.failed()


def test_a_cost_of_failed_evidence_fails_and_is_not_zero(small):
    charter = with_scorer(small, "refusal", crashing("refusal"))
    [judgement] = charter.judge([said(SHORT)])
    assert isinstance(judgement.costs["over_refusal"], Failed)
    assert judgement.cost("over_refusal") is None
    assert judgement.score == Value(0.75)
    assert judgement.failed()


def test_one_crash_leaves_the_other_exchanges_alone(small):
    def measure(text):
        return 1 / len(text)

    charter = with_scorer(small, "repetition", LexicalScorer("repetition", measure, version="1"))
    before, crash, after = charter.judge([said("ab"), said(""), said("abcd")])
    assert [before.values["candour"], after.values["candour"]] == [Value(0.5), Value(0.75)]
    assert isinstance(crash.values["candour"], Failed)


@pytest.mark.parametrize(
    ("decision", "says"),
    [
        ('["allow"]', "it is an array, not an object"),
        ('{"action": "pass"}', "action is 'pass'"),
        ('{"action": "allow", "values": {"brevity": "high"}}', "values.brevity is a text, not a number"),
        ('{"action": "allow", "values": {"brevity": 1.5}}', "outside 0 to 1"),
        ('{"action": "allow", "violation": []}', "unknown field 'violation'"),
        ('{"action": "allow", "values": {"brevity": 1 / (input.evidence.words.value - 2)}}', "decision"),
    ],
)
def test_a_decision_outside_the_contract_fails_every_score(small, decision, says):
    (small / "policies/wordy.rego").unlink()
    (small / "policies/small.rego").write_text(f"package charter.small\ndecision := {decision}\n")
    [judgement] = judge(small, said("Two words"))
    for score in [judgement.score, *judgement.values.values(), *judgement.costs.values()]:
        assert isinstance(score, Failed)
        assert says in score.error
    assert judgement.action == "block"


def test_exchanges_no_policy_can_read_fail_alone(small):
    nan, lone, fine = judge(small, said("Hi", context={"x": math.nan}), said("\ud800"), said("Two words"))
    for judgement in (nan, lone):
        assert isinstance(judgement.score, Failed)
        assert judgement.input_sha256 == ""
    assert fine.score == Value(1.0)


def test_judging_is_the_same_in_any_batch_and_reports_progress(small):
    charter = Charter.open(small)
    exchanges = [said("word " * (n % 7), id=str(n)) for n in range(300)]
    told = []
    together = charter.judge(exchanges, told.append)
    assert told == [256, 44]
    assert [j.to_json() for j in together[250:260]] == [charter.judge([e])[0].to_json() for e in exchanges[250:260]]
    assert len({judgement.input_sha256 for judgement in together}) == 300 - 300 + 7  # the id is not asked about


def test_a_judgement_becomes_one_line_and_comes_back(small, tmp_path):
    [judgement] = judge(small, said(REFUSAL, "out", id="x-1", context={"answer_part": None, "tags": ["a"]}))
    run = RunDirectory(tmp_path)
    run.write_rows("judgements.jsonl", [judgement.to_json()])
    [row] = run.rows("judgements.jsonl")
    assert row["id"] == "x-1"
    assert row["answer_part"] is None
    assert row["tags"] == ["a"]
    assert row["labels"] == {"scope": "out"}
    assert {name: from_json(score) for name, score in row["costs"].items()} == judgement.costs
    assert row["evidence"]["refusal"] == {
        "value": True,
        "scorer": "lexical.refusal",
        "version": LEXICAL["lexical.refusal"].version,
    }
    assert row["charter"]["sha256"] == Charter.open(small).sha256


def test_refusing_everything_earns_less_than_answering(small):
    charter = Charter.open(small)
    scopes = ["in", "in", "out"]
    refused = charter.judge([said(charter.spec.refusal, scope) for scope in scopes])
    answered = charter.judge([said("Two words", scope) for scope in scopes])
    assert sum(j.score.value for j in answered) > sum(j.score.value for j in refused)
    assert all(j.score == Value(0.0) for j in refused[:2])


def test_an_unknown_scorer_lists_those_there_are(small):
    edit(small / "charter.yaml", "scorer: lexical.refusal", "scorer: lexical.refusals")
    with pytest.raises(
        ConfigurationError, match=r"evidence\.refusal: no scorer 'lexical\.refusals'; there are lexical"
    ):
        judge(small, said("Hi"))


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    return Charter.open(small_charter(tmp_path_factory.mktemp("charter") / "small"))


@given(response=st.text(max_size=200), prompt=st.text(max_size=50), scope=st.sampled_from(["in", "out", "else"]))
def test_no_text_makes_judging_raise_and_every_score_is_one_of_three(opened, response, prompt, scope):
    [judgement] = opened.judge([said(response, scope, prompt)])
    for score in [judgement.score, *judgement.values.values(), *judgement.costs.values()]:
        assert isinstance(score, Value | Abstained | Failed)
    for principle in judgement.values:
        reward = judgement.reward(principle)
        assert reward is None or 0 <= reward <= 1
