import json

import pytest

from lawgiver.data.rundir import RunDirectory, environment
from lawgiver.outcome import ConfigurationError

CONFIG = {"steps": 3, "lora": {"rank": 4}}
CHARTER = {"name": "small", "version": "0.1.0", "sha256": "ab" * 32}


def test_a_run_says_what_was_asked_where_and_under_which_charter(tmp_path):
    run = RunDirectory.create(tmp_path / "a/run", CONFIG, CHARTER)
    config = run.read("config.json")
    assert {key: config[key] for key in CONFIG} == CONFIG
    assert len(config["sha256"]) == 64
    assert run.read("charter.json") == CHARTER
    machine = run.read("environment.json")
    assert machine["packages"]["lawgiver"]
    assert machine["machine"]["cores"] >= 1
    assert environment()["python"] == machine["python"]


def test_a_second_run_is_refused_and_the_same_one_resumed(tmp_path):
    RunDirectory.create(tmp_path, CONFIG, CHARTER)
    with pytest.raises(ConfigurationError, match="holds a run already; give another folder, or resume it"):
        RunDirectory.create(tmp_path, CONFIG, CHARTER)
    before = (tmp_path / "config.json").read_bytes()
    again = dict(reversed(CONFIG.items()))  # the order of keys is no setting
    assert RunDirectory.create(tmp_path, again, CHARTER, resume=True).path == tmp_path
    assert (tmp_path / "config.json").read_bytes() == before


def test_resuming_with_other_settings_names_them(tmp_path):
    RunDirectory.create(tmp_path, CONFIG, CHARTER)
    with pytest.raises(ConfigurationError, match=r"was begun with other settings: lora, seed$"):
        RunDirectory.create(tmp_path, CONFIG | {"lora": {"rank": 8}, "seed": 1}, CHARTER, resume=True)


def test_resuming_under_another_charter_is_refused(tmp_path):
    RunDirectory.create(tmp_path, CONFIG, CHARTER)
    with pytest.raises(ConfigurationError, match="was begun under another charter"):
        RunDirectory.create(tmp_path, CONFIG, CHARTER | {"sha256": "cd" * 32}, resume=True)


def test_a_folder_of_something_else_is_not_taken_up(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "llama"}')
    for resume in (False, True):
        with pytest.raises(ConfigurationError):
            RunDirectory.create(tmp_path, CONFIG, CHARTER, resume=resume)
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(ConfigurationError, match=r"config\.json: not JSON"):
        RunDirectory.create(tmp_path, CONFIG, CHARTER, resume=True)


def test_resuming_what_never_began_begins_it(tmp_path):
    assert RunDirectory.create(tmp_path / "run", CONFIG, CHARTER, resume=True).has("config.json")


def test_metrics_are_logged_and_rewound(tmp_path):
    run = RunDirectory.create(tmp_path, CONFIG, CHARTER)
    assert run.metrics() == []
    run.rewind_metrics(0)
    for step in (1, 2, 3):
        run.log({"step": step, "text": "λ\u2028"})
    run.rewind_metrics(2)
    assert [row["step"] for row in run.metrics()] == [1, 2]
    run.log({"step": 3})
    assert [row["step"] for row in run.metrics()] == [1, 2, 3]
    run.rewind_metrics(0)
    assert run.metrics() == []


def test_a_line_that_a_crash_cut_short_does_not_stand_in_the_way_of_resuming(tmp_path):
    run = RunDirectory.create(tmp_path, CONFIG, CHARTER)
    for step in (1, 2):
        run.log({"step": step})
    for torn in (json.dumps({"step": 3, "score": 0.5})[:12], '{"text": "λ'):
        with (tmp_path / "metrics.jsonl").open("ab") as file:
            file.write(torn.encode()[:-1])
        run.rewind_metrics(2)
        assert [row["step"] for row in run.metrics()] == [1, 2]


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(ConfigurationError, match=r"summary\.json: no such file"):
        RunDirectory(tmp_path).read("summary.json")
    assert RunDirectory(tmp_path).rows_if_any("answers.jsonl") == []
