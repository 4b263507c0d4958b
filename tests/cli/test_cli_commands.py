import json
import subprocess
import sys
from pathlib import Path

from lawgiver import __version__
from lawgiver.data import read_jsonl, write_jsonl
from small import edit

GOOD = {"id": "x", "prompt": "What is it?", "response": "Two words", "labels": {"scope": "in"}}
REFUSED = GOOD | {"id": "y", "response": "I'm sorry, but I can't help with that."}


def test_help_lists_the_commands(lawgiver):
    said = lawgiver("--help")
    assert said.status == 0
    for command in ("demo", "charter", "judge", "align", "evaluate", "compare", "report", "models"):
        assert command in said.out
    for command in ("new", "check", "test", "fit", "explain"):
        assert command in lawgiver("charter", "--help").out


def test_it_is_there_as_a_script():
    script = Path(sys.executable).with_name("lawgiver")
    done = subprocess.run([script, "--version"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"lawgiver {__version__}\n"


def test_from_a_new_charter_to_its_tests(lawgiver, tmp_path):
    folder = tmp_path / "mine"
    said = lawgiver("charter", "new", folder)
    assert said.status == 0
    assert f"next: lawgiver charter test {folder}" in said.out
    assert lawgiver("charter", "check", folder).status == 0
    said = lawgiver("charter", "test", folder, "--min-coverage", "1.0")
    assert said.status == 0
    assert "100.0%" in said.out
    assert "4 passed, 0 failed" in said.out
    assert lawgiver("charter", "new", folder).status == 2


def test_a_test_that_fails_and_a_line_not_reached_are_status_1(lawgiver, small):
    document = json.loads(lawgiver("charter", "test", small, "--format", "json").out)
    assert document["passed"]
    assert document["coverage"]["policies/wordy.rego"]["ratio"] == 1
    with (small / "policies/wordy.rego").open("a") as file:
        file.write('\ncosts["wordy"] := 2 if {\n\tinput.evidence.words.value == 1000\n\tinput.phase == "never"\n}\n')
    assert lawgiver("charter", "test", small).status == 0
    said = lawgiver("charter", "test", small, "--min-coverage", "0.99")
    assert said.status == 1
    assert "policies/wordy.rego  not reached: " in said.out
    edit(small / "policies/small_test.rego", "brevity == 1", "brevity == 0.5")
    said = lawgiver("charter", "test", small)
    assert said.status == 1
    assert "fail policies/small_test.rego:" in said.out


def test_check_findings_are_status_1_and_json(lawgiver, small):
    assert lawgiver("charter", "check", small).out.rstrip().endswith("fine")
    edit(small / "scenarios/dev.jsonl", '"labels": {"scope": "out"}', '"labels": {"scope": "near"}')
    said = lawgiver("charter", "check", small, "--format", "json")
    assert said.status == 1
    [finding] = json.loads(said.out)["findings"]
    assert "dev-2: labels.scope is 'near'" in finding


def test_judging_a_file(lawgiver, small, tmp_path):
    write_jsonl(tmp_path / "in.jsonl", [GOOD, REFUSED, GOOD | {"messages": [{"role": "user", "content": "Really?"}]}])
    said = lawgiver("judge", small, "-i", tmp_path / "in.jsonl", "-o", tmp_path / "out.jsonl")
    assert (said.status, said.out) == (0, f"3 judged, 0 could not be scored: {tmp_path / 'out.jsonl'}\n")
    good, refused, messages = read_jsonl(tmp_path / "out.jsonl")
    assert (good["score"], refused["score"]) == ({"value": 1.0}, {"value": 0.0})
    assert refused["gated"]
    assert messages["prompt"] == "Really?"


def test_what_cannot_be_scored_is_status_1_and_kept(lawgiver, small, tmp_path):
    (tmp_path / "in.jsonl").write_text(
        json.dumps(GOOD) + "\n" + json.dumps(GOOD | {"response": "lone \ud800 half"}) + "\n"
    )
    said = lawgiver("judge", small, "-i", tmp_path / "in.jsonl", "-o", tmp_path / "out.jsonl")
    assert said.status == 1
    assert "2 judged, 1 could not be scored" in said.out
    good, lone = read_jsonl(tmp_path / "out.jsonl")
    assert good["score"] == {"value": 1.0}
    assert "failed" in lone["score"]
    assert lone["response"] == "lone \ud800 half"


def test_explaining_names_rules_and_evidence(lawgiver, small):
    arguments = ["charter", "explain", small, "-p", "Hi", "-r", REFUSED["response"], "-l", "scope=in"]
    said = lawgiver(*arguments)
    assert said.status == 0
    for part in ("block", "policies/small.rego:", "refused_in_scope", "refusal = True", "score 0.00"):
        assert part in said.out
    document = json.loads(lawgiver(*arguments, "--format", "json").out)
    assert any(rule["path"] == "violations" for rule in document["fired"])


def test_square_brackets_in_hostile_text_are_printed_not_obeyed(lawgiver, small):
    said = lawgiver("charter", "explain", small, "-p", "[/]", "-r", "[bold]x[/] [/nothing] ok", "-l", "scope=in")
    assert said.status == 0


def test_dry_runs_check_and_change_nothing(lawgiver, small, tmp_path):
    (tmp_path / "r.yaml").write_text(f"model: no-such-model\ncharter: {small}\nprompts_per_step: 4\n")
    said = lawgiver("align", tmp_path / "r.yaml", "--dry-run", "--set", "steps=3", "--run", tmp_path / "run")
    assert said.status == 0, said
    assert said.out.startswith("fine: 3 steps × 4 prompts × 4 completions over 6 scenarios")
    said = lawgiver("evaluate", "no-such-model", "-c", small, "--dry-run", "--run", tmp_path / "run")
    assert said.out.startswith("fine: 2 scenarios")
    assert not (tmp_path / "run").exists()


def test_evaluate_compare_and_report(lawgiver, small, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    for run in (first, second):
        said = lawgiver("evaluate", "refuse", "-c", small, "--split", "train", "--run", run, "--format", "json")
        assert said.status == 0, said
        assert json.loads(said.out)["n"] == 6
        assert (run / "report.html").is_file()
    assert lawgiver("evaluate", "refuse", "-c", small, "--split", "train", "--run", first).status == 2
    assert lawgiver("evaluate", "refuse", "-c", small, "--split", "train", "--run", first, "--resume").status == 0
    said = lawgiver("compare", first, second, "--run", tmp_path / "both")
    assert said.status == 0, said
    document = json.loads((tmp_path / "both/compare.json").read_text())
    assert document["comparisons"][0]["pairs"] == 6
    (first / "report.html").unlink()
    assert lawgiver("report", first).status == 0
    assert (first / "report.html").is_file()


def test_runs_of_another_charter_are_not_compared(lawgiver, small, tmp_path):
    assert lawgiver("evaluate", "refuse", "-c", small, "--run", tmp_path / "before").status == 0
    edit(small / "charter.yaml", "weight: 0.5\n    evidence: [words]", "weight: 0.6\n    evidence: [words]")
    assert lawgiver("evaluate", "refuse", "-c", small, "--run", tmp_path / "after").status == 0
    said = lawgiver("compare", tmp_path / "before", tmp_path / "after")
    assert said.status == 2
    assert "judged under different charters" in said.err


def test_a_principle_declared_since_the_runs_is_an_error_of_one_sentence(refuses, lawgiver, small, tmp_path):
    for name in ("one", "two"):
        lawgiver("evaluate", "refuse", "-c", small, "--run", tmp_path / name)
    more = '  - name: novelty\n    title: "Novelty"\n    weight: 0.5\n    evidence: [words]\n  - name: candour'
    edit(small / "charter.yaml", "  - name: candour", more)
    assert "novelty" in refuses("compare", tmp_path / "one", tmp_path / "two")


def test_models_are_listed_with_their_licence(lawgiver, tiny):
    assert "smollm2-135m-instruct  Apache-2.0" in lawgiver("models", "list").out
    assert lawgiver("models", "get", tiny).out == f"{tiny}\n"
