"""An exported classifier, run by onnxruntime: numpy, onnxruntime and tokenizers, neither torch nor transformers."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lawgiver.models.classifier.card import GRAPH, TOKENIZER, ClassifierCard, find_classifier, read_card
from lawgiver.models.classifier.exported import ExportCard, checked_export
from lawgiver.models.classifier.reading import MAX_WINDOWS, Prediction, read_texts
from lawgiver.models.classifier.sizes import by_size
from lawgiver.models.classifier.windows import Window, Windower
from lawgiver.outcome import ConfigurationError, Outcome

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

IDS, MASK, LOGITS = "ids", "mask", "logits"
"""The graph's inputs, (W, T) whole numbers each, and its output, (W, O)."""


@dataclass(frozen=True)
class StoredTokenizer:
    """`tokenizer.json` with the ids that the export's card adds; what `Windower` takes."""

    backend_tokenizer: Any
    all_special_ids: tuple[int, ...]
    unk_token_id: int | None


@dataclass
class OnnxClassifier:
    """As `predict.Classifier`, on the processor alone. Several threads may ask it at once."""

    card: ClassifierCard
    export: ExportCard
    session: InferenceSession
    windower: Windower

    def predict(
        self,
        texts: Sequence[str],
        *,
        batch_tokens: int = 4096,
        max_windows: int = MAX_WINDOWS,
        on_progress: Callable[[int], None] | None = None,
    ) -> list[Outcome[Prediction]]:
        """Read N texts, those of like length together; arguments and answers as of a classifier in torch."""
        return read_texts(
            texts,
            self.windower,
            self.card.outputs,
            lambda windows: self.logits(windows, batch_tokens, on_progress),
            max_windows,
        )

    def logits(
        self, windows: Sequence[Window], batch_tokens: int = 4096, on_progress: Callable[[int], None] | None = None
    ) -> npt.NDArray[np.float32]:
        """Logits of W windows, (W, O)."""
        logits_WO = np.empty((len(windows), len(self.card.outputs)), dtype=np.float32)
        for group in by_size([len(window.ids) for window in windows], batch_tokens):
            ids_WT, mask_WT = padded_arrays([windows[position] for position in group], self.export.tokens.pad)
            [logits_WO[group]] = self.session.run([LOGITS], {IDS: ids_WT, MASK: mask_WT})
            if on_progress:
                on_progress(len(group))
        return logits_WO


def padded_arrays(windows: Sequence[Window], pad: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Ids of W windows padded on the right to the longest, and which are real; both (W, T)."""
    lengths_W = np.array([len(window.ids) for window in windows])
    mask_WT = np.arange(lengths_W.max()) < lengths_W[:, None]
    ids_WT = np.full(mask_WT.shape, pad, dtype=np.int64)
    ids_WT[mask_WT] = np.concatenate([window.ids for window in windows])
    return ids_WT, mask_WT.astype(np.int64)


def session_of(graph: Path, threads: int | None = None) -> InferenceSession:
    """A graph ready to run on the processor; threads as of `open_onnx`, errors as of onnxruntime."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    wanted = threads if threads is not None else os.environ.get("OMP_NUM_THREADS", "0")
    options.intra_op_num_threads = int(wanted) if str(wanted).isdigit() else 0
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # a sum and its norm as one operator take twice as long as they do as two
    return onnxruntime.InferenceSession(
        str(graph), options, providers=["CPUExecutionProvider"], disabled_optimizers=["SkipLayerNormFusion"]
    )


def open_onnx(path: Path, *, threads: int | None = None) -> OnnxClassifier:
    """Open an exported classifier, after checking every file of it.

    Args:
        path: its folder.
        threads: that share one batch; None takes `OMP_NUM_THREADS`, else one for each core.

    Raises:
        ConfigurationError: if a file is missing, was changed or does not load, or onnxruntime is not installed.
    """
    folder, export, card = find_classifier(path), checked_export(path), read_card(path)
    try:
        import onnxruntime  # noqa: F401  # which is wanted in a moment
        import tokenizers
    except ImportError as error:
        raise ConfigurationError(
            f"{path}: an exported guard needs {error.name}; pip install 'lawgiver[guard-run]'"
        ) from None
    try:
        session = session_of(folder / GRAPH, threads)
        backend = tokenizers.Tokenizer.from_file(str(folder / TOKENIZER))
    except Exception as error:  # both libraries raise kinds of their own
        first = next(iter(str(error).splitlines()), type(error).__name__)
        raise ConfigurationError(f"{folder}: cannot be loaded ({first[:200]}); export the guard again") from None
    tokenizer = StoredTokenizer(backend, export.tokens.special, export.tokens.unknown)
    windower = Windower(tokenizer, size=card.window, overlap=card.overlap, prefix=card.prefix)
    return OnnxClassifier(card, export, session, windower)
