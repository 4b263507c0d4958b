"""An exported guard is the guard: same windows, same answers, no torch, and nothing of it can be changed unseen."""

import json
import shutil
import subprocess
import sys
from collections import Counter

import numpy as np
import onnx
import onnx.reference
import pytest
from onnx import TensorProto, helper, numpy_helper

from lawgiver.evidence.guard import guard_scorer
from lawgiver.guard.calibrate.stored import write_calibration
from lawgiver.guard.classifier.open import open_guard
from lawgiver.guard.example import Example
from lawgiver.guard.export.measure import compared
from lawgiver.guard.export.quantise import quantise_tables
from lawgiver.guard.export.run import export_guard
from lawgiver.guard.export.smooth import smooth
from lawgiver.guard.registry import check_name, open_scorer
from lawgiver.guard.scorer import GuardScore
from lawgiver.models.classifier.calibration import Calibration, Fit, OutputFit, read_calibration
from lawgiver.models.classifier.calibration_settings import CalibrationSettings
from lawgiver.models.classifier.card import CALIBRATION, EXPORT_CARD, classifier_sha256
from lawgiver.models.classifier.exported import read_export_card
from lawgiver.models.classifier.onnx_classifier import IDS, LOGITS, MASK, padded_arrays, session_of
from lawgiver.models.classifier.windows import Window
from lawgiver.outcome import Abstained, ConfigurationError, Failed, Value
from small import said
from tiny_encoder import SENTENCES
from tiny_guard import save_tiny_guard

HOSTILE = [
    "",
    " \x00\x1b\u200b",
    "😀😀",
    "مرحبا كيف حالك",
    "a\ud800b bread",
    "bread \x00\x07 bakery",
    "\u202ebread\u202c",
]
TEXTS = [*SENTENCES, " ".join(SENTENCES * 3), *HOSTILE]


def examples(texts=TEXTS):
    return [Example(id=str(i), text=text, unsafe=i % 2 == 1, language="en") for i, text in enumerate(texts)]


def calibration_of(sha256, flag_above=0.0):
    fit = Fit(positive=9, negative=9, temperature=1.0, bias=0.0, flag_above=flag_above, pass_below=None)
    return Calibration(
        guard_sha256=sha256,
        scores_sha256="0",
        settings=CalibrationSettings(),
        outputs={"unsafe": OutputFit(pooled=fit)},
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A guard with a calibration, exported in both precisions; only to be read."""
    folder = tmp_path_factory.mktemp("export")
    guard = save_tiny_guard(folder / "guard")
    write_calibration(guard, calibration_of(classifier_sha256(guard), flag_above=-0.2))
    export_guard(guard, folder / "fp32", precision="fp32")
    export_guard(guard, folder / "int8", examples=examples())
    return folder


@pytest.fixture
def copy(made, tmp_path):
    """The int8 export, free to be changed."""
    return shutil.copytree(made / "int8", tmp_path / "int8")


def test_fp32_answers_what_torch_answers(made):
    ours, theirs = open_guard(made / "fp32").predict(examples()), open_guard(made / "guard").predict(examples())
    assert sum(isinstance(outcome, Value) for outcome in theirs) > len(SENTENCES)
    for mine, wanted in zip(ours, theirs, strict=True):
        if not isinstance(wanted, Value):
            assert mine == wanted
            continue
        assert mine.value.spans == wanted.value.spans
        assert mine.value.windows == wanted.value.windows
        for name, p in wanted.value.probabilities.items():
            assert mine.value.probabilities[name] == pytest.approx(p, abs=1e-4)


def test_int8_is_near_and_small(made):
    ours, theirs = open_guard(made / "int8").score(examples()), open_guard(made / "guard").score(examples())
    near = [abs(a.value.unsafe - b.value.unsafe) for a, b in zip(ours, theirs, strict=True) if isinstance(b, Value)]
    assert max(near) < 0.05
    assert (made / "int8" / "model.onnx").stat().st_size < (made / "fp32" / "model.onnx").stat().st_size
    card = read_export_card(made / "int8")
    assert card.bytes == sum(p.stat().st_size for p in (made / "int8").iterdir() if p.name != EXPORT_CARD)
    assert card.source.sha256 == classifier_sha256(made / "guard")


def test_the_answer_does_not_depend_on_padding(made):
    guard = open_guard(made / "fp32")
    alone = [guard.score([each])[0] for each in examples(SENTENCES)]
    together = guard.score(examples(SENTENCES))
    for one, other in zip(alone, together, strict=True):
        assert one.value.unsafe == pytest.approx(other.value.unsafe, abs=1e-5)


def test_it_opens_without_torch(made):
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "for name in ('torch', 'transformers', 'onnx', 'safetensors'): sys.modules[name] = None\n"
        "from lawgiver.guard.registry import open_scorer\n"
        "from lawgiver.guard.example import Example\n"
        f"guard = open_scorer({str(made / 'int8')!r})\n"
        "print(guard.score([Example(id='1', text='Bake a loaf of bread.', unsafe=False)])[0].value.unsafe)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    [wanted] = open_guard(made / "int8").score(examples(["Bake a loaf of bread."]))
    assert float(done.stdout) == pytest.approx(wanted.value.unsafe)


def test_registry_and_evidence_take_it(made):
    assert check_name(str(made / "int8")) == "our own classifier"
    assert open_scorer(str(made / "int8")).version == open_guard(made / "int8").version
    [fields] = guard_scorer({"risk": "unsafe"}, made / "fp32").score([said("Bake a loaf of bread.")])
    [wanted] = guard_scorer({"risk": "unsafe"}, made / "guard").score([said("Bake a loaf of bread.")])
    assert fields["risk"].outcome.value == pytest.approx(wanted["risk"].outcome.value, abs=1e-5)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "classifier.json", "calibration.json", "README.md"])
def test_a_changed_file_is_named(copy, name):
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    with pytest.raises(ConfigurationError, match=rf"{name}.*"):
        open_guard(copy)
    (copy / name).unlink()
    if name == "classifier.json":
        with pytest.raises(ConfigurationError, match=r"no classifier\.json"):
            open_guard(copy)
    else:
        with pytest.raises(ConfigurationError, match=rf"{name}: is missing"):
            open_guard(copy)


def test_a_changed_guard_fails_as_evidence(copy):
    (copy / "tokenizer.json").write_text("{}")
    [fields] = guard_scorer({"risk": "unsafe"}, copy).score([said("Fine.")])
    assert isinstance(fields["risk"].outcome, Failed)
    assert "tokenizer.json: was changed" in fields["risk"].outcome.error


def test_a_calibration_that_was_slipped_in_is_refused(copy):
    card = json.loads((copy / EXPORT_CARD).read_text())
    del card["files"][CALIBRATION]
    (copy / EXPORT_CARD).write_text(json.dumps(card))
    with pytest.raises(ConfigurationError, match=r"calibration\.json: card\.json does not name it"):
        open_guard(copy)
    (copy / EXPORT_CARD).write_text("{}")
    with pytest.raises(ConfigurationError, match=r"card\.json: .*export the guard again"):
        open_guard(copy)


def test_the_calibration_goes_along_and_can_be_made_anew(made, copy):
    assert read_calibration(copy) == read_calibration(made / "guard")
    assert (copy / CALIBRATION).read_bytes() == (made / "guard" / CALIBRATION).read_bytes()
    before = open_guard(copy)
    write_calibration(copy, calibration_of(classifier_sha256(copy), flag_above=1.0))
    after = open_guard(copy)
    assert after.calibration.outputs["unsafe"].pooled.flag_above == 1.0
    assert after.version != before.version
    assert read_export_card(copy).measured is None  # those rates were at other thresholds
    assert "this very export" in (copy / "README.md").read_text()
    with pytest.raises(ConfigurationError, match="made for another guard"):
        write_calibration(copy, calibration_of("f" * 64))


def test_a_folder_that_holds_something_stays_as_it_is(made, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    with pytest.raises(ConfigurationError, match="holds something already"):
        export_guard(made / "guard", tmp_path / "full")
    with pytest.raises(ConfigurationError, match="is an export already"):
        export_guard(made / "int8", tmp_path / "other")
    assert [path.name for path in tmp_path.iterdir()] == ["full"]


def test_an_export_that_breaks_leaves_nothing(made, tmp_path, monkeypatch):
    def broken(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("lawgiver.guard.export.run.quantise", broken)
    with pytest.raises(KeyboardInterrupt):
        export_guard(made / "guard", tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_rates_before_and_after():
    rows = examples(["a", "b", "c", "d"])
    before = [Value(GuardScore(p)) for p in (0.4, 0.9, 0.6, 0.2)]
    after = [Value(GuardScore(p)) for p in (0.7, 0.9, 0.6)]
    found = compared(rows, before, [*after, Abstained("no")])
    assert (found["n"], found["not_scored"]) == (3, 1)
    assert [found["rows"][0][part]["fpr"]["estimate"] for part in ("before", "after")] == [0.5, 1.0]
    assert found["rows"][0]["after"]["recall"]["estimate"] == 1.0
    assert found["fpr_change"]["estimate"] == 0.5
    assert found["decisions_changed"]["estimate"] == pytest.approx(1 / 3)
    assert found["largest_score_change"] == pytest.approx(0.3)


def test_rows_of_a_table_keep_their_own_scale():
    table_VH = np.random.default_rng(0).normal(size=(512, 64)).astype(np.float32) * np.logspace(-4, 2, 512)[:, None]
    nodes = [helper.make_node("Gather", ["table", "ids"], ["out"])]
    graph = helper.make_graph(
        nodes,
        "table",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, ["n"])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, ["n", 64])],
        [numpy_helper.from_array(table_VH.astype(np.float32), "table")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    assert quantise_tables(model) == 1
    onnx.checker.check_model(model)
    [out] = onnx.reference.ReferenceEvaluator(model).run(None, {"ids": np.arange(512)})
    assert (
        np.abs(out / np.abs(table_VH).max(1, keepdims=True) - table_VH / np.abs(table_VH).max(1, keepdims=True)).max()
        < 0.005
    )


def test_smoothing_changes_nothing_in_exact_arithmetic_and_costs_attention_no_operation(made, tmp_path):
    full, smoothed = made / "fp32" / "model.onnx", tmp_path / "smooth.onnx"
    windows = [[5, 9, 12, 7, 6], [8, 8, 10], [11]]
    smooth(full, smoothed, windows)
    before, after = onnx.load(full).graph, onnx.load(smoothed).graph
    kinds, then = Counter(node.op_type for node in before.node), Counter(node.op_type for node in after.node)
    layers = kinds["Attention"]
    assert layers > 0
    assert kinds["SkipLayerNormalization"] == 0  # which take twice the time of what they are made of
    assert kinds["LayerNormalization"] >= 2 * layers
    # of the products of a layer (attention, out of it, up and down), the one after attention needs none
    assert then["Mul"] - kinds["Mul"] == kinds["Attention"] + kinds["MatMul"] - layers - _not_smoothed(before)
    for window in windows:
        ids = np.array([window])
        [wanted], [found] = (
            session_of(path).run([LOGITS], {IDS: ids, MASK: np.ones_like(ids)}) for path in (full, smoothed)
        )
        np.testing.assert_allclose(found, wanted, atol=1e-5)


def _not_smoothed(graph):
    """Products of two activations, which have no weights."""
    weights = {tensor.name for tensor in graph.initializer}
    return sum(node.op_type == "MatMul" and node.input[1] not in weights for node in graph.node)


def test_padding_is_on_the_right():
    ids, mask = padded_arrays([Window([5, 6, 7], 0, 1), Window([8], 0, 1)], 1)
    assert ids.tolist() == [[5, 6, 7], [8, 1, 1]]
    assert mask.tolist() == [[1, 1, 1], [1, 0, 0]]
