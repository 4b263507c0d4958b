import re

import pytest

from lawgiver.charter import Charter
from lawgiver.charter.check import check_charter, require_sound
from lawgiver.data import read_jsonl, write_jsonl
from lawgiver.outcome import ConfigurationError, PolicyError
from small import edit, scenario


def refused(folder, says):
    with pytest.raises(ConfigurationError, match=says) as caught:
        Charter.open(folder)
    assert "\n" not in str(caught.value)


def test_opens_by_folder_and_by_the_name_of_one_that_ships(small, medical):
    charter = Charter.open(str(small))
    assert charter.identity == {"name": "small", "version": "0.1.0", "sha256": charter.sha256}
    assert charter.spec.weights == {"brevity": 0.5, "candour": 0.5}
    assert Charter.open("medical").sha256 == medical.sha256


def test_weights_sum_to_one_whatever_is_written(small):
    edit(small / "charter.yaml", "weight: 0.5\n    evidence: [words]", "weight: 1\n    evidence: [words]")
    assert Charter.open(small).spec.weights == pytest.approx({"brevity": 2 / 3, "candour": 1 / 3})


def test_an_unknown_name_lists_those_that_ship(tmp_path):
    refused(tmp_path / "nothing", r"nothing: no charter\.yaml there.*there are: .*medical")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("version: 0.1.0", "version: 0.1.0\nwieght: 1", r"charter\.yaml: wieght: "),
        ("threshold: 0.1\n", "threshold: 0.1\n    limit: 3\n", r"constraints\.0\.limit: "),
        ("version: 0.1.0", "version: newest", r"version: "),
        ("version: 0.1.0", "version: 1.0", r"version: "),
        ("name: small", "name: Small-1", r"name: "),
        ("name: candour", "name: brevity", r"'brevity' is declared twice"),
        ("name: over_refusal", "name: brevity", r"'brevity' is declared twice"),
        ("evidence: [repetition]", "evidence: [novelty]", r"candour: evidence field 'novelty' is not declared"),
        ("{evidence: words, high: 3}", "{evidence: length, high: 3}", r"monitors: evidence field 'length' is not"),
        ("weight: 0.5\n    evidence: [words]", "weight: 0\n    evidence: [words]", r"principles\.0\.weight: "),
        ("weight: 0.5\n    evidence: [words]", "weight: .nan\n    evidence: [words]", r"principles\.0\.weight: "),
        ("threshold: 0.1", "threshold: -1", r"constraints\.0\.threshold: "),
        ("threshold: 0.1", "threshold: .inf", r"charter\.yaml"),
        ("evidence: [words]\n  - name: candour", "evidence: []\n  - name: candour", r"principles\.0\.evidence: "),
        ("    in: what the assistant is for\n    out: everything else", "    {}", r"taxonomy\.scope: "),
        (
            "    in: what the assistant is for",
            "    yes: what the assistant is for",
            r"taxonomy\.scope\.1\.\[key\]: Input should be a valid string",
        ),
    ],
)
def test_a_wrong_key_or_value_is_named(small, old, new, says):
    edit(small / "charter.yaml", old, new)
    refused(small, says)


@pytest.mark.parametrize(
    ("field", "says"),
    [
        ("{scorer: llm, type: bool}", "an llm field needs a rubric"),
        ("{scorer: llm, rubric: rubrics/a.md}", "an llm field needs a rubric"),
        ("{scorer: llm, type: enum, rubric: rubrics/a.md, values: [x]}", "an enum needs at least two values"),
        ("{scorer: llm, type: bool, rubric: ../../a.md}", "name it like rubrics/"),
        ("{scorer: llm, type: bool, rubric: /etc/passwd}", "name it like rubrics/"),
        ("{scorer: llm, type: bool, rubric: notes.txt}", "name it like rubrics/"),  # which no hash would cover
    ],
)
def test_a_rubric_lies_where_the_hash_covers_it(small, field, says):
    edit(small / "charter.yaml", "{scorer: lexical.refusal}", field)
    refused(small, says)


def test_malformed_yaml_is_named_by_file_line_and_column(small):
    (small / "charter.yaml").write_text("name: small\nprinciples: [a, b\nversion: 1\n")
    refused(small, r"charter\.yaml:3:8: not YAML")
    (small / "charter.yaml").write_text("name: small\n\tversion: 1\n")
    refused(small, r"charter\.yaml:2:1: not YAML")


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just words", "name: !!python/object/apply:os.abort []\n"])
def test_what_is_no_plain_mapping_is_refused(small, text):
    (small / "charter.yaml").write_text(text)
    refused(small, r"charter\.yaml")


def test_a_yaml_file_that_is_no_text_or_nested_without_end_is_refused(small):
    (small / "charter.yaml").write_bytes(b"name: \xff\xfe\n")
    refused(small, r"charter\.yaml: not UTF-8 at byte 6")
    (small / "charter.yaml").write_text("[" * 20_000)
    refused(small, r"charter\.yaml: not YAML")


@pytest.mark.parametrize(
    "text", ["when: 2024-01-01\n", "most: .nan\n", "1: 2\n", "yes: 2\n", "big: 99999999999999999999\n"]
)
def test_policy_data_without_canonical_json_is_refused_by_file(small, text):
    (small / "policies/data.yaml").write_text(text)
    refused(small, r"policies/data\.yaml: has no canonical JSON")


def test_an_unknown_split_lists_the_splits(small):
    with pytest.raises(ConfigurationError, match=r"holdout\.jsonl: no such split; this charter has: dev, test, train"):
        Charter.open(small).scenarios("holdout")


@pytest.mark.parametrize(
    ("labels", "says"),
    [
        ({"scope": "near"}, r"labels\.scope is 'near'; one of in, out"),
        ({}, r"labels\.scope is missing; one of in, out"),
        ({"scope": "in", "tier": "A"}, r"labels\.tier is not in the charter's taxonomy"),
    ],
)
def test_labels_outside_the_taxonomy_are_named_by_scenario(small, labels, says):
    write_jsonl(
        small / "scenarios/dev.jsonl", [scenario("d-1", "Hm?", 1), scenario("d-2", "Ah?", 1) | {"labels": labels}]
    )
    with pytest.raises(ConfigurationError, match=r"scenarios/dev\.jsonl: d-2: " + says):
        Charter.open(small).scenarios("dev")


def test_ids_are_unique_within_and_across_splits(small):
    write_jsonl(small / "scenarios/dev.jsonl", [scenario(name, f"{name}?", 1) for name in ("a", "b", "a")])
    charter = Charter.open(small)
    with pytest.raises(ConfigurationError, match=r"dev\.jsonl:3: id 'a' stands on line 1 too"):
        charter.splits()
    write_jsonl(small / "scenarios/dev.jsonl", [scenario("train-0", "Which?", 1)])
    assert len(charter.scenarios("dev")) == 1
    with pytest.raises(ConfigurationError, match="'train-0' is in both dev and train"):
        charter.splits()


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("package charter.small\nvalues[", r"policies/small\.rego:\d+"),
        ("package charter.other\ndecision := 1\n", r"data\.charter\.small\.decision: no such rule"),
        ("package charter.small\nf(x) := f(x)\ndecision := f(1)\n", r"small\.rego:2: error \[recursion\]"),
    ],
)
def test_policies_that_cannot_judge_are_refused_in_one_policy_error(small, source, says):
    (small / "policies/small.rego").write_text(source)
    with pytest.raises(PolicyError, match=says):
        require_sound(Charter.open(small))


def test_a_policy_of_the_wrong_type_is_found_before_anything_expensive(small):
    (small / "policies/wordy.rego").unlink()
    (small / "policies/small.rego").write_text("package charter.small\ndecision := [1, 2]\n")
    with pytest.raises(ConfigurationError, match="it is an array, not an object with an action"):
        require_sound(Charter.open(small))


def test_a_charter_without_policies_says_so(small):
    for path in (small / "policies").glob("*.rego"):
        path.unlink()
    with pytest.raises(ConfigurationError, match=r"policies: no \.rego file"):
        require_sound(Charter.open(small))


def test_check_gathers_findings_and_remarks(small):
    edit(small / "policies/small.rego", 'values["candour"] :=', 'values["cantor"] :=')
    rows = read_jsonl(small / "scenarios/train.jsonl")
    rows += [
        scenario(f"twin-{n}", f"How long should I boil a large brown egg, please{dots}", 1)
        for n, dots in enumerate("?!")
    ]
    write_jsonl(small / "scenarios/train.jsonl", rows)
    report = check_charter(small)
    assert report.counts["scenarios"] == len(rows) + 4
    assert any(re.search("'cantor', which charter.yaml does not declare", finding) for finding in report.findings)
    assert "scenarios twin-0 and twin-1 are near-duplicates" in report.remarks
    assert report.to_json()["charter"]["name"] == "small"
