"""One classifier for many threads: what they ask at about the same time is read together, like lengths in one go.

There is no thread of its own. Of those that wait, one gathers what is there, asks for all, and hands out the answers;
while it is busy the others gather, so that batches grow with the load and nobody waits where there is none.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Condition, get_ident

from lawgiver.models.classifier.card import ClassifierCard
from lawgiver.models.classifier.reading import MAX_WINDOWS, Prediction, Reader
from lawgiver.outcome import Outcome, Value

_COMPANY = 1.0
"""Seconds for which a thread that asked makes it worth waiting for it."""


@dataclass(eq=False)
class _Request:
    texts: Sequence[str]
    kind: tuple[int, int]
    """Tokens of a batch and windows of a text; only requests of one kind are read together."""
    arrived: float
    answer: list[Outcome[Prediction]] | None = None
    error: Exception | None = None

    @property
    def done(self) -> bool:
        return self.answer is not None or self.error is not None


@dataclass
class MicroBatched:
    """A `Reader` in front of another one; any number of threads may ask it."""

    reader: Reader
    most: int = 64
    """Texts that are read together; a single request of more stays whole."""
    wait: float = 0.002
    """Seconds for which a request waits for others, if another thread asked lately; 0 never waits."""
    _queue: list[_Request] = field(default_factory=list, repr=False)
    _changed: Condition = field(default_factory=Condition, repr=False)
    _led: bool = field(default=False, repr=False)
    _seen: dict[int, float] = field(default_factory=dict, repr=False)

    @property
    def card(self) -> ClassifierCard:
        """Of the classifier behind it."""
        return self.reader.card

    def predict(
        self,
        texts: Sequence[str],
        *,
        batch_tokens: int = 4096,
        max_windows: int = MAX_WINDOWS,
        on_progress: Callable[[int], None] | None = None,
    ) -> list[Outcome[Prediction]]:
        """Read N texts, together with what other threads ask; answers are those of the classifier behind it.

        What the classifier raises over a request reaches the thread that made the request, and no other.
        """
        request = _Request(texts, (batch_tokens, max_windows), time.monotonic())
        with self._changed:
            self._seen[get_ident()] = request.arrived
            self._queue.append(request)
            self._changed.notify_all()
            while self._led and not request.done:
                self._changed.wait()
            lead = not request.done
            self._led = self._led or lead
        if lead:
            try:
                while not request.done:
                    self._answer(self._gathered())
            finally:
                with self._changed:
                    self._led = False
                    if request in self._queue:  # interrupted before it was read
                        self._queue.remove(request)
                    self._changed.notify_all()
        if request.error is not None:
            raise request.error
        assert request.answer is not None
        if on_progress:
            on_progress(sum(outcome.value.windows for outcome in request.answer if isinstance(outcome, Value)))
        return request.answer

    def _gathered(self) -> list[_Request]:
        """Requests of one kind, the oldest first, of at most so many texts together."""
        with self._changed:
            until = self._queue[0].arrived + self.wait
            while (left := until - time.monotonic()) > 0 and self._worth_waiting():
                self._changed.wait(left)
            kind, texts = self._queue[0].kind, 0
            batch: list[_Request] = []
            for request in self._queue:
                if request.kind == kind and (not batch or texts + len(request.texts) <= self.most):
                    batch.append(request)
                    texts += len(request.texts)
            self._queue = [request for request in self._queue if request not in batch]
            return batch

    def _worth_waiting(self) -> bool:
        now = time.monotonic()
        self._seen = {thread: at for thread, at in self._seen.items() if now - at < _COMPANY}
        return len(self._seen) > len(self._queue) and sum(len(each.texts) for each in self._queue) < self.most

    def _answer(self, batch: Sequence[_Request]) -> None:
        """Give every request its answer, or the error that it alone met."""
        texts = [text for request in batch for text in request.texts]
        tokens, windows = batch[0].kind
        try:
            found = self.reader.predict(texts, batch_tokens=tokens, max_windows=windows)
            at = 0
            for request in batch:
                request.answer = found[at : at + len(request.texts)]
                at += len(request.texts)
        except Exception as error:
            if len(batch) == 1:
                batch[0].error = error
            else:
                for request in batch:
                    self._answer([request])
        except BaseException:  # an interruption of this thread is none of the others
            with self._changed:
                self._queue = [*(request for request in batch if not request.done), *self._queue]
            raise
        finally:
            with self._changed:
                self._changed.notify_all()
