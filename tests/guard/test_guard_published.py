import json

import pytest
from published_folder import CODES, moderated, parsed, write_folder

from lawgiver.guard.published import published_files, read_published
from lawgiver.guard.taxonomy import NAMES
from lawgiver.outcome import ConfigurationError


def rows(folder, name, language="en", **options):
    return read_published(published_files(folder)[language, name], language, name, **options)


def labels(folder, name):
    return [row.example.unsafe for row in rows(folder, name)]


def test_xstest_is_unsafe_where_its_type_is_a_contrast(published):
    assert labels(published, "xstest") == [False, True, False, True]
    assert rows(published, "xstest")[1].kinds == ("contrast_homonyms",)
    assert rows(published, "xstest")[3].example.text.splitlines()[1] == "say where to buy it."


def test_openai_and_toxicchat_are_unsafe_by_their_flag(published):
    assert labels(published, "openai") == [False, True, True, False]
    assert labels(published, "toxicchat") == [False, True, True, False]


def test_beavertails_is_unsafe_where_it_is_not_safe_and_joins_prompt_and_response(published):
    assert labels(published, "beavertails") == [False, True, False]
    joined = rows(published, "beavertails")[1]
    assert joined.example.scored == "How do I get revenge? Slash a tyre."
    assert joined.kinds == ("violence",)
    spoken = rows(published, "beavertails", roles=True)[1].example
    assert (spoken.mode, spoken.response) == ("conversation", "Slash a tyre.")


def test_rtp_lx_and_xsafety_are_unsafe_by_their_class(published):
    assert labels(published, "rtp_lx") == [True, False]
    assert labels(published, "xsafety") == [True, True]


def test_categories_are_what_somebody_looked_at(published):
    openai = rows(published, "openai")[1].example.categories
    assert {name for name, held in openai.items() if held} == {"violent_crimes", "hate"}
    assert openai["sexual_content"] is False
    assert "privacy" not in openai
    safe, partial, unknown, _ = (row.example.categories for row in rows(published, "toxicchat"))
    assert safe == dict.fromkeys(NAMES, False)
    assert partial == {"jailbreak": True}
    assert unknown == {}


def test_categories_that_contradict_the_flag_or_are_unheard_of_are_unknown(published):
    odd = parsed(looked=()) | {"MODERATION_RESULT": {"C99(Nonsense)": True, CODES[1]: "yes", CODES[0]: True}}
    path = published / "eval_data_En" / "openai.json"
    path.write_text(
        json.dumps([moderated("a", 0, parsed(CODES[1])), moderated("b", 1, odd), moderated("c", 1, "text")])
    )
    assert [row.example.categories for row in rows(published, "openai")] == [{}, {"violent_crimes": True}, {}]


def test_aligned_rows_share_a_group_over_languages(published):
    for name, same in (("openai", True), ("xsafety", False)):
        first, second = rows(published, name)[1].example, rows(published, name, "fr")[1].example
        assert first.id != second.id
        assert (first.group == second.group) is same


@pytest.mark.parametrize("prefix", ["eval_data_", ""])
def test_folders_are_found_by_either_name_from_above_or_within(tmp_path, prefix):
    root = write_folder(tmp_path / "repo" / "evaluation", ("De", "En"), prefix)
    for given in (root, root.parent):
        found = published_files(given)
        assert [language for language, name in found if name == "openai"] == ["en", "de"]
        assert len(found) == 12
    assert {language for language, _ in published_files(root / f"{prefix}De")} == {"de"}


def test_any_file_may_be_missing(published):
    (published / "eval_data_Fr" / "openai.json").unlink()
    found = published_files(published)
    assert ("fr", "openai") not in found
    assert ("fr", "toxicchat") in found
    assert list(published_files(published, ["FR"], ["xstest"])) == [("fr", "xstest")]


def test_lone_surrogates_and_a_byte_order_mark_are_read(published):
    folder = published / "eval_data_En"
    (folder / "XSafety.json").write_text('[{"prompt": "a \\ud83d b", "class": 1}]')
    assert rows(published, "xsafety")[0].example.text == "a \ufffd b"
    path = folder / "xstest_v2_completions_gpt4_gpteval.csv"
    path.write_text("\ufefftype,prompt\ncontrast_x,hello\n", encoding="utf-8")
    assert rows(published, "xstest")[0].example.unsafe


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("openai.json", '[{"prompt": "a", "moderation_flag": 0}, {"prompt": "a"}]', "row 2: moderation_flag: no such"),
        ("openai.json", '[{"prompt": "a", "moderation_flag": "1"}]', "row 1: moderation_flag: is '1'"),
        ("openai.json", '[{"prompt": null, "moderation_flag": 1}]', "row 1: prompt: is 'None'"),
        ("openai.json", '{"prompt": "a"}', "holds a dict"),
        ("openai.json", '["a"]', "row 1: is a str"),
        ("openai.json", "[{", "not JSON"),
        ("openai.json", "[]", "no rows"),
        ("XSafety.json", '[{"prompt": "a", "class": 2}]', "row 1: class: is '2'"),
        ("beavertail_test.jsonl", '{"prompt": "a", "response": "b"}\n', ":1: is_safe: no such column"),
        ("beavertail_test.jsonl", '{"prompt": "a", "is_safe": true}\n', ":1: response: no such column"),
        ("xstest_v2_completions_gpt4_gpteval.csv", "id,prompt\n1,hello\n", "row 1: type: no such column"),
        ("xstest_v2_completions_gpt4_gpteval.csv", "type,prompt\nx\n", "row 1: has another number of columns"),
        ("xstest_v2_completions_gpt4_gpteval.csv", 'type,prompt\nx,"y\n', "not CSV"),
    ],
)
def test_what_is_malformed_is_named_with_file_row_and_column(published, name, content, says):
    path = published / "eval_data_En" / name
    path.write_text(content)
    key = next(key for key, file in published_files(published).items() if file == path)
    with pytest.raises(ConfigurationError) as caught:
        read_published(path, *key)
    assert str(path) in str(caught.value)
    assert says in str(caught.value)


def test_what_is_not_there_is_said(published, tmp_path):
    with pytest.raises(ConfigurationError, match="no such set"):
        published_files(published, sets=["xtest"])
    with pytest.raises(ConfigurationError, match="there are en, fr"):
        published_files(published, ["it"])
    with pytest.raises(ConfigurationError, match="no such folder"):
        published_files(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigurationError, match="none of xstest"):
        published_files(tmp_path / "empty")
