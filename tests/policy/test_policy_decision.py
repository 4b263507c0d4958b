import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lawgiver.policy import ACTIONS, denied, validate_decision

GOOD = {
    "action": "allow",
    "values": {"dharma": 1, "satya": 0.5},
    "costs": {"over_refusal": 0, "net": -1.5},
    "violations": [{"rule": "dharma.scope", "severity": "minor", "message": "drifted"}],
    "obligations": ["disclaimer", {"append": "text"}],
}


def test_a_good_decision_comes_back_whole():
    assert validate_decision(GOOD) == GOOD


def test_rewards_are_there_only_if_the_policy_gives_them():
    assert "rewards" not in validate_decision(GOOD)
    rewards = {"game": 4, "de": -3.5, "none": 0}
    assert validate_decision({**GOOD, "rewards": rewards}) == {**GOOD, "rewards": rewards}
    assert validate_decision({"action": "allow", "rewards": {}})["rewards"] == {}


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_only_the_action_is_required(action):
    empty = {"values": {}, "costs": {}, "violations": [], "obligations": []}
    assert validate_decision({"action": action}) == {"action": action, **empty}


def test_rounding_is_forgiven():
    decision = validate_decision({**GOOD, "values": {"a": 1.0000000000000002, "b": -1e-12}})
    assert decision["values"] == {"a": 1.0, "b": 0.0}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"action": "Allow"}, "action is 'Allow'"),
        ({"action": True}, "action is True"),
        ({"action": ["allow"]}, "action is"),
        ({"values": {"a": 1.1}}, "values.a is 1.1, outside"),
        ({"values": {"a": -0.1}}, "values.a is -0.1, outside"),
        ({"values": {"a": True}}, "values.a is a boolean"),
        ({"values": {"a": "1"}}, "values.a is a text"),
        ({"values": {"a": None}}, "values.a is null"),
        ({"values": {"a": math.nan}}, "values.a is nan"),
        ({"values": {1: 1}}, "values has the key 1"),
        ({"values": [1]}, "values is an array"),
        ({"costs": {"a": math.inf}}, "costs.a is inf"),
        ({"costs": {"a": {}}}, "costs.a is an object"),
        ({"costs": {"a": 10**400}}, "not a finite"),
        ({"costs": 3}, "costs is a number"),
        ({"rewards": {"a": "3"}}, "rewards.a is a text"),
        ({"rewards": {"a": True}}, "rewards.a is a boolean"),
        ({"rewards": {"a": math.nan}}, "rewards.a is nan"),
        ({"rewards": [1]}, "rewards is an array"),
        ({"violations": {}}, "violations is an object"),
        ({"violations": ["x"]}, r"violations\[0\] is 'x'"),
        ({"violations": [{"rule": "a", "severity": "minor"}]}, r"violations\[0\]"),
        ({"violations": [{"rule": "", "severity": "minor", "message": "m"}]}, "rule is ''"),
        ({"violations": [{"rule": "a", "severity": "fatal", "message": "m"}]}, "not minor or major"),
        ({"violations": [{"rule": "a", "severity": "minor", "message": 1}]}, "message is a number"),
        ({"violations": [{"rule": "a", "severity": ["minor"], "message": "m"}]}, "severity"),
        ({"obligations": [1]}, r"obligations\[0\] is a number"),
        ({"obligations": "x"}, "obligations is a text"),
        ({"violation": []}, "unknown field 'violation'"),
    ],
)
def test_a_malformed_decision_is_denied(change, says):
    decision = validate_decision({**GOOD, **change})
    assert {**decision, "error": ""} == denied("")
    assert decision["error"].startswith("the policy's decision is malformed: ")
    assert re.search(says, decision["error"])


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(sorted(ACTIONS)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.integers(), inner, max_size=3),
    max_leaves=8,
)


@given(
    ANYTHING
    | st.fixed_dictionaries(
        {"action": ANYTHING}, optional={name: ANYTHING for name in [*GOOD, "rewards"] if name != "action"}
    )
)
def test_whatever_comes_out_keeps_the_contract(document):
    decision = validate_decision(document)
    if "error" in decision:
        assert {**decision, "error": ""} == denied("")
    else:
        assert decision["action"] in ACTIONS
        assert all(0 <= value <= 1 for value in decision["values"].values())
        assert all(math.isfinite(cost) for cost in decision["costs"].values())
        assert all(math.isfinite(reward) for reward in decision.get("rewards", {}).values())
        assert all(each.keys() == {"rule", "severity", "message"} for each in decision["violations"])


def test_errors_are_of_bounded_length():
    assert len(denied("x" * 10**6)["error"]) == 1000
