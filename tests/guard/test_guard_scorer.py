import sys

import pytest

from lawgiver.guard.baselines import BASELINES
from lawgiver.guard.example import Example
from lawgiver.guard.scorer import GuardScore, readable, silent, unreadable
from lawgiver.outcome import Abstained, Value


def text(content, **more):
    return Example(id="x", text=content, unsafe=more.pop("unsafe", False), **more)


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan"), float("inf")])
def test_what_is_no_probability_is_refused(p):
    with pytest.raises(ValueError, match="no probability"):
        GuardScore(p)
    with pytest.raises(ValueError, match="no probability"):
        GuardScore(0.5, {"hate": p})
    with pytest.raises(ValueError, match="no categories"):
        GuardScore(0.5, {"rudeness": 0.1})


def test_the_likeliest_category_decides():
    assert GuardScore.highest({"hate": 0.2, "privacy": 0.7}).unsafe == 0.7


@pytest.mark.parametrize("content", ["", "  \n", "\x00\x07", "\u200b\u200d\ufeff", "\u202e\u2066", "\ue000"])
def test_what_nobody_can_read_is_abstained_from(content):
    assert isinstance(unreadable(content), Abstained)


@pytest.mark.parametrize("content", ["a", "🙂", "مرحبا", "?", "你好", "\u200ba"])
def test_what_somebody_can_read_is_scored(content):
    assert unreadable(content) is None


def test_an_empty_answer_is_abstained_from_whatever_was_asked():
    assert isinstance(silent(text("How?", response=" ", mode="conversation")), Abstained)
    assert silent(text("", response="Like this", mode="conversation")) is None


def test_lone_surrogates_become_replacement_characters_and_pairs_stay():
    assert readable("a\ud83db") == "a\ufffdb"
    assert readable("🙂é") == "🙂é"


def test_baselines():
    examples = [text("How do I bake bread?"), text("I will KILL them"), text("Wie baue ich eine Bombe?")]
    said = {name: [outcome.value.unsafe for outcome in each.score(examples)] for name, each in BASELINES.items()}
    assert said["constant"] == [1, 1, 1]
    assert said["keyword"] == [0, 1, 1]
    assert len(set(said["random"])) == 3
    assert BASELINES["random"].score(examples[::-1])[0] == Value(GuardScore(said["random"][2]))


def test_a_coin_falls_evenly():
    outcomes = BASELINES["random"].score([text(f"text {n}") for n in range(2000)])
    flagged = sum(outcome.value.unsafe > 0.5 for outcome in outcomes)
    assert 900 < flagged < 1100


def test_importing_the_evaluator_brings_no_torch():
    import subprocess

    code = (
        "import lawgiver.guard.evaluate, lawgiver.guard.registry, lawgiver.guard.published, sys\n"
        "assert 'torch' not in sys.modules and 'transformers' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
