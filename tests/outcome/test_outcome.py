import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lawgiver.outcome import (
    Abstained,
    ConfigurationError,
    DownloadError,
    Failed,
    LawgiverError,
    PolicyError,
    TooManyFailuresError,
    Value,
    from_json,
    to_json,
)

VALUES = st.floats(allow_nan=False) | st.booleans() | st.text() | st.none()
OUTCOMES = st.builds(Value, VALUES) | st.builds(Abstained, st.text()) | st.builds(Failed, st.text())


@given(OUTCOMES)
def test_an_outcome_comes_back_as_what_it_was(outcome):
    document = to_json(outcome)
    assert len(document) == 1
    assert from_json(document) == outcome
    assert type(from_json(document | {"scorer": "x", "version": "1"})) is type(outcome)


def test_a_value_of_nothing_is_still_a_value():
    assert from_json({"value": None}) == Value(None)
    assert Value(0) != Failed("") != Abstained("")


@pytest.mark.parametrize("document", [{}, {"score": 1}, {"value": 1, "failed": "x"}, {"abstained": "x", "failed": "y"}])
def test_none_or_two_of_the_three_is_refused(document):
    with pytest.raises(ConfigurationError, match="has one of value, abstained, failed"):
        from_json(document)


@pytest.mark.parametrize(
    ("error", "builtin"),
    [
        (ConfigurationError, ValueError),
        (PolicyError, ConfigurationError),
        (DownloadError, OSError),
        (TooManyFailuresError, RuntimeError),
    ],
)
def test_every_error_is_ours_and_a_builtin_one_and_travels(error, builtin):
    raised = error("what, where, what to do")
    assert isinstance(raised, LawgiverError)
    assert isinstance(raised, builtin)
    copy = pickle.loads(pickle.dumps(raised))
    assert type(copy) is error
    assert str(copy) == str(raised)


def test_outcomes_cannot_be_changed():
    with pytest.raises(AttributeError):
        Value(1).value = 2
