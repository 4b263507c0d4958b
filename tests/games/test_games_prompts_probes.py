from collections import Counter

import pytest

from lawgiver.games.catalogue import GAMES
from lawgiver.games.multiplayer import public_goods
from lawgiver.games.prompts import ATTACKS, FRAMEWORK_PERSONAS, NO_STATE, persona, unrelated
from lawgiver.outcome import ConfigurationError

IPD = GAMES["ipd"].seen_by("row")
WORDS = ("amber", "violet")
PROBES = unrelated(IPD, WORDS)


def text(question):
    return question.conversation[-1]["content"]


def test_probes_come_in_four_kinds_and_show_no_payoff():
    kinds = Counter(probe.tags["unrelated"] for probe in PROBES)
    assert kinds.keys() == {"action", "action_game", "action_game_state", "everyday"}
    assert kinds["action_game_state"] == 8
    assert len({text(probe) for probe in PROBES}) == len(PROBES)
    assert not any(letter.isdigit() or letter == "|" for probe in PROBES for letter in text(probe))


def test_only_probes_that_tell_the_last_moves_have_a_state():
    for probe in PROBES:
        told = probe.tags["unrelated"] == "action_game_state"
        assert (probe.state != NO_STATE) == told
        assert ("A moment ago" in text(probe)) == told
    (question,) = {text(p).splitlines()[0] for p in PROBES if p.state == 1}
    assert question.endswith("A moment ago you chose amber and the other player chose violet.")


def test_everyday_questions_do_not_speak_of_games():
    for probe in PROBES:
        if probe.tags["unrelated"] in ("action", "everyday"):
            assert not {"game", "player", "points", "round"} & set(text(probe).lower().replace(".", "").split())


def test_each_action_stands_first_and_is_right_as_often_as_the_other():
    first = Counter(
        text(probe).splitlines()[-1].removeprefix("Answer with one word (").split("/")[0] for probe in PROBES
    )
    assert first["amber"] == first["violet"]
    right = Counter((probe.tags["right"], probe.tags["final"]) for probe in PROBES if probe.tags["right"])
    assert len(right) == 4
    assert len(set(right.values())) == 1


def test_right_answers_are_right():
    for probe in PROBES:
        if probe.tags["probe"].startswith("lost"):
            assert f"The jar marked {WORDS[int(probe.tags['right'])]} is empty" in text(probe)
        if probe.tags["probe"].startswith("copy"):
            assert f"repeated is {WORDS[int(probe.tags['right'])]}." in text(probe)


def test_probes_of_a_crowd_and_of_more_actions():
    crowd = unrelated(public_goods(4).seen_by(), WORDS)
    assert any("all 3 others chose amber" in text(probe) for probe in crowd)
    assert all(probe.answers == WORDS for probe in crowd)


def test_a_persona_goes_before_a_probe():
    kind = persona("de")
    for probe, bare in zip(unrelated(IPD, WORDS, kind), PROBES, strict=True):
        assert text(probe) == f"{kind.text}\n{text(bare)}"
        assert probe.tags["persona"] == "de"


def test_personas_are_single_sentences_with_ids_of_their_own():
    everyone = FRAMEWORK_PERSONAS | ATTACKS
    assert {"game", "de", "ut", "game_de"} <= everyone.keys()
    assert len({person.text for person in everyone.values()}) == len(everyone)
    for name, person in everyone.items():
        assert person.id == name
        assert person.attack == (name in ATTACKS)
        assert person.text.endswith(".")
        assert person.text.count(".") == 1
        assert persona(name) is person


def test_an_unknown_persona_is_refused():
    with pytest.raises(ConfigurationError, match="choose from game, de, ut"):
        persona("bureaucrat")
