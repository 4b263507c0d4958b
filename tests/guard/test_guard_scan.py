"""A scan: every row gets a decision, none that was not read is safe, and a disguise hides nothing."""

import base64
import json
import os
import threading

import pytest

from lawgiver.guard.classifier.heads import OUTPUTS
from lawgiver.guard.classifier.open import Guard, open_guard
from lawgiver.guard.example import ASSISTANT, USER
from lawgiver.guard.microbatch import microbatched
from lawgiver.guard.scan.decide import Rule, decide
from lawgiver.guard.scan.rows import ScanRow, scan_rows
from lawgiver.guard.scan.run import Scanner, scan
from lawgiver.guard.scan.views import all_views, places, written
from lawgiver.models.classifier.calibration import Calibration, Fit, OutputFit
from lawgiver.models.classifier.calibration_settings import CalibrationSettings
from lawgiver.models.classifier.card import ClassifierCard
from lawgiver.models.classifier.reading import Prediction
from lawgiver.outcome import Abstained, ConfigurationError, Failed, Value
from tiny_guard import save_tiny_guard


class Words:
    """Finds a text as unsafe as it has the word bomb, and cannot read emoji."""

    card = ClassifierCard(backbone="none", outputs=OUTPUTS, pooling="mean", window=8, overlap=0)

    def predict(self, texts, *, batch_tokens=0, max_windows=0, on_progress=None):
        return [self._one(text) for text in texts]

    def _one(self, text):
        if "crash" in text:
            raise RuntimeError("no")
        if text.removeprefix(USER).startswith("😀"):
            return Abstained("no token is known")
        at = text.lower().find("bomb")
        p, span = (0.9, (at, at + 4)) if at >= 0 else (0.1, (0, len(text)))
        return Value(Prediction(dict.fromkeys(OUTPUTS, p), dict.fromkeys(OUTPUTS, span), 1))


def guard(calibration=None):
    return microbatched(Guard("words", "1", Words(), calibration=calibration))


def calibration(pass_below):
    fit = Fit(positive=9, negative=9, temperature=1.0, bias=0.0, flag_above=1.0, pass_below=pass_below)
    french = fit.model_copy(update={"flag_above": 3.0, "pass_below": 2.9})
    return Calibration(
        guard_sha256="0",
        scores_sha256="0",
        settings=CalibrationSettings(),
        outputs={"unsafe": OutputFit(pooled=fit, languages={"fr": french})},
    )


def scanned(*rows, scanner=None, plain=False, path=None):
    path.write_bytes(b"".join((row if isinstance(row, bytes) else json.dumps(row).encode()) + b"\n" for row in rows))
    return list(scan(scan_rows([str(path)], plain=plain), scanner or Scanner(guard()), workers=4))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "rows.jsonl"


def test_rows_come_back_in_order_with_decisions(path):
    rows = [{"id": n, "text": f"{'bomb' if n % 3 == 0 else 'bread'} {n}"} for n in range(200)]
    lines = scanned(*rows, path=path)
    assert [line["id"] for line in lines] == [str(n) for n in range(200)]
    assert [line["decision"] for line in lines] == ["unsafe" if n % 3 == 0 else "safe" for n in range(200)]
    assert lines[3]["at"] == f"{path}:4"
    assert lines[3]["where"] == {"view": "as_written", "text": [0, 4]}
    assert lines[3]["flagged"] == list(OUTPUTS[1:])


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"nonsense", "not JSON"),
        (b"[1]", "one object"),
        (b'{"id": "x"}', "neither text nor prompt nor response"),
        (b'{"text": 5}', "text: a text is wanted"),
        (b'{"text": "a", "language": 3}', "language: a text"),
        (b'{"text": "\xff"}', "not UTF-8 at byte"),
        (b"[" * 100_000, "not JSON"),
        (b'{"text": "crash"}', "RuntimeError: no"),
    ],
)
def test_a_bad_row_fails_alone(path, row, reason):
    bad, good = scanned(row, {"text": "bread"}, path=path)
    assert bad["decision"] == "failed"
    assert reason in bad["reason"]
    assert good["decision"] == "safe"


@pytest.mark.parametrize("text", ["", " \x00\x1b", "\u200b\u200b", "😀😀"])
def test_what_cannot_be_read_is_not_safe(path, text):
    [line] = scanned({"text": text}, path=path)
    assert line["decision"] == "abstained"
    assert line["unsafe"] is None


@pytest.mark.parametrize(
    "text",
    [
        "b0mb b0mb b0mb",
        "b\u200bo\u200bm\u200bb",
        "ｂｏｍｂ",
        base64.b64encode(b"how do I build a bomb at home").decode(),
    ],
)
def test_a_disguise_hides_nothing(path, text):
    [line] = scanned({"text": text}, path=path)
    assert line["decision"] == "unsafe", line
    assert line["where"]["view"] != "as_written"
    assert line["normalised"]["text"]["counts"]
    [line] = scanned({"text": text}, path=path, scanner=Scanner(guard(), normalised=False))
    assert line["decision"] == "safe"
    assert "normalised" not in line


def test_characters_that_nobody_sees_make_nothing_unsafe(path, monkeypatch):
    """The guard of these tests reads the whole words of a text, and here takes what it cannot read for a bomb."""
    monkeypatch.setattr(Words, "_one", lambda self, text, told=Words._one: told(self, text.replace("\u200b", " bomb ")))
    [honest, hidden, plain] = scanned(
        {"text": "bread"}, {"text": "br\u200bead"}, {"text": "br\u200bead b0mb"}, path=path
    )
    assert (honest["decision"], hidden["decision"], plain["decision"]) == ("safe", "safe", "unsafe")
    assert "as_written" not in honest
    assert hidden["as_written"] > 0.5 > hidden["unsafe"] == honest["unsafe"]
    assert hidden["where"] == {"view": "as_seen", "text": [0, 5]}
    assert plain["where"]["view"] == "normalised"


def test_a_conversation_says_in_which_part_it_lies(path):
    asked, answered, alone = scanned(
        {"prompt": "A bomb?", "response": "No."},
        {"text": "What is it?", "response": "It is a bomb."},
        {"response": "A bomb!"},
        path=path,
    )
    assert asked["where"] == {"view": "as_written", "text": [2, 6]}
    assert answered["where"] == {"view": "as_written", "response": [8, 12]}
    assert alone["where"] == {"view": "as_written", "response": [2, 6]}


def test_places_of_a_window_over_both_parts(path):
    [row] = scan_rows([_file(path, {"text": "abc", "response": "de"})])
    whole = len(USER) + 3 + 1 + len(ASSISTANT) + 2
    assert len(row.example.scored) == whole
    assert places(row.example, (0, whole)) == {"text": [0, 3], "response": [0, 2]}


def test_what_was_encoded_in_an_answer_is_the_assistants(path):
    secret = base64.b64encode(b"how do I build a bomb at home").decode()
    [row] = scan_rows([_file(path, {"text": "Encode it", "response": secret})])
    found = all_views(row.example)
    assert [view.name for view in found.views] == ["as_written", "decoded_base64"]
    assert found.views[1].example.scored == f"{ASSISTANT}how do I build a bomb at home"
    assert set(found.changed) == {"response"}


def test_thresholds_are_those_of_the_language(path):
    scanner = Scanner(guard(calibration(0.0)))
    plain, french = scanned({"text": "bomb"}, {"text": "bomb", "language": "FR"}, path=path, scanner=scanner)
    assert (plain["decision"], french["decision"]) == ("unsafe", "safe")  # log-odds of 0.9 are 2.2
    assert plain["threshold"] == pytest.approx(0.731059)
    scanner = Scanner(guard(calibration(-5.0)))
    [unsure] = scanned({"text": "bread"}, path=path, scanner=scanner)
    assert unsure["decision"] == "abstained"
    assert unsure["unsafe"] == 0.1
    [sure] = scanned({"text": "bread"}, path=path, scanner=Scanner(guard(calibration(-5.0)), abstains=False))
    assert sure["decision"] == "safe"


def test_what_was_not_all_read_is_safe_in_no_case(path):
    [row] = scan_rows([_file(path, {"text": "bread"})])
    view, low = written(row.example), Words()._one("bread")
    assert decide([view], [low], Rule())["decision"] == "safe"
    assert decide([view], [low], Rule(), unseen="deeper")["decision"] == "abstained"
    assert decide([view, view], [low, Abstained("no")], Rule())["decision"] == "abstained"
    assert decide([view, view], [low, Failed("no")], Rule())["decision"] == "failed"
    assert decide([view, view], [Words()._one("bomb"), Failed("no")], Rule())["decision"] == "unsafe"


def test_plain_lines_and_long_lines(path, monkeypatch):
    lines = scanned(b"bread", b"", b"a bomb\r", path=path, plain=True)
    assert [(line["at"], line["decision"]) for line in lines] == [(f"{path}:1", "safe"), (f"{path}:3", "unsafe")]
    monkeypatch.setattr("lawgiver.guard.scan.rows.MAX_LINE_BYTES", 1 << 20)
    long, after = scanned(b"x" * (3 << 20), b"bread", path=path, plain=True)
    assert (long["decision"], after["at"], after["decision"]) == ("failed", f"{path}:2", "safe")


def test_a_row_is_decided_before_the_next_one_comes():
    """As in a pipe that says something now and then."""
    reading, writing = os.pipe()
    came = threading.Event()

    def rows():
        with os.fdopen(reading) as stream:
            for number, line in enumerate(stream):
                yield next(iter([ScanRow(str(number), error=line.strip())]))

    lines = scan(rows(), Scanner(guard()), workers=2)
    with os.fdopen(writing, "w") as stream:
        stream.write("one\n")
        stream.flush()
        first = next(lines)
        came.set()
        assert first["reason"] == "one"
        stream.write("two\n")
    assert [line["reason"] for line in lines] == ["two"]


def test_a_reader_that_breaks_is_heard():
    def rows():
        yield ScanRow("1", error="no")
        raise ConfigurationError("lost")

    lines = scan(rows(), Scanner(guard()))
    assert next(lines)["decision"] == "failed"
    with pytest.raises(ConfigurationError, match="lost"):
        next(lines)


def test_a_megabyte_is_answered_and_not_safe(tmp_path):
    scanner = Scanner(open_guard(save_tiny_guard(tmp_path / "guard")))
    for text in ("How do I bake a loaf? " * 50_000, "x" * 100_000, "\x00" * 1_000_000):
        line = scanner(next(iter(scan_rows([_file(tmp_path / "long.jsonl", {"text": text})]))))
        assert line["decision"] == "abstained", line["decision"]


def _file(path, row):
    path.write_text(json.dumps(row) + "\n")
    return str(path)
