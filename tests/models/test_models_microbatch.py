"""Requests of many threads are read together; each gets its own answer, or its own error."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from lawgiver.models.classifier.card import ClassifierCard
from lawgiver.models.classifier.microbatch import MicroBatched
from lawgiver.models.classifier.reading import Prediction
from lawgiver.outcome import Abstained, Value

CARD = ClassifierCard(backbone="none", outputs=("unsafe",), pooling="mean", window=8, overlap=0)


class Counting:
    """Says how long a text is, and remembers what it was asked."""

    card = CARD

    def __init__(self, seconds=0.0):
        self.seconds, self.asked, self.inside = seconds, [], 0

    def predict(self, texts, *, batch_tokens=4096, max_windows=512, on_progress=None):
        self.inside += 1
        assert self.inside == 1  # never two at once
        time.sleep(self.seconds)
        self.inside -= 1
        self.asked.append(list(texts))
        if "stop" in texts:
            raise KeyboardInterrupt
        if "crash" in texts:
            raise RuntimeError("crash")
        return [
            Value(Prediction({"unsafe": len(text) / 100}, {"unsafe": (0, len(text))}, 1))
            if text
            else Abstained("empty")
            for text in texts
        ]


def said(outcomes):
    return [round(each.value.probabilities["unsafe"] * 100) if isinstance(each, Value) else None for each in outcomes]


def test_many_threads_get_their_own_answers_out_of_few_batches():
    reader = Counting(0.01)
    batched = MicroBatched(reader, most=16)
    with ThreadPoolExecutor(16) as pool:
        asked = [["x" * (number % 50), ""] for number in range(100)]
        found = list(pool.map(batched.predict, asked))
    assert [said(each) for each in found] == [[number % 50 or None, None] for number in range(100)]
    assert len(reader.asked) < 50
    assert max(map(len, reader.asked)) <= 16


def test_alone_nobody_waits():
    batched = MicroBatched(Counting(), wait=60.0)
    began = time.monotonic()
    assert said(batched.predict(["abc"])) == [3]
    assert batched.predict([]) == []
    assert time.monotonic() - began < 30  # a busy machine is no reason
    assert batched.card is CARD


def test_a_request_waits_for_company_that_comes(monkeypatch):
    monkeypatch.setattr("lawgiver.models.classifier.microbatch._COMPANY", 600.0)  # however busy the machine is
    reader = Counting()
    batched = MicroBatched(reader, most=2, wait=60.0)
    batched.predict(["first"])
    found = {}
    threads = [threading.Thread(target=lambda t=t: found.update({t: batched.predict([t])})) for t in ("a", "bb")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(50)
    assert {text: said(each) for text, each in found.items()} == {"a": [1], "bb": [2]}
    assert sorted(reader.asked[-1]) == ["a", "bb"]  # read together


def test_one_request_that_crashes_takes_no_other_with_it():
    reader = Counting(0.02)
    batched = MicroBatched(reader)
    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(batched.predict, [text]) for text in ("a", "bb", "crash", "ccc", "dddd")]
    assert [said(future.result()) for future in futures if futures.index(future) != 2] == [[1], [2], [3], [4]]
    with pytest.raises(RuntimeError, match="crash"):
        futures[2].result()


def test_an_interruption_reaches_one_thread_and_the_others_go_on():
    reader = Counting(0.02)
    batched = MicroBatched(reader)
    with pytest.raises(KeyboardInterrupt):
        batched.predict(["stop"])
    assert said(batched.predict(["abc"])) == [3]


def test_settings_that_differ_are_not_read_together():
    seen = []

    class Reader(Counting):
        def predict(self, texts, **settings):
            seen.append((settings["max_windows"], len(texts)))
            return super().predict(texts)

    batched = MicroBatched(Reader(0.01))
    told = []
    threads = [
        threading.Thread(target=batched.predict, args=(["x"],), kwargs={"max_windows": n, "on_progress": told.append})
        for n in (1, 2, 1, 2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sum(number for _, number in seen) == 4
    assert told == [1, 1, 1, 1]


def test_a_request_of_more_than_a_batch_stays_whole():
    reader = Counting()
    assert len(MicroBatched(reader, most=2).predict(["x"] * 5)) == 5
    assert [len(each) for each in reader.asked] == [5]
