import json
import types

import pytest
from published_folder import write_folder

from lawgiver.guard.baselines import BASELINES
from lawgiver.guard.evaluate import GuardEvaluateConfig, evaluate_guard, prepare
from lawgiver.guard.evaluate.run import ask
from lawgiver.guard.operators import OPERATORS, Operator
from lawgiver.guard.scorer import GuardScore
from lawgiver.outcome import Abstained, ConfigurationError, Failed, TooManyFailuresError, Value
from lawgiver.report import write_report


class Told:
    """A guard that knows the labels, but for what it is told to do otherwise."""

    name, version = "told", "1"

    def __init__(self, **instead):
        self.instead = instead
        self.asked = []

    def score(self, examples):
        self.asked += [example.id for example in examples]
        return [self._one(example) for example in examples]

    def _one(self, example):
        for part, outcome in self.instead.items():
            if part in example.text:
                if isinstance(outcome, Exception):
                    raise outcome
                return outcome
        held = {name: 0.9 for name, applies in example.categories.items() if applies}
        categories = dict.fromkeys(("hate", "violent_crimes", "jailbreak"), 0.1) | held
        return Value(GuardScore(0.9 if example.unsafe else 0.2, categories))


@pytest.fixture
def config(published):
    return GuardEvaluateConfig(model="told", data=str(published), resamples=100)


def cell_of(summary, language, name):
    return next(each for each in summary["cells"] if (each["language"], each["set"]) == (language, name))


def test_a_guard_that_knows_is_right_everywhere(config, tmp_path):
    summary = evaluate_guard(prepare(config), Told(), tmp_path / "run")
    assert summary["languages"] == ["en", "fr"]
    assert summary["n"] == 2 * 19
    assert len(summary["cells"]) == 12
    for cell in summary["cells"]:
        assert cell["metrics"]["f1"]["estimate"] == 1
        assert cell["published"]["f1"] == 1
        assert cell["not_passed"] is None
    openai = cell_of(summary, "en", "openai")
    assert openai["baselines"]["constant"]["f1"] == pytest.approx(2 * 0.5 / 1.5)
    assert openai["metrics"]["ece"]["estimate"] == pytest.approx(0.15)
    five, six = (next(a for a in summary["averages"] if a["name"] == name) for name in ("five", "six"))
    assert (five["f1"]["estimate"], len(five["sets"])) == (1, 5)
    assert five["constant"] < six["constant"]
    hate = next(each for each in summary["categories"]["en"] if each["name"] == "hate")
    assert hate["positive"] == 2
    assert hate["caught"]["estimate"] == 1
    assert hate["metrics"]["f1"]["estimate"] == 1
    assert hate["taken_for"]["missed"] == 0
    assert sum(entry["n"] for entry in summary["lengths"] if entry["language"] == "en") == 17


def test_what_is_not_scored_is_counted_and_never_safe(config, tmp_path):
    config = config.model_copy(update={"max_failed": 1.0})
    guard = Told(vermin=Abstained("no"), lake=Failed("broken"))
    openai = cell_of(evaluate_guard(prepare(config), guard, tmp_path / "run"), "en", "openai")
    assert (openai["n"], openai["abstained"], openai["failed"]) == (4, 1, 1)
    assert openai["metrics"]["f1"]["n"] == 2
    assert openai["metrics"]["fpr"]["estimate"] == 0
    assert openai["not_passed"]["fpr"]["estimate"] == 0.5  # the safe text that failed would not have been let pass
    assert openai["not_passed"]["recall"]["estimate"] == 1


def test_one_text_that_breaks_a_guard_takes_no_other_with_it(config, tmp_path):
    summary = evaluate_guard(
        prepare(config.model_copy(update={"max_failed": 0.2})),
        Told(vermin=RuntimeError("out of memory")),
        tmp_path / "run",
    )
    assert summary["failed"] == 2
    with pytest.raises(ConfigurationError):
        ask(Told(vermin=ConfigurationError("wrong")), [prepare(config).questions[6].example])


def test_too_many_failures_stop_the_run_and_a_resumed_one_asks_again_for_those_alone(config, tmp_path):
    with pytest.raises(TooManyFailuresError, match=r"2 of 38 .* broken"):
        evaluate_guard(prepare(config), Told(vermin=Failed("broken")), tmp_path / "run")
    assert not (tmp_path / "run" / "summary.json").exists()
    guard, done = Told(), []
    summary = evaluate_guard(prepare(config), guard, tmp_path / "run", done.append, resume=True)
    assert sorted(guard.asked) == ["en/openai/00002", "fr/openai/00002"]
    assert (summary["failed"], sum(done)) == (0, 38)
    guard = Told()
    assert evaluate_guard(prepare(config), guard, tmp_path / "run", resume=True) == summary
    assert guard.asked == []


def test_a_line_that_a_crash_cut_short_is_asked_again(config, tmp_path):
    first = evaluate_guard(prepare(config), Told(), tmp_path / "run")
    path = tmp_path / "run" / "scores.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    guard = Told()
    again = evaluate_guard(prepare(config), guard, tmp_path / "run", resume=True)
    assert len(guard.asked) == 1
    assert again["cells"] == first["cells"]


def test_another_guard_or_changed_data_is_another_run(config, tmp_path, published):
    evaluate_guard(prepare(config), Told(), tmp_path / "run")
    with pytest.raises(ConfigurationError, match="guard"):
        evaluate_guard(prepare(config), BASELINES["constant"], tmp_path / "run", resume=True)
    path = published / "eval_data_En" / "XSafety.json"
    path.write_text(json.dumps([*json.loads(path.read_text()), {"prompt": "more", "class": 1}]))
    with pytest.raises(ConfigurationError, match="files"):
        evaluate_guard(prepare(config), Told(), tmp_path / "run", resume=True)


def test_a_limit_spreads_over_the_file(config, tmp_path):
    folder = write_folder(tmp_path / "large", ("En",), copies=5)
    plan = prepare(config.model_copy(update={"data": str(folder), "limit": 4, "sets": ("xstest",)}))
    assert [question.key[-2:] for question in plan.questions] == ["00", "05", "10", "15"]
    summary = evaluate_guard(plan, Told(), tmp_path / "run")
    assert summary["averages"] == []
    assert summary["limit"] == 4


@pytest.fixture
def operators(monkeypatch):
    """Two operators more than ship."""

    def shout(text, rng, language):
        return text.upper() + "!" * int(rng.integers(1, 4))

    def fool(text, rng, language):
        return text.replace("fool", "f00l") if "fool" in text else None

    for operator in (Operator("shout", "", shout, request_only=True), Operator("fool", "", fool)):
        monkeypatch.setitem(OPERATORS, operator.name, operator)


@pytest.mark.usefixtures("operators")
def test_suites_compare_recall_and_false_positives_on_the_same_texts(config, tmp_path):
    plan = prepare(config.model_copy(update={"suites": ("shout", "fool"), "suite_rows": 8}))
    assert plan.unchanged == {"shout": 0, "fool": 30}
    assert [q.example.text for q in plan.questions] == [q.example.text for q in prepare(plan.config).questions]
    summary = evaluate_guard(plan, Told(**{"!": Value(GuardScore(0.1)), "f00l": Abstained("odd")}), tmp_path / "run")
    found = {(each["language"], each["suite"], each["metric"]): each for each in summary["suites"]}
    shout, fool, false = (found["en", *key] for key in (("shout", "recall"), ("fool", "recall"), ("shout", "fpr")))
    assert (shout["n"], false["n"]) == (7, 7)
    assert (false["before"]["estimate"], false["after"]["estimate"], false["change"]["estimate"]) == (0, 0, 0)
    assert ("en", "fool", "fpr") not in found  # no safe text that the operator has a hold on
    assert (shout["before"]["estimate"], shout["after"]["estimate"], shout["change"]["estimate"]) == (1, 0, -1)
    assert (fool["n"], fool["unscored"], fool["change"]) == (0, 1, None)
    assert cell_of(summary, "en", "openai")["n"] == 4  # rewritten texts count in their suite alone
    assert "shout" in write_report(tmp_path / "run").read_text()
    jumpy = evaluate_guard(plan, Told(**{"!": Value(GuardScore(0.9))}), tmp_path / "jumpy")
    false = next(each for each in jumpy["suites"] if each["metric"] == "fpr")
    assert (false["before"]["estimate"], false["after"]["estimate"], false["change"]["estimate"]) == (0, 1, 1)


def test_an_operator_that_there_is_not_is_refused(config):
    with pytest.raises(ConfigurationError, match="sing"):
        prepare(config.model_copy(update={"suites": ("sing",)}))


def test_worst_errors_are_kept_with_their_texts(config, tmp_path):
    wrong = Told(fool=Value(GuardScore(0.1)), bus=Value(GuardScore(0.8, {"hate": 0.7})))
    evaluate_guard(prepare(config), wrong, tmp_path / "run")
    lines = [json.loads(line) for line in (tmp_path / "run" / "errors.jsonl").read_text().splitlines()]
    assert [(each["kind"], each["score"]) for each in lines if each["language"] == "en"] == [
        ("missed", 0.1),
        ("false_alarm", 0.8),
    ]
    assert lines[1]["said"] == "hate"


def test_the_page_escapes_texts_and_shows_trivial_guards(config, tmp_path, published):
    path = published / "eval_data_En" / "rtp_lx_prompt.json"
    path.write_text(
        json.dumps([{"prompt": "<script>alert(1)</script> vile \u202e", "class": 1}, {"prompt": "b", "class": 0}])
    )
    evaluate_guard(prepare(config), Told(script=Value(GuardScore(0.0))), tmp_path / "run")
    page = write_report(tmp_path / "run").read_text()
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "\u202e" not in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    for words in (
        "Always unsafe",
        "Coin",
        "What each category was taken for",
        "Worst errors",
        "pr-openai",
        "reliability-xsafety",
    ):
        assert words in page
    assert 'id="pr-xsafety"' not in page


def test_a_page_can_be_made_of_a_guard_that_scores_nothing_at_all(config, tmp_path):
    config = config.model_copy(update={"max_failed": 1.0, "languages": ("en",)})
    nothing = types.SimpleNamespace(name="mute", version="", score=lambda examples: [Failed("mute") for _ in examples])
    summary = evaluate_guard(prepare(config), nothing, tmp_path / "run")
    assert cell_of(summary, "en", "openai")["metrics"]["f1"] is None
    assert cell_of(summary, "en", "openai")["not_passed"]["recall"]["estimate"] == 1
    assert "17 failed" not in write_report(tmp_path / "run").read_text()
    assert "19 failed" in write_report(tmp_path / "run").read_text()


def test_a_broken_summary_is_said(config, tmp_path):
    evaluate_guard(prepare(config), Told(), tmp_path / "run")
    (tmp_path / "run" / "summary.json").write_text("{}")
    with pytest.raises(ConfigurationError, match="not in the form"):
        write_report(tmp_path / "run")
