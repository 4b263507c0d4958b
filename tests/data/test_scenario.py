import pytest

from lawgiver.data import Exchange, Scenario, write_jsonl
from lawgiver.data.scenario import read_scenarios, refuse_shared_ids
from lawgiver.outcome import ConfigurationError

ROW = {"id": "a", "prompt": "Hi?", "labels": {"scope": "in"}, "answer_part": "it", "tags": ["x"]}


def test_a_scenario_becomes_a_conversation_and_an_exchange():
    scenario = Scenario.model_validate(ROW)
    user = {"role": "user", "content": "Hi?"}
    assert scenario.messages() == scenario.messages("") == [user]
    assert scenario.messages("Be kind.") == [{"role": "system", "content": "Be kind."}, user]
    exchange = scenario.exchange("Hello.")
    assert exchange == Exchange((user,), "Hello.", {"scope": "in"}, {"answer_part": "it", "tags": ["x"]}, id="a")
    assert exchange.prompt == "Hi?"


def test_the_prompt_of_an_exchange_is_the_last_user_message():
    turns = [("system", "s"), ("user", "first"), ("assistant", "a"), ("user", "second"), ("tool", "t")]
    assert Exchange(tuple({"role": r, "content": c} for r, c in turns), "").prompt == "second"
    assert Exchange((), "").prompt == ""


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"prompt": ""}, r"s\.jsonl:4: prompt: "),
        ({"id": ""}, r"s\.jsonl:4: id: "),
        ({"id": 3}, r"s\.jsonl:4: id: "),
        ({"labels": None}, r"s\.jsonl:4: labels: "),
        ({"labels": {"scope": 1}}, r"s\.jsonl:4: labels\.scope: "),
        ({"tags": "x"}, r"s\.jsonl:4: tags: "),
        ({"answer": "it"}, r"s\.jsonl:4: answer: unknown key"),
    ],
)
def test_a_malformed_row_is_named_by_file_line_and_key(tmp_path, change, says):
    write_jsonl(tmp_path / "s.jsonl", [ROW, ROW | {"id": "b"} | change])
    text = (tmp_path / "s.jsonl").read_text()
    (tmp_path / "s.jsonl").write_text("\n\n" + text)  # blank lines count
    with pytest.raises(ConfigurationError, match=says):
        read_scenarios(tmp_path / "s.jsonl")


def test_a_repeated_id_is_named_with_both_lines(tmp_path):
    write_jsonl(tmp_path / "s.jsonl", [ROW, ROW | {"id": "b"}, ROW | {"prompt": "Other?"}])
    with pytest.raises(ConfigurationError, match=r"s\.jsonl:3: id 'a' stands on line 1 too"):
        read_scenarios(tmp_path / "s.jsonl")


def test_an_id_of_two_splits_is_refused():
    one, two = Scenario.model_validate(ROW), Scenario.model_validate(ROW | {"id": "b"})
    refuse_shared_ids({"train": [one], "test": [two]})
    with pytest.raises(ConfigurationError, match="'b' is in both train and test"):
        refuse_shared_ids({"train": [one, two], "test": [two]})
