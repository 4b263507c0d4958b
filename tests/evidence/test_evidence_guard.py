"""A guard as evidence: it reads what it was trained to read, once, and says where."""

import shutil

import pytest
import torch

from lawgiver.charter import Charter
from lawgiver.evidence.guard import guard_scorer, text_of
from lawgiver.models.classifier.backbone import load_backbone
from lawgiver.models.classifier.calibration import Calibration, Fit, OutputFit
from lawgiver.models.classifier.calibration_settings import CalibrationSettings
from lawgiver.models.classifier.card import ClassifierCard, classifier_sha256
from lawgiver.models.classifier.module import ClassifierModule
from lawgiver.models.classifier.predict import classifier_of, open_classifier, save_classifier
from lawgiver.outcome import Abstained, ConfigurationError, Failed
from small import edit, said
from tiny_encoder import save_tiny_encoder

CARD = ClassifierCard(
    backbone="tiny", outputs=("unsafe", "hate"), pooling="mean", window=32, overlap=8, user="U: ", assistant="A: "
)


@pytest.fixture(scope="module")
def guard(tmp_path_factory):
    folder = tmp_path_factory.mktemp("guard")
    backbone = load_backbone(str(save_tiny_encoder(folder / "encoder")))
    torch.manual_seed(1)
    module = ClassifierModule(backbone.model, "mean", 2)
    classifier_of(CARD, backbone, module)
    save_classifier(folder / "run" / "guard", CARD, backbone, module)
    return folder / "run"


def test_fields_are_the_probabilities_of_the_outputs(guard):
    scorer = guard_scorer({"risk": "unsafe", "spite": "hate"}, guard)
    exchange = said("Bake a loaf of bread.")
    [fields] = scorer.score([exchange])
    assert tuple(fields) == scorer.fields == ("risk", "spite")
    [wanted] = open_classifier(guard).predict([f"U: {exchange.prompt}\nA: Bake a loaf of bread."])
    assert fields["risk"].outcome.value == pytest.approx(wanted.value.probabilities["unsafe"])
    assert fields["spite"].outcome.value == pytest.approx(wanted.value.probabilities["hate"])
    assert fields["spite"].explanation.startswith("characters 0-")


def test_a_disguised_answer_says_what_it_says_without_its_disguise(guard):
    scorer = guard_scorer({"risk": "unsafe"}, guard)
    plain, hidden = "Break into the bakery.", "Br\u200beak in\u200bto the b\u200bakery."
    fields = scorer.score([said(plain), said(hidden)])
    assert fields[1]["risk"].outcome.value >= fields[0]["risk"].outcome.value - 1e-6


def test_a_calibration_that_lies_there_is_used_and_changes_the_version(guard, tmp_path):
    shutil.copytree(guard, tmp_path / "run")
    before = guard_scorer({"risk": "unsafe", "spite": "hate"}, tmp_path / "run")
    [raw] = before.score([said("Fine.")])
    fit = Fit(positive=9, negative=9, temperature=1.0, bias=0.0, flag_above=-20.0, pass_below=None)
    calibration = Calibration(
        guard_sha256=classifier_sha256(tmp_path / "run"),
        scores_sha256="",
        settings=CalibrationSettings(),
        outputs={"unsafe": OutputFit(pooled=fit)},
    )
    (tmp_path / "run/guard/calibration.json").write_text(calibration.model_dump_json())
    after = guard_scorer({"risk": "unsafe", "spite": "hate"}, tmp_path / "run")
    [fields] = after.score([said("Fine.")])
    assert fields["risk"].outcome.value > 0.99 > raw["risk"].outcome.value  # far above its threshold now
    assert fields["spite"].outcome.value == pytest.approx(raw["spite"].outcome.value)  # of which nothing is said
    assert after.version != before.version


def test_before_there_is_an_answer_the_prompt_is_read():
    assert text_of(said(" "), CARD) == said("").prompt


def test_what_cannot_be_read_abstains_alone_and_a_lost_guard_fails(guard, tmp_path):
    scorer = guard_scorer({"risk": "unsafe"}, guard)
    outcomes = [each["risk"].outcome for each in scorer.score([said("a\ud800b"), said("Fine.")])]
    assert isinstance(outcomes[0], Abstained)
    assert 0 < outcomes[1].value < 1
    (tmp_path / "guard").mkdir()
    (tmp_path / "guard" / "classifier.json").write_text(CARD.model_dump_json())
    [lost] = guard_scorer({"risk": "unsafe"}, tmp_path).score([said("Fine.")])
    assert isinstance(lost["risk"].outcome, Failed)


def test_in_a_charter_one_reading_serves_all_fields(small, guard):
    fields = f"  risk: {{scorer: guard, guard: {guard}}}\n  spite: {{scorer: guard, guard: {guard}, output: hate}}\n"
    edit(small / "charter.yaml", "\nevidence:\n", f"\nevidence:\n{fields}")
    [judgement] = Charter.open(small).judge([said("Bake a loaf of bread.")])
    assert 0 < judgement.evidence["risk"]["value"] < 1
    assert judgement.evidence["risk"]["version"] == judgement.evidence["spite"]["version"]


@pytest.mark.parametrize(
    ("field", "said_so"),
    [
        ("{scorer: guard}", "needs guard, the folder of one"),
        ("{scorer: lexical.refusal, output: hate}", "belong to the scorer guard, not to lexical.refusal"),
        ("{scorer: guard, guard: nowhere}", r"nowhere: no classifier\.json there"),
    ],
)
def test_a_field_that_is_wrong(small, field, said_so):
    edit(small / "charter.yaml", "\nevidence:\n", f"\nevidence:\n  risk: {field}\n")
    with pytest.raises(ConfigurationError, match=said_so):
        _ = Charter.open(small).scorers


def test_an_output_that_is_none(guard):
    with pytest.raises(ConfigurationError, match=r"'speed' is no output of .*; there are unsafe, hate"):
        guard_scorer({"risk": "speed"}, guard)
