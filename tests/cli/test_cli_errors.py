"""Whatever a user gets wrong is one sentence and a status, never a traceback."""

import json
import subprocess
import sys

import pytest

from lawgiver.cli.app import how_to_go_on
from lawgiver.data import write_jsonl
from small import edit

GOOD = {"prompt": "What is it?", "response": "Two words", "labels": {"scope": "in"}}


def test_usage_errors_are_status_2(lawgiver):
    for arguments in (["charters"], ["charter", "check"], ["evaluate", "refuse"], ["demo", "--limit", "0"]):
        said = lawgiver(*arguments)
        assert said.status == 2
        assert "Usage: " in said.err


def test_a_missing_charter_names_what_ships(refuses):
    assert "there are: dilemmas, harmless, medical" in refuses("charter", "check", "nowhere")


def test_malformed_yaml_names_file_line_and_column(refuses, small):
    (small / "charter.yaml").write_text("name: small\nprinciples: [a, b\nversion: 1\n")
    assert "charter.yaml:3:8: not YAML" in refuses("charter", "check", small)


def test_an_unknown_key_is_named(refuses, small):
    edit(small / "charter.yaml", "version: 0.1.0", "version: 0.1.0\nwieght: 1")
    assert "wieght: unknown key" in refuses("charter", "test", small)


@pytest.mark.parametrize(
    ("recipe", "says"),
    [
        ("model: m\nchater: c\n", "charter: Field required"),
        ("model: m\ncharter: c\nlora: {size: 3}\n", "lora.size: unknown key"),
        ("model: m\ncharter: [c\n", "not YAML"),
        ("model: m\ncharter: nowhere\n", "nowhere: no charter.yaml there"),
    ],
)
def test_a_wrong_recipe_is_named(refuses, tmp_path, recipe, says):
    (tmp_path / "r.yaml").write_text(recipe)
    assert says in refuses("align", tmp_path / "r.yaml", "--run", tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_files_that_are_not_there_or_no_files(refuses, small, tmp_path):
    assert "gone.yaml: no such file" in refuses("align", tmp_path / "gone.yaml")
    assert "gone.jsonl: no such file" in refuses("judge", small, "-i", tmp_path / "gone.jsonl", "-o", tmp_path / "o")
    assert "is a folder" in refuses("align", tmp_path)
    assert "is a folder" in refuses("judge", small, "-i", tmp_path, "-o", tmp_path / "o")
    assert "no finished evaluation there" in refuses("compare", tmp_path, tmp_path)
    assert str(tmp_path) in refuses("report", tmp_path)


def test_a_run_directory_that_is_a_file(refuses, small, tmp_path):
    (tmp_path / "run").write_text("in the way")
    for run in (tmp_path / "run", tmp_path / "run/below"):
        said = refuses("evaluate", "refuse", "-c", small, "--run", run, status=1)
        assert str(tmp_path / "run") in said
        assert "choose another folder" in said


def test_an_unknown_model_suggests_one(refuses, small, tmp_path):
    err = refuses("evaluate", "smollm2-135m-instrukt", "-c", small, "--run", tmp_path / "run")
    assert "did you mean smollm2-135m-instruct?" in err


def test_an_empty_split_cannot_be_measured(refuses, small, tmp_path):
    (small / "scenarios/dev.jsonl").write_text("\n")
    assert "dev.jsonl: no scenarios" in refuses(
        "evaluate", "refuse", "-c", small, "--split", "dev", "--run", tmp_path / "r"
    )


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", ":2: not JSON"),
        ("[1]", ":2: a line holds one object"),
        ("[" * 100_000, ":2: not JSON"),
        ("1" * 5_000, ":2: not JSON"),
        (json.dumps(GOOD | {"answer": "x"}), ":2: unknown key 'answer'"),
        (json.dumps({"prompt": "x"}), ":2: needs a text under `response`"),
        (json.dumps(GOOD | {"response": 3}), ":2: needs a text under `response`"),
        (json.dumps(GOOD | {"messages": "hi"}), ":2: needs a text under `response` and a list under `messages`"),
        (json.dumps(GOOD | {"messages": ["hi"]}), ":2: messages"),
        (json.dumps(GOOD | {"messages": [{"role": "user", "content": 3}]}), ":2: messages"),
        (json.dumps(GOOD | {"labels": ["in"]}), ":2: labels"),
        (json.dumps(GOOD | {"context": 5}), ":2: context"),
    ],
)
def test_a_malformed_exchange_is_named_by_file_and_line(refuses, small, tmp_path, line, says):
    (tmp_path / "in.jsonl").write_text(f"{json.dumps(GOOD)}\n{line}\n")
    assert f"in.jsonl{says}" in refuses("judge", small, "-i", tmp_path / "in.jsonl", "-o", tmp_path / "out.jsonl")
    assert not (tmp_path / "out.jsonl").exists()


def test_blank_lines_do_not_shift_the_line_that_is_named(refuses, small, tmp_path):
    (tmp_path / "in.jsonl").write_text(f"\n\n{json.dumps(GOOD)}\n\n{json.dumps(GOOD | {'x': 1})}\n")
    assert "in.jsonl:5: unknown key 'x'" in refuses("judge", small, "-i", tmp_path / "in.jsonl", "-o", tmp_path / "o")


def test_a_wrong_label_is_named(refuses, small):
    arguments = ["charter", "explain", small, "-p", "Hi", "-r", "Two words"]
    assert "--label: labels.scope is missing; one of in, out" in refuses(*arguments)
    assert "--label 'scope': write name=value" in refuses(*arguments, "-l", "scope")
    assert "'near'; one of in, out" in refuses(*arguments, "-l", "scope=near")


def test_a_charter_that_cannot_judge_stops_everything_early(refuses, small, tmp_path):
    (small / "policies/small.rego").write_text("package charter.small\ndecision := [1]\n")
    (small / "policies/wordy.rego").unlink()
    for arguments in (["evaluate", "refuse", "-c", small], ["align", tmp_path / "r.yaml"]):
        (tmp_path / "r.yaml").write_text(f"model: m\ncharter: {small}\n")
        assert "an array, not an object" in refuses(*arguments, "--run", tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_full_disk_is_status_1_and_leaves_the_old_file(small, tmp_path):
    write_jsonl(tmp_path / "in.jsonl", [GOOD] * 100)
    (tmp_path / "out.jsonl").write_text("old")
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        "from lawgiver.cli import main; main()"
    )
    arguments = ["judge", str(small), "-i", str(tmp_path / "in.jsonl"), "-o", str(tmp_path / "out.jsonl")]
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("lawgiver: File too large")
    assert "nothing half-written is left" in last
    assert "Traceback" not in done.stderr
    assert (tmp_path / "out.jsonl").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl", "small"]


def test_ctrl_c_is_status_130_and_says_how_to_go_on(refuses, small, tmp_path, monkeypatch):
    import lawgiver.evaluate.run

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(lawgiver.evaluate.run, "_answers", interrupted)
    err = refuses("evaluate", "refuse", "-c", small, "--run", tmp_path / "run", status=130)
    assert "--resume" in err


@pytest.mark.parametrize(
    ("arguments", "resumes"),
    [
        (["align", "recipe.yaml", "--set", "steps=3"], True),
        (["sweep", "a", "b"], True),
        (["arena", "a", "b"], True),
        (["games", "train", "recipe.yaml"], True),
        (["guard", "evaluate", "g"], True),
        (["merge", "align", "-o", "align"], False),  # names of models are no commands
        (["certify", "run"], False),
        (["judge", "charter"], False),
        (["guard", "calibrate", "g"], False),
        (["charter", "fit", "c"], False),
        ([], False),
    ],
)
def test_only_a_command_that_can_resume_promises_it(arguments, resumes):
    assert ("--resume" in how_to_go_on(arguments)) == resumes
    assert ("begins anew" in how_to_go_on(arguments)) != resumes


def test_an_interrupted_merge_says_to_begin_anew_and_leaves_nothing(refuses, tmp_path, tiny, monkeypatch):
    import lawgiver.align.merge.run

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(lawgiver.align.merge.run, "merge", interrupted)
    err = refuses("merge", tiny, tiny, "--method", "linear", "-o", tmp_path / "merged", status=130)
    assert "--resume" not in err
    assert "begins anew" in err
    assert not (tmp_path / "merged").exists()
