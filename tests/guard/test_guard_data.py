"""Data of a guard: what a rule does to the rows of its source, what is counted, and what is refused."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lawgiver.charter.find import shipped_folder
from lawgiver.guard.classifier.data import CAPPED, LANGUAGE, WITHOUT, epoch, prepare_examples
from lawgiver.guard.classifier.rows import row_of
from lawgiver.guard.classifier.settings import GuardData, read_guard_recipe
from lawgiver.guard.example import Example
from lawgiver.guard.taxonomy import NAMES
from lawgiver.outcome import ConfigurationError

RECIPE = shipped_folder("recipes") / "guard.yaml"


def rows(source="forum", languages=("en", "fr"), named=("slur", "rude")):
    """Of each language and name 20 unsafe rows, and as many safe ones that bear the name of their subject."""
    return [
        {
            "id": f"{source}:{language}:{name}:{number}:{unsafe}",
            "text": f"{source} {language} {name} {number} {unsafe}",
            "source": source,
            "language": language,
            "unsafe": unsafe,
            "categories": [name] if unsafe else ["weather"],
        }
        for language in languages
        for name in named
        for number in range(20)
        for unsafe in (0, 1)
    ]


def prepared(tmp_path, made, **data):
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in made), encoding="utf-8")
    settings = {"folder": tmp_path, "files": ["rows.jsonl"], "dev": 0.2} | data
    return prepare_examples(GuardData.model_validate(settings))


def test_a_rule_says_what_rows_are_of_and_what_they_are_never_of(tmp_path):
    rule = {"categories": {"slur": "hate"}, "category": "privacy", "never": ["jailbreak"]}
    examples = prepared(tmp_path, rows(), sources={"forum": rule})
    for example in (*examples.train, *examples.dev):
        slur = {"hate": True} if "slur" in example.text else {}
        assert dict(example.categories) == (
            {"privacy": True, "jailbreak": False} | slur if example.unsafe else {}  # a safe row has a meaning already
        )


def test_a_row_knows_better_than_its_rule():
    said = {"hate": False, "jailbreak": True}
    example = Example(id="1", text="x", unsafe=True, source="forum", categories=said)
    rule = {"sources": {"forum": {"category": "hate", "never": ["jailbreak"]}}, "seeds": True}
    assert dict(row_of(example, GuardData.model_validate(rule)).example.categories) == said


def test_languages_and_categories_are_left_out_by_rule_and_counted(tmp_path):
    made = rows() + rows("chat", languages=("en",), named=("spam",))
    rule = {"languages": ["fr"], "without": ["rude"], "cap": 50}
    examples = prepared(tmp_path, made, sources={"forum": rule})
    document = examples.to_json()
    left = {
        (row["reason"], row["source"], row["language"], row["unsafe"]): row["rows"] for row in document["left_out_rows"]
    }
    capped = {key: number for key, number in left.items() if key[0] == CAPPED}
    assert sum(capped.values()) == 10  # 20 unsafe and 40 safe French rows are left by the rule
    assert {key: number for key, number in left.items() if key not in capped} == {
        (LANGUAGE, "forum", "en", True): 40,
        (LANGUAGE, "forum", "en", False): 40,
        (WITHOUT, "forum", "fr", True): 20,
    }
    assert document["left_out"] == {LANGUAGE: 80, WITHOUT: 20, CAPPED: 10}
    taken = document["train"]["rows"] + document["dev"]["rows"]
    assert taken + sum(document["left_out"].values()) == len(made)


def test_what_was_taken_is_counted_by_source_language_label_and_category(tmp_path):
    document = prepared(tmp_path, rows(), sources={"forum": {"categories": {"slur": "hate"}}}).to_json()
    parts = [row for part in ("train", "dev") for row in document[part]["sources"]]
    french = [row for row in parts if row["language"] == "fr"]
    assert {row["source"] for row in french} == {"forum"}
    assert sum(row["rows"] for row in french) == 80
    assert sum(row["unsafe"] for row in french) == 40
    assert sum(row["categories"]["hate"] for row in french) == 20
    assert document["untranslated"] == [{"source": "forum", "category": "rude", "rows": 40}]


def test_the_seeds_that_ship_are_learned_from_like_any_source(tmp_path):
    data = GuardData.model_validate({"seeds": True, "sources": {"seeds": {"times": 3}}})
    examples = prepare_examples(data)
    every = [*examples.train, *examples.dev]
    assert len(every) > 6000
    assert sum(e.unsafe for e in every) * 2 == len(every)
    assert {e.source for e in every} == {f"seeds/{name}" for name in NAMES}
    assert len(epoch(examples.train, data)) == 3 * len(examples.train)
    languages = {row["language"] for row in examples.to_json()["dev"]["sources"]}
    assert languages == {"en", "fr", "es", "de"}
    less = data.model_copy(update={"sources": {}, "languages": ("de",)})
    assert {e.language for e in prepare_examples(less).train} == {"de"}


@pytest.mark.parametrize(("plain", "often"), [(0, 0), (1, 50), (2, 100), (0.5, 25)])
def test_a_conversation_can_be_seen_as_one_message_too(plain, often):
    data = GuardData.model_validate({"seeds": True, "sources": {"chat": {"plain": plain}}})
    told = [
        Example(id=f"c{n}", text=f"{n}?", response="No.", mode="conversation", unsafe=n % 2, source="chat")
        for n in range(50)
    ]
    said = [Example(id=f"s{n}", text=f"{n}!", unsafe=n % 2, source="chat") for n in range(50)]
    seen = epoch([*told, *said], data)
    assert [e for e in seen if e in told] == told
    joined = [e for e in seen if e.id.startswith("c") and e.mode == "prompt"]
    assert len(joined) == often
    assert all(e.scored == f"{e.id[1:]}? No." and e.response is None for e in joined)
    assert {(e.id, e.unsafe, e.group) for e in joined} <= {(e.id, e.unsafe, e.group) for e in told}
    assert [e for e in seen if e.id.startswith("s")] == said


@pytest.mark.parametrize("names", [("froum",), ("forum", "seeds"), ("foru",)])
def test_a_rule_that_no_row_needs_is_refused(tmp_path, names):
    wrong = next(name for name in names if name != "forum")
    with pytest.raises(ConfigurationError, match=rf"data\.sources: {wrong}: no row has this source; there are forum"):
        prepared(tmp_path, rows(), sources={name: {} for name in names})


@given(
    st.sampled_from(["red", "red/one", "red/two", "blue", "", "/", "red/"]),
    st.sets(st.sampled_from(["red", "red/one"])),
)
def test_the_nearer_rule_is_taken(source, ruled):
    data = GuardData.model_validate({"seeds": True, "sources": {name: {"cap": len(name)} for name in ruled}})
    expected = source if source in ruled else "red" if "red" in ruled and source.startswith("red") else None
    assert data.rule_name(source) == expected
    assert data.rule(source).cap == (None if expected is None else len(expected))


GOOD = {"id": "x", "text": "y", "unsafe": 1}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"id": "x", "unsafe": 1}, "rows.jsonl:2: text: Field required"),
        ({"text": "y", "unsafe": 1}, "rows.jsonl:2: id: Field required"),
        (GOOD | {"categories": {"hatred": True}}, "rows.jsonl:2: (?s:.*)hatred: not among violent_crimes"),
        (GOOD | {"categories": "hate"}, "rows.jsonl:2: categories: a list of names"),
        (GOOD | {"unsafe": 0, "categories": {"hate": True}}, "rows.jsonl:2: .*a safe text is in none"),
        (GOOD | {"groups": "x"}, "rows.jsonl:2: groups: a list"),
        ('{"id": "x", "text": "caf\xe9", "unsafe": 1}'.encode("latin-1"), "rows.jsonl:2: not UTF-8 at byte"),
        (b"id\ttext\tunsafe", "rows.jsonl:2: not JSON"),
    ],
)
def test_a_row_that_cannot_be_read_is_named(tmp_path, line, said):
    first = json.dumps(GOOD | {"text": "z"}).encode()
    second = line if isinstance(line, bytes) else json.dumps(line).encode()
    (tmp_path / "rows.jsonl").write_bytes(first + b"\n" + second + b"\n")
    with pytest.raises(ConfigurationError, match=said):
        prepare_examples(GuardData(folder=tmp_path, files=(Path("rows.jsonl"),)))


def test_a_label_in_words_is_a_label(tmp_path):
    made = [row | {"unsafe": "true" if row["unsafe"] else "false", "categories": ["hate"]} for row in rows()]
    examples = prepared(tmp_path, made)
    assert all(bool(example.categories) == example.unsafe for example in examples.train)


def test_names_that_are_no_unicode_can_be_written_down(tmp_path):
    made = [row | {"source": "a\ud800", "categories": ["b\udfff"]} for row in rows()]
    json.dumps(prepared(tmp_path, made).to_json(), ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, "files: none, and seeds: false"),
        ({"seeds": True, "sources": {"a": {"category": "C9"}}}, "category: C9: not among"),
        ({"seeds": True, "sources": {"a": {"never": ["hatred"]}}}, "never: hatred: not among"),
        ({"seeds": True, "sources": {"a": {"category": "hate", "never": ["hate"]}}}, "never: hate: the same rule"),
        ({"seeds": True, "sources": {"a": {"plain": float("inf")}}}, r"plain\n.*finite number"),
        ({"seeds": True, "sources": {"a": {"times": float("inf")}}}, r"times\n.*finite number"),
    ],
)
def test_settings_that_contradict_themselves(data, said):
    with pytest.raises(ValueError, match=said):
        GuardData.model_validate(data)


def test_the_recipe_that_ships(tmp_path):
    with pytest.raises(ConfigurationError, match=r"train\.jsonl\.gz: no such file; .*--set data\.folder=DIR"):
        prepare_examples(read_guard_recipe(RECIPE, [f"data.folder={tmp_path}"]).data)
    recipe = read_guard_recipe(RECIPE, [f"data.folder={tmp_path}", "data.refuse=blind.txt"])
    assert recipe.data.refuse == Path("blind.txt")
    assert {f"seeds/{name}" for name in NAMES} <= set(recipe.data.sources)
    alone = read_guard_recipe(RECIPE, ["data.files=[]", "data.sources={seeds: {times: 3}}"]).data
    assert len(epoch(prepare_examples(alone).train, alone)) > 18000
