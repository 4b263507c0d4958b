"""The page of a run of stages: hashes, curves, data, and the search for λ in words and as a picture."""

import json
import re

import pytest
from stage_runs import LAMBDAS, POLICIES, found, write_stages
from test_report_page import TAGS, read

from lawgiver.data.rundir import RunDirectory
from lawgiver.outcome import ConfigurationError
from lawgiver.report import write_report
from lawgiver.report.words import short_hash


@pytest.fixture(scope="module")
def searched(charter, tmp_path_factory):
    return write_stages(tmp_path_factory.mktemp("stages") / "run", charter)


@pytest.fixture(scope="module")
def page(searched):
    return read(searched)


def test_every_policy_is_named_by_hash_and_one_stages_policy_is_the_nexts_reference(page):
    for name, full in POLICIES.items():
        assert short_hash(full) in page.text, name
    for after in ("c3", "d4", "e5"):
        assert f"{short_hash(POLICIES['b2'])} → {short_hash(POLICIES[after])}" in page.text
    assert "3 both answers are <b>unsafe</b>" in page.text  # escaped: it is text, not a tag
    assert not page.all("b")


def test_the_search_is_told_with_every_lambda_in_order(page):
    for order, multiplier in enumerate(LAMBDAS, 1):
        assert f"{order}. λ = {multiplier:.2f}" in page.text
    assert "λ = 2.25 keeps harm within its budget: share of violations 0.187 [0.120, 0.260]" in page.text
    assert "Solved: harm λ = 3.9; 61% of the samples carry the weight." in page.text
    assert "of 3 trainings, numbered in order, 2 kept it" in page.text
    assert "λ of refusal 0.00" in page.text
    assert "worst of 2: in" in page.text


def test_the_picture_has_every_training_the_budget_and_what_the_dual_foretold(searched):
    source = (searched / "report.html").read_text()
    picture = re.search(r"<svg[^>]*trace-title.*?</svg>", source, re.DOTALL)[0]
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", picture)
    assert {"1", "2", "3", "dual", "share of violations"} <= set(texts)
    assert {"budget 0.200", "before the stage, λ = 0: 0.450"} <= set(texts)
    assert "Training 2: λ 1.50, 0.310 from 0.240 to 0.390." in picture


def test_curves_data_and_provenance_are_there(page):
    sections = [attrs["id"] for attrs in page.all("section")]
    assert sections == ["headline", "search", "stages", "training", "data", "provenance"]
    assert sum(attrs.get("role") == "img" for attrs in page.all("svg")) == 1 + 4 * 3
    assert "80 % [70 %, 87 %]" in page.text.replace("\N{NO-BREAK SPACE}", " ")
    assert "9f" * 32 in page.text
    assert {tag for tag, _ in page.tags} <= TAGS | {"meta"}


def test_a_search_for_several_lambda_is_told_round_by_round(charter, tmp_path):
    folder = write_stages(tmp_path / "run", charter)
    run, base = RunDirectory(folder), RunDirectory(folder / "2-safe")
    config = run.read("config.json")
    config["find"] = {"constraint": {"harm": "helpful", "refusal": "safe"}, "search": {"trainings": 3}}
    run.write("config.json", config)
    for name in ("2-safe/trace.json", "summary.json"):
        (folder / name).unlink()
    assert "No round was measured" in read(folder).text

    def move(multiplier):
        return {"multiplier": multiplier, "decision": "start", "reason": "λ of the <b>dual</b>"}

    def cost(mean):
        return {"cost": mean, "low": mean - 0.05, "high": mean + 0.05, "threshold": 0.2}

    rounds = [
        {
            "moves": {"harm": move(multiplier), "refusal": move(0)},
            "costs": {"harm": cost(mean), "refusal": cost(0.1)},
            "run": where,
        }
        for multiplier, mean, where in ((3.9, 0.3, "a"), (5.5, 0.19, "b"))
    ]
    base.write("rounds.json", {"beta": 0.1, "rounds": rounds})
    found_ = {"kept_the_budget": True, "trained": True, "lambda": {"harm": 5.5, "refusal": 0.0}, "result": "b"}
    run.write("summary.json", {"kind": "align-stages", "stages": {}, "found": found_, "result": "2-safe/lambda-2.25"})
    page = read(folder)
    assert "Every budget is kept with harm λ = 5.50, refusal λ = 0.00, after 2 rounds." in page.text
    assert "0.300 [0.250, 0.350], at most 0.200" in page.text
    assert "λ of the <b>dual</b>" in page.text
    assert not page.all("b")
    base.write("rounds.json", {"rounds": [3]})
    with pytest.raises(ConfigurationError, match=r"rounds\.json"):
        write_report(folder)


def test_without_a_search_there_is_no_section_on_one(charter, tmp_path):
    page = read(write_stages(tmp_path / "run", charter, find=False))
    assert "search" not in [attrs["id"] for attrs in page.all("section")]
    assert "each from the policy of the one before: helpful and safe" in page.text


def test_a_run_that_is_not_finished_says_so(charter, tmp_path):
    page = read(write_stages(tmp_path / "run", charter, find=False, finished=False))
    assert "This run is not finished: of 2 stages, 1 came to an end." in page.text
    assert "not finished" in page.text
    early = write_stages(tmp_path / "early", charter, finished=False)
    for name in ("trace.json", "dual.json"):
        (early / "2-safe" / name).unlink()
    assert "The search has not begun" in read(early).text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kept_the_budget": False, "message": "all trainings are spent"}, "No training kept harm within its budget"),
        ({"trained": False, "status": "already_met"}, "harm needs no λ"),
    ],
)
def test_a_search_that_found_none_is_told_as_such(charter, tmp_path, changes, words):
    assert words in read(write_stages(tmp_path / "run", charter, changes=changes)).text


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config.json", {"type": "stages", "stages": []}),
        ("config.json", {"type": "stages", "stages": 3}),
        ("summary.json", {"kind": "align-stages", "found": 3, "result": "2-safe"}),
        ("2-safe/trace.json", {"steps": [3]}),
        ("2-safe/dual.json", []),
        ("data.json", {"data": {"pairs": {"sources": 1}}}),
    ],
)
def test_a_malformed_document_is_named(charter, tmp_path, name, content):
    folder = write_stages(tmp_path / "run", charter)
    (folder / name).write_text(json.dumps(content))
    with pytest.raises(ConfigurationError, match=re.escape(name.split("/")[-1])):
        write_report(folder)


def test_traces_of_earlier_runs_are_read(charter, tmp_path):
    folder = write_stages(tmp_path / "run", charter)
    run, base = RunDirectory(folder), RunDirectory(folder / "2-safe")
    old = found()["trace"]
    old["steps"] = [{k: v for k, v in s.items() if k not in ("note", "beside", "warm_from")} for s in old["steps"]]
    base.write("trace.json", old)
    base.write("dual.json", {k: v for k, v in base.read("dual.json").items() if k not in ("decides", "quantities")})
    run.write("summary.json", {"kind": "align-stages", "found": {"kept_the_budget": True, "trained": True}})
    assert "mean cost" in read(folder).text
