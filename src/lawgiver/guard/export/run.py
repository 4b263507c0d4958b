"""From a trained guard to a folder that needs no torch: all of it is there in the end, or nothing."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

from lawgiver.data.files import atomic_write
from lawgiver.guard.classifier.open import open_guard
from lawgiver.guard.example import Example
from lawgiver.guard.export.card import rewrite_card
from lawgiver.guard.export.check import check_out, check_source
from lawgiver.guard.export.graph import write_graph
from lawgiver.guard.export.measure import compared, scores_of
from lawgiver.guard.export.quantise import quantise
from lawgiver.guard.seeds import read_seeds
from lawgiver.models.classifier.calibration import read_calibration
from lawgiver.models.classifier.card import (
    CALIBRATION,
    GRAPH,
    TOKENIZER,
    classifier_sha256,
    find_classifier,
    write_card,
)
from lawgiver.models.classifier.exported import ExportCard, Precision, Source, Tokens, write_export_card
from lawgiver.models.classifier.predict import Classifier

STRIDE = 41
"""Of the seeds every so-manieth shows how large activations get: a number that no group of seeds has a factor of."""
_PACKAGES = ("lawgiver", "onnx", "onnxruntime", "torch", "transformers")


def export_guard(
    guard: Path,
    out: Path,
    *,
    precision: Precision = "int8",
    examples: Sequence[Example] = (),
    on_message: Callable[[str], None] = lambda _: None,
    on_progress: Callable[[int], None] = lambda _: None,
) -> ExportCard:
    """Export a guard; returns what `card.json` holds.

    Args:
        guard: its folder, or the run that trained it.
        out: a folder that does not exist, or is empty.
        precision: of weights.
        examples: N labelled rows to measure both on, at the stored thresholds; none measures nothing.
        on_message: told what takes time.
        on_progress: told how many more rows are done, of 2N.

    Raises:
        ConfigurationError: if there is no guard, it is an export itself, its backbone cannot be exported, or something
            is in `out`.
    """
    check_source(guard)
    check_out(out)
    original = open_guard(guard)
    assert isinstance(original.classifier, Classifier)
    before = scores_of(original, examples, on_progress)
    out.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
    try:
        _write(draft, guard, original.classifier, precision, on_message)
        card = rewrite_card(draft)
        if examples:
            on_message("measuring what that changed")
            exported = open_guard(draft)
            card = rewrite_card(draft, compared(examples, before, scores_of(exported, examples, on_progress)))
        draft.chmod(0o755)
        os.replace(draft, out)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return card


def _typical(classifier: Classifier) -> list[list[int]]:
    """Windows of the seeds that ship, in all their languages, harmless and not."""
    texts = [example.scored for example in read_seeds()[::STRIDE]]
    return [windows[0].ids for windows in classifier.windower(texts) if windows]


def _write(
    draft: Path, guard: Path, classifier: Classifier, precision: Precision, on_message: Callable[[str], None]
) -> None:
    """All files but the README, and a card whose list of files is still empty."""
    on_message("writing the graph")
    full = draft / "full.onnx"
    write_graph(classifier.module, classifier.card.window, full)
    if precision == "int8":
        on_message("quantising")
        quantise(full, draft / GRAPH, _typical(classifier))
        full.unlink()
    else:
        full.rename(draft / GRAPH)
    tokenizer, card = classifier.windower.tokenizer, classifier.card
    atomic_write(draft / TOKENIZER, tokenizer.backend_tokenizer.to_str())
    write_card(draft, card)
    if read_calibration(guard) is not None:  # reading it has proved that it is this guard's
        shutil.copyfile(find_classifier(guard) / CALIBRATION, draft / CALIBRATION)
    unknown = tokenizer.unk_token_id
    export = ExportCard(
        source=Source(name=guard.resolve().name, sha256=classifier_sha256(guard), backbone=card.backbone),
        precision=precision,
        outputs=card.outputs,
        languages=card.languages,
        window=card.window,
        overlap=card.overlap,
        tokens=Tokens(
            pad=classifier.pad,
            unknown=int(unknown) if isinstance(unknown, int) else None,
            special=tuple(sorted(int(token) for token in tokenizer.all_special_ids)),
        ),
        vocabulary=tokenizer.backend_tokenizer.get_vocab_size(),
        bytes=0,
        versions={name: version(name) for name in _PACKAGES},
        files={},
    )
    write_export_card(draft, export)
