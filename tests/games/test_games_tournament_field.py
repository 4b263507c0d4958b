"""Players as they are written: opponent strings and mixtures of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lawgiver.games.tournament.field import field, player
from lawgiver.outcome import ConfigurationError


@pytest.mark.parametrize(
    ("text", "members", "weights"),
    [
        ("tft", ("tft",), (1.0,)),
        (" noise(tft, 0.05) ", ("noise(tft, 0.05)",), (1.0,)),
        ("checkpoint:runs/my run:2", ("checkpoint:runs/my run:2",), (1.0,)),
        ("mix(tft:0.5,alld:0.5)", ("tft", "alld"), (0.5, 0.5)),
        ("mix( noise(tft,0.1) : 0.25, alld : 0.75 )", ("noise(tft,0.1)", "alld"), (0.25, 0.75)),
        ("mix(tft,alld,wsls,allc)", ("tft", "alld", "wsls", "allc"), (0.25,) * 4),
        ("mix(checkpoint:runs/x:0.5,axelrod:Grudger:0.5)", ("checkpoint:runs/x", "axelrod:Grudger"), (0.5, 0.5)),
        ("mix(checkpoint:runs/x,alld)", ("checkpoint:runs/x", "alld"), (0.5, 0.5)),
        ("mix(mix(tft:0.5,alld:0.5):0.5,tft:0.5)", ("tft", "alld"), (0.75, 0.25)),
    ],
)
def test_reading(text, members, weights):
    read = player(text)
    assert read.members == members
    assert read.weights == pytest.approx(weights)
    assert read.mixed == (len(members) > 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty name"),
        ("mix()", "member is missing"),
        ("mix(tft,,alld)", "member is missing"),
        ("mix(tft:0.5,alld)", "some have none"),
        ("mix(tft:0.5,alld:0.6)", "add up to 1.1"),
        ("mix(tft:1.5,alld:-0.5)", "positive"),
        ("mix(tft:nan,alld:0.5)", "positive"),
        ("mix(noise(tft,0.5)", "do not match"),
        ("mix(tft),alld)", "do not match"),
    ],
)
def test_mistakes(text, message):
    with pytest.raises(ConfigurationError, match=message):
        player(text)


def test_members_are_shared():
    read = field(["tft", "mix(tft:0.25,alld:0.75)", "wsls"])
    assert read.members == ("tft", "alld", "wsls")
    assert read.weights_PK.tolist() == [[1, 0, 0], [0.25, 0.75, 0], [0, 0, 1]]


@given(st.lists(st.integers(1, 100), min_size=1, max_size=5))
@settings(max_examples=25, deadline=None)
def test_weights_are_probabilities(parts):
    text = ",".join(f"random({n / 10}):{part / sum(parts)}" for n, part in enumerate(parts))
    read = field([f"mix({text})", "tft"])
    assert read.weights_PK.sum(axis=1) == pytest.approx(1)
    assert np.all(read.weights_PK >= 0)


def test_a_field_needs_two_and_no_name_twice():
    with pytest.raises(ConfigurationError, match="at least two"):
        field(["tft"])
    with pytest.raises(ConfigurationError, match="'tft' is given twice"):
        field(["tft", "alld", " tft"])
