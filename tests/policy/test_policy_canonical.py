import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lawgiver.policy.canonical import MAX_BYTES, MAX_DEPTH, CanonicalError, canonical_json, parse

CLEAN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=20,
)


def nested(depth):
    value = 1
    for _ in range(depth):
        value = [value]
    return value


@given(CLEAN)
def test_what_is_written_is_what_is_read(value):
    assert parse(canonical_json(value)) == value
    assert canonical_json(json.loads(canonical_json(value))) == canonical_json(value)


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.integers(0, 9)))
def test_order_of_keys_does_not_matter(value):
    assert canonical_json(value) == canonical_json(dict(reversed(value.items())))


def test_tuples_are_arrays():
    assert canonical_json({"b": (1, "é"), "a": None}) == '{"a":null,"b":[1,"é"]}'.encode()


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"a": {"b": [0, math.nan]}}, "a.b.1: nan is not a finite number"),
        ([math.inf], "0: inf"),
        (-math.inf, "the value: -inf"),
        ({"a": {1: 2}}, "a: the key 1 is int"),
        ({None: 2}, "the value: the key None"),
        ({"a": b"x"}, "a: bytes is no JSON type"),
        ({"a": {1, 2}}, "a: set is no JSON type"),
        ({"a": "\ud800"}, "surrogates"),
        ({"\udfff": 1}, "surrogates"),
        ({"a": 2**64}, "64-bit"),
        (nested(MAX_DEPTH + 1), "deeper than 64"),
        (nested(10_000), "deeper than 64"),
        ("x" * (MAX_BYTES + 1), "larger"),
        ("\n" * (MAX_BYTES - 2), "bytes of JSON"),
        ([0] * MAX_BYTES, "larger"),
    ],
)
def test_refusals_say_where_and_why(value, says):
    with pytest.raises(CanonicalError, match=says.replace(".", r"\.")):
        canonical_json(value)


def test_the_limits_themselves_are_allowed():
    canonical_json(nested(MAX_DEPTH))
    assert len(canonical_json("x" * (MAX_BYTES - 2))) == MAX_BYTES


def test_cycles_and_shared_parts_end():
    cycle = {}
    cycle["self"] = [cycle] * 1000
    with pytest.raises(CanonicalError, match="containing itself"):
        canonical_json(cycle)
    doubling = []
    for _ in range(MAX_DEPTH - 1):  # 2**63 elements if it were unfolded
        doubling = [doubling, doubling]
    with pytest.raises(CanonicalError, match="larger"):
        canonical_json(doubling)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"a": 1, "b": {"c": 1, "c": 2}}', "the key 'c' occurs twice"),
        ('{"a": 1, "\\u0061": 1}', "the key 'a' occurs twice"),
        ("[NaN]", "NaN is not JSON"),
        ("-Infinity", "Infinity is not JSON"),
        ("1e999", "inf is not a finite"),
        ('"\\ud800"', "surrogates"),
        ("[" * 100_000, "deeper|not JSON"),
        ("[" * 65 + "]" * 65, "deeper than 64"),
        ("1" * 5000, "not JSON"),
        ("", "not JSON"),
        (b"\xff", "not JSON"),
        ("[1] 2", "not JSON"),
        (" " * MAX_BYTES + "1", "more than"),
    ],
)
def test_parse_is_strict(text, says):
    with pytest.raises(CanonicalError, match=says):
        parse(text)


@given(st.text() | st.binary())
def test_parse_raises_nothing_else(text):
    try:
        value = parse(text)
    except CanonicalError:
        return
    canonical_json(value)
