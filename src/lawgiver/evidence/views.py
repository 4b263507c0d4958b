"""Normalise, then guard: a text as it came, as it is seen, without disguises and decoded; the highest counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lawgiver.evidence.normalise import views
from lawgiver.models.classifier.reading import Prediction, Reader
from lawgiver.outcome import Outcome, Value


def read_views(
    reader: Reader,
    texts: Sequence[str],
    *,
    batch_tokens: int = 4096,
    on_progress: Callable[[int], None] | None = None,
) -> list[Outcome[Prediction]]:
    """One outcome for each of N texts, over all its views.

    Args:
        reader: a trained classifier.
        texts: valid Unicode.
        batch_tokens: tokens that are read at once.
        on_progress: told how many more windows are done.
    """
    first = reader.predict(texts, batch_tokens=batch_tokens, on_progress=on_progress)
    # a text that is declined as it came, for its length mostly, is not normalised either: that takes time as well
    counted = [
        views(text) if isinstance(outcome, Value) else [text] for text, outcome in zip(texts, first, strict=True)
    ]
    flat = [view for text, of_text in zip(texts, counted, strict=True) for view in of_text if view != text]
    found = iter(reader.predict(flat, batch_tokens=batch_tokens, on_progress=on_progress) if flat else [])
    return [
        highest_of(outcome, [outcome if view == text else next(found) for view in of_text], len(text))
        for text, outcome, of_text in zip(texts, first, counted, strict=True)
    ]


def highest_of(
    as_it_came: Outcome[Prediction], counted: Sequence[Outcome[Prediction]], length: int
) -> Outcome[Prediction]:
    """What is said of a text by the views that count: of each output the highest.

    A view that was not scored may hide anything: then nothing is said of the text. Where the views say more than the
    text as it came, the characters that speak are all of it.

    Args:
        as_it_came: what is said of the text itself, whether it counts or not.
        counted: of one view or more.
        length: of the text as it came, in characters.
    """
    if not isinstance(as_it_came, Value):
        return as_it_came
    probabilities = dict.fromkeys(as_it_came.value.probabilities, 0.0)
    for outcome in counted:
        if not isinstance(outcome, Value):
            return outcome
        for name, p in outcome.value.probabilities.items():
            probabilities[name] = max(p, probabilities[name])
    own = as_it_came.value
    spans = {
        name: own.spans[name] if own.probabilities[name] >= p else (0, length) for name, p in probabilities.items()
    }
    return Value(Prediction(probabilities, spans, own.windows))
