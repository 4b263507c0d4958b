"""Normalise, then guard: a text is read as it came, without its disguises, and decoded; the highest counts."""

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
    others = [views(text)[1:] if isinstance(outcome, Value) else [] for text, outcome in zip(texts, first, strict=True)]
    flat = [view for of_text in others for view in of_text]
    found = iter(reader.predict(flat, batch_tokens=batch_tokens, on_progress=on_progress) if flat else [])
    return [
        highest_of([outcome, *(next(found) for _ in of_text)], len(text))
        for text, outcome, of_text in zip(texts, first, others, strict=True)
    ]


def highest_of(outcomes: Sequence[Outcome[Prediction]], length: int) -> Outcome[Prediction]:
    """What is said of a text by its views, the text as it came first: of each output the highest.

    A view that was not scored may hide anything: then nothing is said of the text. Where another view says more than
    the text as it came, the characters that speak are all of it.

    Args:
        outcomes: of one view or more.
        length: of the text as it came, in characters.
    """
    first = outcomes[0]
    for outcome in outcomes:
        if not isinstance(outcome, Value):
            return outcome
    if len(outcomes) == 1 or not isinstance(first, Value):
        return first
    probabilities, spans = dict(first.value.probabilities), dict(first.value.spans)
    for outcome in outcomes[1:]:
        assert isinstance(outcome, Value)
        for name, p in outcome.value.probabilities.items():
            if p > probabilities[name]:
                probabilities[name], spans[name] = p, (0, length)
    return Value(Prediction(probabilities, spans, first.value.windows))
