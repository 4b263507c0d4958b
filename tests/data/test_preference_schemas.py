"""Every published layout becomes the same two records."""

import pytest
from preference_rows import BEGINNING, HH, MESSAGES, NEWER, PAIR, SAFERLHF, SINGLE, aside, read

from lawgiver.data.preference import HELPFUL, SAFE, Labelled, Pair
from lawgiver.data.preference.schemas.registry import SCHEMAS, detect
from lawgiver.outcome import ConfigurationError


def one(folder, row, **settings):
    preferences = read(folder, row, **settings)
    [record] = preferences.records
    assert preferences.accounts[0].used == preferences.accounts[0].made == 1
    return record


def test_a_saferlhf_row_gives_a_pair_for_each_of_its_two_preferences(tmp_path):
    helpful, safe = read(tmp_path, SAFERLHF).records
    assert (helpful.objective, helpful.chosen, helpful.rejected) == (
        HELPFUL,
        *[SAFERLHF[f"response_{k}"] for k in (0, 1)],
    )
    assert (helpful.chosen_safe, helpful.rejected_safe) == (False, True)
    assert (safe.objective, safe.chosen, safe.rejected) == (SAFE, *[SAFERLHF[f"response_{k}"] for k in (1, 0)])
    assert (safe.chosen_safe, safe.rejected_safe) == (True, False)
    assert helpful.prompt == safe.prompt == ({"role": "user", "content": SAFERLHF["prompt"]},)
    assert helpful.id == safe.id
    assert helpful.group == safe.group
    assert helpful.meta["chosen_index"] == 0
    assert safe.meta["chosen_index"] == 1


@pytest.mark.parametrize("objective", [HELPFUL, SAFE])
def test_one_preference_of_a_saferlhf_row_can_be_asked_for(tmp_path, objective):
    assert one(tmp_path, SAFERLHF, objective=objective).objective == objective


def test_the_newer_saferlhf_rows_give_severity_and_harms(tmp_path):
    safe = one(tmp_path, NEWER, objective=SAFE)
    assert safe.margin == 2
    assert safe.meta["rejected_harms"] == ["Violence"]
    assert safe.meta["chosen_harms"] == []
    assert one(tmp_path, NEWER, objective=HELPFUL).margin is None  # severity is no measure of help


def test_rows_with_one_preference_are_read_for_it_and_refused_for_the_other(tmp_path):
    assert one(tmp_path, SINGLE).objective == SAFE
    with pytest.raises(ConfigurationError, match=r"rows\.jsonl:1: better_response_id: is missing"):
        read(tmp_path, SINGLE, objective=HELPFUL)


def test_an_objective_can_bear_the_name_of_a_constraint(tmp_path):
    assert one(tmp_path, SAFERLHF, objective=SAFE, called="harm").objective == "harm"
    with pytest.raises(ConfigurationError, match="speak of helpful and safe, not of 'harm'"):
        read(tmp_path, SAFERLHF, objective="harm")
    with pytest.raises(ConfigurationError, match="say which objective"):
        read(tmp_path, SAFERLHF, called="harm")


def test_question_and_answer_rows_are_labelled_by_their_flag(tmp_path):
    row = {"prompt": "Hello there", "response": "Hello!", "is_safe": True, "category": {}}
    record = one(tmp_path, row)
    assert isinstance(record, Labelled)
    assert (record.objective, record.desirable, record.safe) == (SAFE, True, True)


def test_hh_dialogues_are_parted_where_they_part(tmp_path):
    pair = one(tmp_path, HH, objective=SAFE)
    assert [message["role"] for message in pair.prompt] == ["user", "assistant", "user"]
    assert pair.prompt[-1]["content"] == "Twice a day."
    assert pair.chosen == "That is common.\n\nKeep an eye on it."
    assert pair.rejected == "Cats are silly."


def test_hh_words_within_a_turn_are_no_turn_and_a_double_turn_is_one(tmp_path):
    start = "\n\nHuman: Is 'Human: hi' a turn?\n\nHuman: Well?\n\nAssistant:"
    pair = one(tmp_path, {"chosen": f"{start} No.", "rejected": f"{start} Yes."}, objective=SAFE)
    assert pair.prompt == ({"role": "user", "content": "Is 'Human: hi' a turn?\n\nWell?"},)


def test_hh_dialogues_that_part_early_and_empty_last_answers_are_set_aside(tmp_path):
    early = {"chosen": HH["chosen"], "rejected": "\n\nHuman: My dog sneezes.\n\nAssistant: Bless it."}
    empty = {"chosen": f"{BEGINNING} Fine.", "rejected": BEGINNING}
    preferences = read(tmp_path, early, empty, HH, objective=SAFE)
    assert aside(preferences) == {"several_turns": 1, "empty": 1}
    assert len(preferences.records) == 1


TRL = [
    PAIR,
    PAIR | {"prompt": MESSAGES},
    {key: [{"role": "assistant", "content": PAIR[key]}] for key in ("chosen", "rejected")} | {"prompt": MESSAGES},
    {key: {"role": "assistant", "content": PAIR[key]} for key in ("chosen", "rejected")} | {"prompt": MESSAGES},
    {key: [*MESSAGES, {"role": "assistant", "content": PAIR[key]}] for key in ("chosen", "rejected")},
    {key: [*MESSAGES, {"role": "assistant", "content": PAIR[key]}] for key in ("chosen", "rejected")}
    | {"prompt": "Name a river."},
    {"conversations": [{"from": "human", "value": "Name a river."}]}
    | {key: {"from": "gpt", "value": PAIR[key]} for key in ("chosen", "rejected")},
    {"instruction": "Name a river.", "input": "", "chosen": PAIR["chosen"], "rejected": PAIR["rejected"]},
    {key: PAIR[key] for key in ("chosen", "rejected")}
    | {"prompt": [{"role": "user", "content": [{"type": "text", "text": "Name a river."}]}]},
]


@pytest.mark.parametrize("row", TRL, ids=lambda row: "+".join(row))
def test_pairs_of_any_layout_say_the_same(tmp_path, row):
    pair = one(tmp_path, row, objective=HELPFUL)
    assert isinstance(pair, Pair)
    assert pair.prompt == tuple(MESSAGES)
    assert (pair.chosen, pair.rejected) == (PAIR["chosen"], PAIR["rejected"])


def test_an_implied_text_prompt_ends_with_a_whole_word(tmp_path):
    pair = one(tmp_path, {"chosen": "The sky is blue.", "rejected": "The sky is blunt."}, objective=HELPFUL)
    assert pair.prompt[0]["content"] == "The sky is"
    assert (pair.chosen, pair.rejected) == ("blue.", "blunt.")
    with pytest.raises(ConfigurationError, match="no prompt: the two texts have no beginning in common"):
        read(tmp_path, {"chosen": "Yes.", "rejected": "No."}, objective=HELPFUL)


def test_scores_and_margins_are_kept(tmp_path):
    assert one(tmp_path, PAIR | {"score_chosen": 7.5, "score_rejected": 6}, objective=HELPFUL).margin == 1.5
    assert one(tmp_path, PAIR | {"margin": 0.25}, objective=HELPFUL).margin == 0.25


def test_ranked_replies_keep_their_tree_together(tmp_path):
    row = PAIR | {"prompt": MESSAGES, "tree": "t1", "rank_chosen": 1, "rank_rejected": 3}
    pair = one(tmp_path, row, objective=HELPFUL)
    assert (pair.group, pair.margin) == ("t1", 2)
    assert aside(read(tmp_path, row | {"rank_rejected": 1}, objective=HELPFUL)) == {"no_preference": 1}
    with pytest.raises(ConfigurationError, match="0 is the best rank"):
        read(tmp_path, row | {"rank_chosen": 4}, objective=HELPFUL)


DIALOGUE = [*MESSAGES, {"role": "assistant", "content": "The Oder."}]
LABELLED = [
    {"prompt": "Name a river.", "completion": "The Oder.", "label": True},
    {"prompt": MESSAGES, "completion": DIALOGUE[1:], "label": 1},
    {"messages": DIALOGUE, "label": True},
    {
        "conversations": [{"from": "human", "value": "Name a river."}, {"from": "gpt", "value": "The Oder."}],
        "kto_tag": True,
    },
]


@pytest.mark.parametrize("row", LABELLED, ids=lambda row: "+".join(row))
def test_labelled_answers_of_any_layout_say_the_same(tmp_path, row):
    record = one(tmp_path, row, objective=HELPFUL)
    assert isinstance(record, Labelled)
    assert (record.prompt, record.completion, record.desirable) == (tuple(MESSAGES), "The Oder.", True)


def test_rows_that_do_not_say_what_they_speak_of_need_an_objective(tmp_path):
    for row in (PAIR, HH, *LABELLED):
        with pytest.raises(ConfigurationError, match="give helpful, safe, or the name of a constraint"):
            read(tmp_path, row)


def test_a_system_message_history_and_input_come_before_the_question(tmp_path):
    row = {"instruction": "Name a river.", "input": "In Poland.", "history": [["Hi", "Hello"]], "system": "Be brief."}
    pair = one(tmp_path, row | {"chosen": "The Oder.", "rejected": "No."}, objective=HELPFUL)
    assert [message["role"] for message in pair.prompt] == ["system", "user", "assistant", "user"]
    assert pair.prompt[-1]["content"] == "Name a river.\nIn Poland."


def test_what_is_written_is_read_back_the_same(tmp_path):
    rows = [NEWER, SAFERLHF | {"prompt": "Another question?"}]
    records = read(tmp_path, *rows).records
    again = read(tmp_path, *[record.to_json() for record in records])
    assert again.accounts[0].schema == "lawgiver"
    assert again.records == records
    assert [record.objective for record in read(tmp_path, *[r.to_json() for r in records], objective=SAFE).records] == [
        SAFE,
        SAFE,
    ]
    labelled = read(tmp_path, LABELLED[0], objective="harm").records
    assert read(tmp_path, labelled[0].to_json()).records == labelled


def test_the_schema_can_be_forced_and_an_unknown_one_is_refused(tmp_path):
    row = SAFERLHF | {"chosen": "Talk to him.", "rejected": "Shout."}
    assert read(tmp_path, row).accounts[0].schema == "saferlhf"
    assert one(tmp_path, row, objective=HELPFUL, schema="trl").chosen == "Talk to him."
    with pytest.raises(
        ConfigurationError, match="schema 'parquet': there is none of that name; choose one of lawgiver"
    ):
        read(tmp_path, PAIR, objective=HELPFUL, schema="parquet")
    with pytest.raises(ConfigurationError, match=r"rows\.jsonl: no known schema has the columns answer, question"):
        read(tmp_path, {"question": "a", "answer": "b"}, objective=HELPFUL)


def test_null_columns_are_not_there_and_a_bad_first_row_does_not_hide_the_layout():
    assert detect([PAIR | {"rank_chosen": None, "rank_rejected": None, "better_response_id": None}], "f").name == "trl"
    assert detect([{"chosen": "a", "rejected": "b"}, PAIR], "f").name == "trl"
    assert detect([HH], "f").name == "hh"
    for name, schema in SCHEMAS.items():
        assert schema.name == name
        assert not schema.fits({})
