import math

from hypothesis import given
from hypothesis import strategies as st

from lawgiver.report.words import NOTHING, clean, number, p_value, short_hash, signed


@given(st.text() | st.sampled_from(["\ud800", "\u202e", "\x00\x1b[0m", "a\r\nb\rc"]))
def test_clean_text_can_be_written_and_holds_no_controls(text):
    cleaned = clean(text)
    cleaned.encode()
    assert all(c in "\n\t" or not (ord(c) < 32 or 127 <= ord(c) < 160) for c in cleaned)
    assert clean(cleaned) == cleaned


@given(st.floats(-1, 1))
def test_a_sign_is_never_given_to_what_rounds_to_zero(value):
    shown = signed(value)
    assert float(shown.replace("−", "-")) == round(value, 2)
    assert (shown[0] in "+−") == (round(value, 2) != 0)


def test_what_is_no_number_is_a_dash_and_never_a_zero():
    assert [number(x) for x in (None, math.nan, math.inf, "3", True, {})] == [NOTHING] * 6
    assert [number(x) for x in (0.5, -0.5, -0.001, 12.34, 1234.5)] == ["0.50", "−0.50", "0.00", "12.3", "1234"]


def test_small_things():
    assert [p_value(p) for p in (0.0004, 0.05, None)] == ["< 0.001", "0.050", NOTHING]
    assert short_hash("0123456789abcdef" * 4) == "01234567…cdef"
    assert short_hash(None) == NOTHING
