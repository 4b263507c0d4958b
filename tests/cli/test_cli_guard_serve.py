"""`guard export` and `guard scan` from the command line."""

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from lawgiver.models.classifier.card import EXPORT_CARD
from tiny_encoder import SENTENCES
from tiny_guard import save_tiny_guard

sys.path.insert(0, str(Path(__file__).parents[1] / "guard"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A guard, and labelled rows; only to be read."""
    made = tmp_path_factory.mktemp("serve")
    save_tiny_guard(made / "guard")
    rows = [{"id": str(i), "text": f"{SENTENCES[i % 8]} {i}", "unsafe": i % 2, "language": "en"} for i in range(16)]
    (made / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return made


@pytest.fixture(scope="module")
def exported(folder):
    """The guard exported by the command, and what it said."""
    from typer.testing import CliRunner

    from lawgiver.cli.app import app

    arguments = ["guard", "export", str(folder / "guard"), str(folder / "int8"), "--data", str(folder / "rows.jsonl")]
    said = CliRunner().invoke(app, arguments)
    assert said.exit_code == 0, said.output
    return SimpleNamespace(folder=folder / "int8", said=said.output)


def lines_of(said):
    return [json.loads(line) for line in said.out.splitlines()]


def test_an_export_says_what_it_changed(exported):
    assert "FPR before" in exported.said
    assert "note: false-positive rate: " in exported.said
    assert "note: recall: " in exported.said
    card = json.loads((exported.folder / EXPORT_CARD).read_text())
    assert card["measured"]["n"] == 16
    assert {row["language"] for row in card["measured"]["rows"]} == {None, "en"}
    assert "| en | 16 |" in (exported.folder / "README.md").read_text()


def test_what_is_wrong_is_told_before_anything_is_loaded(lawgiver, refuses, exported, folder, tmp_path):
    guard, rows = folder / "guard", folder / "rows.jsonl"
    assert "holds something already" in refuses("guard", "export", guard, exported.folder)
    assert "is an export already" in refuses("guard", "export", exported.folder, tmp_path / "out")
    assert "no classifier.json there" in refuses("guard", "export", tmp_path, tmp_path / "out")
    assert "no such file" in refuses("guard", "export", guard, tmp_path / "out", "--data", tmp_path / "none.jsonl")
    said = lawgiver("guard", "export", guard, tmp_path / "out", "--data", rows, "--dry-run")
    assert said.out.strip().endswith("16 rows to measure it on")
    assert not (tmp_path / "out").exists()


def test_an_exported_guard_is_evaluated_like_any_other(lawgiver, exported, tmp_path):
    from published_folder import write_folder

    published = write_folder(tmp_path / "evaluation")
    arguments = ("guard", "evaluate", exported.folder, "-d", published, "-l", "en", "--set", "xstest")
    said = lawgiver(*arguments, "--resamples", 100, "--run", tmp_path / "run", "--format", "json")
    assert said.status == 0, said
    assert [cell["set"] for cell in json.loads(said.out)["cells"]] == ["xstest"]


def test_a_scan_of_a_file(lawgiver, exported, tmp_path):
    rows = [{"id": "a", "text": SENTENCES[0]}, {"prompt": SENTENCES[1], "response": SENTENCES[2]}, {"text": "😀😀"}]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    said = lawgiver("guard", "scan", exported.folder, tmp_path / "in.jsonl")
    assert said.status == 0, said
    first, second, third = lines_of(said)
    assert first["id"] == "a"
    assert first["decision"] in ("safe", "unsafe")
    assert set(second["where"]) - {"view"} <= {"text", "response"}
    assert third["decision"] == "abstained"
    assert "scan" in said.err
    assert lawgiver("guard", "scan", exported.folder, tmp_path / "in.jsonl", "--check").status == 1
    trained = lines_of(lawgiver("guard", "scan", exported.folder.with_name("guard"), tmp_path / "in.jsonl"))
    assert trained[0]["unsafe"] == pytest.approx(first["unsafe"], abs=0.05)


def test_a_scan_of_stdin_and_its_failures(lawgiver, refuses, exported, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"a loaf of bread\n\xff\xfe\n")))
    said = lawgiver("guard", "scan", exported.folder, "--text")
    assert said.status == 1
    assert [line["at"] for line in lines_of(said)] == ["stdin:1", "stdin:2"]
    assert lines_of(said)[1]["decision"] == "failed"
    assert "no such file" in refuses("guard", "scan", exported.folder, tmp_path / "none.jsonl")
    (tmp_path / "bad").mkdir()
    for path in exported.folder.iterdir():
        (tmp_path / "bad" / path.name).write_bytes(path.read_bytes())
    (tmp_path / "bad" / "model.onnx").write_bytes(b"none")
    assert "model.onnx: was changed since the export" in refuses("guard", "scan", tmp_path / "bad", "--text")


def test_help_shows_examples_and_exit_status(lawgiver):
    said = lawgiver("guard", "scan", "--help")
    assert "Example:" in said.out
    assert "Exit status: 0" in said.out
