"""A scan from rows to lines: rows are read, scored and written at the same time, in the order in which they came."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from queue import Queue
from threading import Event, Thread
from typing import Any

from lawgiver.guard.classifier.open import Guard, open_guard
from lawgiver.guard.microbatch import microbatched
from lawgiver.guard.scan.decide import Decision, Rule, decide
from lawgiver.guard.scan.rows import ScanRow
from lawgiver.guard.scan.views import View, all_views, written
from lawgiver.models.classifier.reading import Prediction
from lawgiver.outcome import Failed, LawgiverError, Outcome, Value

AHEAD = 256
"""Rows that are read before the first of them is written."""
LONG = 50_000
"""Characters up to which a text that the guard declines to read as written is looked at without its disguises."""


class Scanner:
    """A guard, ready to decide on rows; any number of threads may ask it."""

    def __init__(
        self, guard: Guard, *, calibrated: bool = True, abstains: bool = True, normalised: bool = True
    ) -> None:
        """Set up.

        Args:
            guard: with its calibration, if it has one.
            calibrated: whether to use it.
            abstains: whether to abstain between its two thresholds.
            normalised: whether to score the readings without disguises as well.
        """
        self.rule = Rule(guard.calibration if calibrated else None, abstains)
        # as it is: views and thresholds are told apart here
        self._guard = replace(guard, calibration=None, abstains=False, views=False)
        self._normalised = normalised

    def __call__(self, row: ScanRow) -> dict[str, Any]:
        """The line that is written for a row; whatever goes wrong, there is one."""
        line: dict[str, Any] = {"at": row.where} | ({} if row.id is None else {"id": row.id})
        if row.example is None:
            return line | {"decision": Decision.FAILED, "reason": row.error}
        try:
            return line | self._decided(row)
        except LawgiverError:  # a wrong setting, which every row would meet
            raise
        except Exception as error:  # the text is hostile, and a crash over it is no verdict
            return line | {"decision": Decision.FAILED, "reason": f"{type(error).__name__}: {str(error)[:200]}"}

    def _decided(self, row: ScanRow) -> dict[str, Any]:
        assert row.example is not None
        views: Sequence[View] = [written(row.example)]
        outcomes = self._asked([row.example])
        changed: dict[str, Any] = {}
        unseen = ""
        if self._normalised and (isinstance(outcomes[0], Value) or len(row.example.scored) <= LONG):
            found = all_views(row.example)
            views = found.views
            outcomes += self._asked([view.example for view in views[1:]])
            changed = {"normalised": found.changed} if found.changed else {}
            unseen = "something in it is encoded more often than is looked at" if found.deeper else ""
        return decide(views, outcomes, self.rule, unseen=unseen) | changed

    def _asked(self, examples: list[Any]) -> list[Outcome[Prediction]]:
        if not examples:
            return []
        try:
            return self._guard.predict(examples)
        except LawgiverError:
            raise
        except Exception as error:
            return [Failed(f"{type(error).__name__}: {str(error)[:200]}")] * len(examples)


def open_scanner(path: Path, *, batch: int = 32, calibrated: bool = True, **settings: bool) -> Scanner:
    """Open a guard for scanning.

    Args:
        path: of a guard, trained or exported.
        batch: texts that are read together.
        calibrated: whether to use its calibration.
        settings: as of `Scanner`.

    Raises:
        ConfigurationError: if no guard can be opened there.
    """
    guard = open_guard(path, calibrated=calibrated)
    return Scanner(microbatched(guard, most=batch), calibrated=calibrated, **settings)


def scan(rows: Iterable[ScanRow], scanner: Scanner, *, workers: int = 32) -> Iterator[dict[str, Any]]:
    """The lines of rows, in their order, each as soon as it and those before it are decided.

    Args:
        rows: which are read in a thread of their own, so that a pipe that says nothing holds nobody up.
        scanner: whom to ask.
        workers: rows that are worked on at once.

    Raises:
        LawgiverError: for a setting that is wrong for every row; what reading the rows raises passes through.
    """
    waiting: Queue[Future[dict[str, Any]] | BaseException | None] = Queue(AHEAD)
    stopped = Event()

    def feed(pool: ThreadPoolExecutor) -> None:
        try:
            for row in rows:
                if stopped.is_set():
                    return
                waiting.put(pool.submit(scanner, row))
            waiting.put(None)
        except BaseException as error:  # which is the caller's to know
            waiting.put(error)

    pool = ThreadPoolExecutor(workers, thread_name_prefix="scan")
    Thread(target=feed, args=(pool,), daemon=True).start()
    try:
        while (each := waiting.get()) is not None:
            if isinstance(each, BaseException):
                raise each
            yield each.result()
    finally:
        stopped.set()
        pool.shutdown(wait=False, cancel_futures=True)
        while not waiting.empty():  # a reader that waits for room must see that nobody wants more
            waiting.get_nowait()
