"""What is at odds is set aside and counted; what must not be seen is not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from preference_rows import PAIR, SAFERLHF, aside, read, write

from lawgiver.data.preference import (
    HELPFUL,
    SAFE,
    BlindTexts,
    Labelled,
    Pair,
    PreferenceSource,
    Reason,
    consistent,
    labels_of,
    read_preferences,
)
from lawgiver.data.preference.blind import VARIABLE, blind_hash
from lawgiver.data.preference.conflicts import reasons
from lawgiver.outcome import ConfigurationError

NONE = BlindTexts(frozenset())
SECRET = "Which three rivers meet at Koblenz?"


def pair(chosen="good", rejected="bad", prompt="Why?", objective=HELPFUL, **more):
    return Pair(objective, ({"role": "user", "content": prompt},), chosen, rejected, **more)


def labelled(completion="good", desirable=True, prompt="Why?", objective=HELPFUL, **more):
    return Labelled(objective, ({"role": "user", "content": prompt},), completion, desirable, **more)


def test_each_conflict_is_found_and_the_innocent_stay():
    records = [
        pair(),
        pair(chosen=" good\n", rejected="bad"),  # a copy but for white space
        pair("a", "a "),
        pair("a", ""),
        pair("x", "y"),
        pair("y", "x"),
        pair("x", "y", objective=SAFE),  # another objective may well prefer the other one
        pair("y", "x", objective="harm"),
        pair("x", "y", prompt="Who?"),
        labelled("z", True),
        labelled("z", False),
        labelled("z", True, objective=SAFE),
        pair("p", "q", chosen_safe=True, rejected_safe=False, prompt="How?"),
        pair("q", "r", chosen_safe=True, rejected_safe=False, prompt="How?"),
        pair("q", "r", chosen_safe=True, rejected_safe=False, prompt="Where?"),
        pair("x = -1", "x = 1", prompt="What?"),
    ]
    assert reasons(records, NONE) == [
        None,
        Reason.DUPLICATE,
        Reason.IDENTICAL,
        Reason.EMPTY,
        Reason.CONTRADICTION,
        Reason.CONTRADICTION,
        None,
        None,
        None,
        Reason.CONTRADICTION,
        Reason.CONTRADICTION,
        None,
        Reason.FLAGS,
        Reason.FLAGS,
        None,
        None,
    ]


def test_the_middle_one_of_three_ranked_answers_is_neither_wanted_nor_unwanted():
    labels, counts = consistent(labels_of([pair("best", "middle"), pair("middle", "worst")]))
    assert [(record.completion, record.desirable) for record in labels] == [("best", True), ("worst", False)]
    assert counts == {Reason.CONTRADICTION: 2}


def test_what_is_safe_for_one_objective_need_not_be_for_another():
    records = [pair("a", "b", chosen_safe=True, objective=name) for name in (HELPFUL, SAFE)]
    records.append(pair("c", "a", rejected_safe=False, objective="over_refusal"))
    assert consistent(records) == (records, {})


TEXTS = st.sampled_from(["a", "b", "c", "a ", ""])
PAIRS = st.builds(
    pair,
    TEXTS,
    TEXTS,
    prompt=st.sampled_from(["Why?", "Who?"]),
    objective=st.sampled_from([HELPFUL, SAFE]),
    chosen_safe=st.none() | st.booleans(),
    rejected_safe=st.none() | st.booleans(),
)
LABELLED = st.builds(labelled, TEXTS, st.booleans(), safe=st.none() | st.booleans())


@settings(max_examples=200, deadline=None)
@given(st.lists(PAIRS | LABELLED, max_size=12), st.randoms())
def test_what_stays_is_consistent_and_does_not_hang_on_the_order(records, rng):
    def kept(order):
        return [record for record, reason in zip(order, reasons(order, NONE), strict=True) if reason is None]

    stays = kept(records)
    assert all(reason is None for reason in reasons(stays, NONE))  # once is enough
    shuffled = list(records)
    rng.shuffle(shuffled)

    def key(record):
        return (type(record).__name__, record.objective, record.prompt[0]["content"], *map(str.strip, record.answers))

    assert sorted(map(key, kept(shuffled))) == sorted(map(key, stays))
    assert kept(records + records) == stays  # copies change nothing


def test_a_flag_against_the_choice_costs_the_safe_pair_alone(tmp_path):
    preferences = read(tmp_path, SAFERLHF | {"safer_response_id": 0})
    assert [record.objective for record in preferences.records] == [HELPFUL]
    assert aside(preferences) == {"against_flags": 1}


def test_both_unsafe_pairs_are_no_conflict(tmp_path):
    row = SAFERLHF | {"is_response_1_safe": False}
    assert len(read(tmp_path, row).records) == 2


def test_conflicts_between_sources_are_found_and_each_account_adds_up(tmp_path):
    other = PAIR | {"chosen": PAIR["rejected"], "rejected": PAIR["chosen"]}
    sources = [
        PreferenceSource(
            source=write(tmp_path / "a.jsonl", PAIR, PAIR | {"prompt": "Name a lake."}), objective=HELPFUL
        ),
        PreferenceSource(source=write(tmp_path / "b.jsonl", other), objective=HELPFUL),
    ]
    preferences = read_preferences(sources)
    assert [record.prompt[0]["content"] for record in preferences.records] == ["Name a lake."]
    for account, name in zip(preferences.accounts, "ab", strict=True):
        [part] = account.aside
        assert part.reason.conflict
        assert part.places == (str(tmp_path / f"{name}.jsonl:1"),)
        assert account.made == account.used + account.left_out + sum(part.count for part in account.aside)
        assert account.to_json()["aside"][0]["reason"] == "contradiction"


def listed(path, *texts):
    path.write_text("".join(f"{blind_hash(text)}\n" for text in texts))
    return path


@pytest.mark.parametrize(
    "text",
    [
        SECRET,  # the prompt
        "the Rhine, and the MOSELLE!",  # an answer
        "which three rivers meet at koblenz The Rhine and the Moselle",  # both
    ],
)
def test_a_listed_text_is_refused_however_it_is_written(tmp_path, text):
    row = {"prompt": SECRET, "chosen": "None at all.", "rejected": "The Ｒhine and the Moselle."}
    blind = listed(tmp_path / "blind.txt", text)
    preferences = read(tmp_path, row, PAIR, refuse=blind, objective=HELPFUL)
    assert aside(preferences) == {"blind": 1}
    assert [record.chosen for record in preferences.records] == [PAIR["chosen"]]


def test_earlier_turns_of_a_dialogue_are_looked_at_but_not_its_system_message(tmp_path):
    messages = [
        {"role": "system", "content": "You know every river."},
        {"role": "user", "content": SECRET},
        {"role": "assistant", "content": "The Rhine does."},
        {"role": "user", "content": "And then?"},
    ]
    row = PAIR | {"prompt": messages}
    for text in (SECRET, "The Rhine does.", f"{SECRET} The Rhine does.", f"And then? {PAIR['chosen']}"):
        assert aside(read(tmp_path, row, refuse=listed(tmp_path / "b", text), objective=HELPFUL)) == {"blind": 1}
    assert (
        len(read(tmp_path, row, refuse=listed(tmp_path / "b", "You know every river."), objective=HELPFUL).records) == 1
    )


def test_the_environment_names_a_list_that_an_argument_does_not_switch_off(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(listed(tmp_path / "blind.txt", SECRET)))
    row = PAIR | {"prompt": SECRET}
    assert aside(read(tmp_path, row, objective=HELPFUL)) == {"blind": 1}
    other = listed(tmp_path / "other.txt", "some other text")
    assert aside(read(tmp_path, row, refuse=other, objective=HELPFUL)) == {"blind": 1}


def test_short_texts_are_never_listed_and_a_broken_list_is_refused(tmp_path):
    assert blind_hash("Thank you!") is None
    assert blind_hash("A, b: C?") == "6b3f339c67bb03d57a7195cf43ed86b12bfdd347"  # printf 'a b c' | sha1sum
    (tmp_path / "blind.txt").write_text(f"{blind_hash(SECRET)}\n\nrivers\n")
    with pytest.raises(ConfigurationError, match=r"blind\.txt:3: no SHA-1"):
        read(tmp_path, PAIR, refuse=tmp_path / "blind.txt", objective=HELPFUL)
    with pytest.raises(ConfigurationError, match="no such file"):
        read(tmp_path, PAIR, refuse=tmp_path / "none.txt", objective=HELPFUL)
