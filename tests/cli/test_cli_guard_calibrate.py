import json

import pytest

from lawgiver.guard.classifier.open import open_guard
from lawgiver.models.classifier.card import CALIBRATION
from tiny_encoder import SENTENCES
from tiny_guard import save_tiny_guard


@pytest.fixture
def guard(tmp_path):
    return save_tiny_guard(tmp_path / "guard")


@pytest.fixture
def rows(tmp_path):
    made = [
        {
            "id": str(i),
            "text": f"{SENTENCES[i % 8]} {SENTENCES[i * 3 % 7]} {i}",
            "unsafe": i % 8 % 2,
            "language": "en" if i < 60 else "fr",
        }
        for i in range(72)
    ]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in [*made, made[0] | {"id": "empty", "text": " "}]))
    return path


def test_a_guard_is_calibrated_and_stays_so(lawgiver, guard, rows):
    before = open_guard(guard).version
    said = lawgiver("guard", "calibrate", guard, "--data", rows, "--least", 20, "--fpr", 0.2)
    assert said.status == 0, said
    assert "FPR" in said.out
    assert "fr *" in said.out
    assert "note: of 73 rows, 1 abstained and 0 failed" in said.out
    assert said.out.replace("\n", "").rstrip().endswith(CALIBRATION)
    after = open_guard(guard)
    assert after.version != before
    assert set(after.calibration.outputs["unsafe"].languages) == {"en"}
    first = (guard / CALIBRATION).read_bytes()
    said = lawgiver("guard", "calibrate", guard, "--data", rows, "--least", 20, "--fpr", 0.2, "--format", "json")
    assert (guard / CALIBRATION).read_bytes() == first  # made from the guard, not from the guard calibrated
    document = json.loads(said.out)
    assert document["file"] == str(guard / CALIBRATION)
    assert {row["language"] for row in document["rows"] if row["output"] == "unsafe"} == {None, "en", "fr"}


def test_one_language_is_held_to_another_rate(lawgiver, guard, rows):
    shared = ("guard", "calibrate", guard, "--data", rows, "--least", 20)
    assert lawgiver(*shared, "--fpr", 0.1).status == 0
    strict = open_guard(guard).calibration.outputs["unsafe"]
    assert lawgiver(*shared, "--fpr", 0.4, "--fpr-of", "EN=.1").status == 0
    found = open_guard(guard).calibration
    assert found.settings.fpr_of == {"en": 0.1}
    assert found.outputs["unsafe"].of("en") == strict.of("en")
    assert found.outputs["unsafe"].pooled.flag_above < strict.pooled.flag_above


def test_a_dry_run_writes_nothing(lawgiver, guard, rows):
    said = lawgiver("guard", "calibrate", guard, "--data", rows, "--language", "fr", "--dry-run")
    assert said.out.strip() == "fine: 12 rows, 6 of them unsafe, in fr"
    assert not (guard / CALIBRATION).exists()


def test_mistakes_are_told_in_a_sentence(refuses, guard, rows, tmp_path):
    assert "no classifier.json there" in refuses("guard", "calibrate", tmp_path / "x", "--data", rows)
    assert "no such file" in refuses("guard", "calibrate", guard, "--data", tmp_path / "none.jsonl")
    for given in ("en", "en=1.5", "en=0", "=0.1", "en=nan"):
        assert "a language and a share between 0 and 1" in refuses("guard", "calibrate", guard, "--fpr-of", given)
    idle = refuses("guard", "calibrate", guard, "--data", rows, "--fpr-of", "ne=0.1")
    assert "--fpr-of ne: no row is in this language" in idle
    assert "are too few for a false-positive rate of 0.05" in refuses("guard", "calibrate", guard, "--data", rows)
    assert not (guard / CALIBRATION).exists()
