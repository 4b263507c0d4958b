import pytest

from lawgiver.charter import Charter
from small import edit


def sha256(folder):
    return Charter.open(folder).sha256


def test_layout_and_comments_do_not_count(small):
    before = sha256(small)
    yaml = small / "charter.yaml"
    edit(yaml, "evidence: [repetition]", "# a comment\n    evidence:\n      - repetition   # another")
    edit(yaml, "name: small\nversion: 0.1.0", '"version": "0.1.0"\n\nname: small')
    rows = small / "scenarios/train.jsonl"
    rows.write_text(rows.read_text().replace('": "', '" :   "') + "\n\n")
    assert sha256(small) == before


def test_line_ends_do_not_count(small):
    before = sha256(small)
    for path in small.rglob("*.*"):
        content = path.read_bytes()
        path.write_bytes(content.replace(b"\n", b"\r\n"))
    assert sha256(small) == before


def test_files_that_are_no_part_of_the_charter_do_not_count(small):
    before = sha256(small)
    (small / "README.md").write_text("# Small")
    (small / "fitted").mkdir()
    (small / "fitted/agreement.json").write_text("{}")
    assert sha256(small) == before


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("charter.yaml", "weight: 0.5\n    evidence: [words]", "weight: 0.6\n    evidence: [words]"),
        ("charter.yaml", "threshold: 0.1", "threshold: 0.2"),
        ("charter.yaml", "say so.", "say no."),
        ("policies/small.rego", "1 - input.evidence.repetition.value", "1 - 2 * input.evidence.repetition.value"),
        ("policies/small_test.rego", "brevity == 1", "brevity > 0.9"),
        ("policies/data.yaml", "2", "3"),
        ("scenarios/train.jsonl", "Dddd?", "Dddd!"),
        ("scenarios/test.jsonl", '"labels": {"scope": "out"}', '"labels": {"scope": "in"}'),
    ],
)
def test_what_decides_counts(small, file, old, new):
    before = sha256(small)
    edit(small / file, old, new)
    assert sha256(small) != before


@pytest.mark.parametrize("separator", ["\u2028", "\x0b", "\x0c", "\x85"])
def test_a_rule_cannot_hide_behind_an_odd_line_break(small, separator):
    rego = small / "policies/wordy.rego"
    rule = 'costs["wordy"] := 1 if input.evidence.words.value > 4'
    edit(rego, rule, f"# off:\n{rule}")
    with_rule = sha256(small)
    edit(rego, f"# off:\n{rule}", f"# off:{separator}{rule}")  # now a comment, which decides otherwise
    assert sha256(small) != with_rule


def test_labels_rubrics_and_judges_count(small):
    seen = {sha256(small)}
    for file, content in [
        ("labels/a.jsonl", b'{"id": "1"}\n'),
        ("labels/a.jsonl", b'{"id": "2"}\n'),
        ("rubrics/a.md", b"Be fair."),
        ("fitted/judges.npz", b"\x00\x01"),
        ("fitted/judges.npz", b"\x00\x02"),
    ]:
        path = small / file
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        seen.add(sha256(small))
    assert len(seen) == 6


def test_a_file_that_moves_counts(small):
    before = sha256(small)
    (small / "scenarios/dev.jsonl").rename(small / "scenarios/dev2.jsonl")
    assert sha256(small) != before
