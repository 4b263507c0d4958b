import io
import json

import pytest
from rich.console import Console
from synthetic_runs import LABELS

from lawgiver.report import comparison_table


@pytest.fixture
def document(demo):
    return json.loads((demo / "compare.json").read_text())


@pytest.fixture
def summaries(demo):
    return {key: json.loads((demo / key / "summary.json").read_text()) for key in LABELS}


def shown(table):
    screen = io.StringIO()
    Console(file=screen, width=140, force_terminal=True).print(table)
    return screen.getvalue()


def test_a_row_a_metric_and_the_change(document, summaries, charter):
    text = shown(comparison_table(document, summaries))
    score = document["comparisons"][0]["metrics"][0]["difference"]
    assert f"+{score['estimate']:.2f} [+{score['low']:.2f}, +{score['high']:.2f}]" in text
    for words in (
        "before",
        "with prompt",
        "aligned",
        "change [95 %]",
        "Dharma",
        *[f"budget {c.threshold:.2f} met" for c in charter.spec.constraints],
        "must lose, and does",
    ):
        assert words in text


def test_texts_cannot_steer_the_terminal(document, summaries):
    for summary in summaries.values():
        for metric in summary["metrics"]:
            metric["title"] = "[red]x[/red] \x1b]0;pwned\x07 [link=https://evil.example]y[/link]"
    text = shown(comparison_table(document, summaries))
    assert "[red]x[/red]" in text
    assert "\x1b]" not in text
    assert "\x07" not in text


def test_runs_may_be_missing_or_unscored(document, summaries):
    del summaries["refuse"], summaries["prompted"]
    for metric in summaries["aligned"]["metrics"]:
        metric["interval"] = None
    text = shown(comparison_table(document, summaries))
    assert "must lose" not in text
    assert "budget not checked" in text
    assert shown(comparison_table(document, {}))
