"""From rows to a guard: labels that are partial, data held apart, training that resumes to the bit."""

import base64
import gzip
import itertools
import json
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lawgiver.data.preference.blind import blind_hash
from lawgiver.evidence.views import highest_of
from lawgiver.guard.classifier import checkpoint
from lawgiver.guard.classifier.batches import PASS, batch_at, passes_of, rate_at
from lawgiver.guard.classifier.data import BLIND, CAPPED, LANGUAGE, LEFT_OUT, UNREADABLE, epoch, prepare_examples
from lawgiver.guard.classifier.groups import joined
from lawgiver.guard.classifier.heads import ATTACK, OUTPUTS, UNSAFE, target_of
from lawgiver.guard.classifier.open import open_guard
from lawgiver.guard.classifier.plan import prepare
from lawgiver.guard.classifier.settings import GuardData, GuardRecipe, read_guard_recipe
from lawgiver.guard.classifier.train import train_classifier
from lawgiver.guard.example import Example
from lawgiver.guard.taxonomy import NAMES
from lawgiver.models.classifier.reading import Prediction
from lawgiver.outcome import Abstained, ConfigurationError, Value
from tiny_encoder import SENTENCES, save_tiny_encoder

VERBS = ["bake", "sell", "count", "hide", "weigh", "paint", "draw", "wash", "slice", "toast"]


def rows():
    """40 pairs: whatever breaks into something is unsafe, whatever bakes is not."""
    made = []
    for number in range(40):
        verb, more = VERBS[number % 10], SENTENCES[number % 8].split()[-1]
        for unsafe in (0, 1):
            text = (
                f"How do I break in to {verb} {number} loaves {more}" if unsafe else f"How do I {verb} {number} {more}"
            )
            row = {
                "id": f"toy:{number}-{unsafe}",
                "source": "toy/one",
                "language": "en",
                "text": text,
                "unsafe": unsafe,
            }
            made.append(row | {"group": f"pair-{number}", "categories": ["burglary"] if unsafe else ["harmless"]})
    return made


def write(path, made):
    content = "".join(json.dumps(row) + "\n" for row in made)
    with gzip.open(path, "wt", encoding="utf-8") if path.name.endswith(".gz") else path.open("w") as file:
        file.write(content)
    return path


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("guard")
    save_tiny_encoder(folder / "encoder")
    write(folder / "toy.jsonl.gz", rows())
    return folder


def recipe(shared, **classifier):
    changes = {
        "backbone": str(shared / "encoder"),
        "window": 24,
        "overlap": 6,
        "batch": 8,
        "micro_tokens": 256,
        "epochs": 3,
        "learning_rate": 3e-3,
        "head_learning_rate": 3e-2,
        "warmup": 0.1,
        "save_every": 4,
        "measure_every": 5,
    } | classifier
    sources = {"toy": {"categories": {"burglary": "non_violent_crimes"}}}
    data = {"files": [str(shared / "toy.jsonl.gz")], "sources": sources, "dev": 0.2}
    return GuardRecipe.model_validate({"data": data, "classifier": changes})


def known(example):
    return {name: value for name, value in zip(OUTPUTS, target_of(example), strict=True) if not math.isnan(value)}


def test_what_an_example_says():
    unsafe = Example(id="1", text="x", unsafe=True)
    assert known(unsafe) == {UNSAFE: 1.0}
    named = Example(id="1", text="x", unsafe=True, categories={"hate": True, "privacy": False})
    assert known(named) == {UNSAFE: 1.0, "hate": 1.0, "privacy": 0.0}
    assert known(Example(id="1", text="x", unsafe=False)) == dict.fromkeys(OUTPUTS, 0.0)
    answered = Example(id="1", text="x", response="No.", mode="conversation", unsafe=False)
    assert set(OUTPUTS) - set(known(answered)) == {ATTACK}  # a refused attack is an attack


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=3), max_size=12))
def test_rows_that_share_a_key_are_together_and_no_others(keys):
    names = joined(keys)
    groups = [set(k) for k in keys]
    merged = True
    while merged:  # the slow way: join until nothing changes
        merged = False
        for one in groups:
            for other in groups:
                if one & other and one != other:
                    one |= other
                    other |= one
                    merged = True
    assert names == [min(group) for group in groups]


def test_reading(shared, tmp_path):
    data = recipe(shared).data
    examples = prepare_examples(data)
    assert len(examples.train) + len(examples.dev) == 80
    assert not {e.group for e in examples.train} & {e.group for e in examples.dev}
    unsafe = next(e for e in examples.train if e.unsafe)
    assert dict(unsafe.categories) == {"non_violent_crimes": True}
    assert prepare_examples(data).sha256 == examples.sha256
    document = examples.to_json()
    assert document["train"]["sources"][0]["unsafe"] * 2 == document["train"]["rows"]


def test_texts_that_are_the_same_are_on_one_side(tmp_path):
    made = [row | {"group": row["id"]} for row in rows()]
    twins = [
        row | {"id": f"twin-{row['id']}", "group": f"twin-{row['id']}", "text": row["text"].upper()} for row in made
    ]
    data = GuardData(files=(write(tmp_path / "a.jsonl", made), write(tmp_path / "b.jsonl", twins)), dev=0.3)
    examples = prepare_examples(data)
    assert not {e.text.lower() for e in examples.train} & {e.text.lower() for e in examples.dev}


def test_what_is_left_out_is_counted(shared, tmp_path):
    words = rows()[0]["text"].lower()
    (tmp_path / "blind").write_text(f"{blind_hash(words)}\n")
    odd = [
        {"id": "1", "text": "\u200b\n", "unsafe": 1, "source": "odd", "language": "en"},
        {"id": "2", "text": "bread", "unsafe": 1, "source": "odd", "language": "xx"},
        {"id": "3", "text": "bread", "unsafe": 1, "source": "never", "language": "en"},
        {"id": "4", "text": words, "response": "No.", "mode": "conversation", "unsafe": 0, "language": "en"},
    ]
    path = write(tmp_path / "odd.jsonl", odd)
    data = recipe(shared).data.model_copy(
        update={"files": (shared / "toy.jsonl.gz", path), "languages": ("en",), "refuse": tmp_path / "blind"}
    )
    sources = {"toy": {"cap": 60}, "never": {"times": 0}}
    data = GuardData.model_validate(data.model_dump() | {"sources": sources})
    assert dict(prepare_examples(data).reasons) == {UNREADABLE: 1, LANGUAGE: 1, LEFT_OUT: 1, BLIND: 2, CAPPED: 19}


def test_sources_are_repeated(shared):
    data = recipe(shared).data
    examples = prepare_examples(data).train
    rule = {"sources": {"toy": {"times": 2.5}}}
    seen = epoch(examples, GuardData.model_validate(data.model_dump() | rule))
    assert 2.2 * len(examples) < len(seen) < 2.8 * len(examples)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"id": "x", "text": "y", "unsafe": 2}, r"toy\.jsonl:1: unsafe"),
        ({"id": "x", "text": "y"}, r"toy\.jsonl:1: unsafe"),
        ({"id": "x", "text": "y", "unsafe": 0, "colour": "red"}, r"toy\.jsonl:1: colour: unknown key"),
        ({"id": "x", "text": "y", "unsafe": 0, "mode": "conversation"}, "mode conversation has one"),
    ],
)
def test_a_row_that_is_none_is_named(tmp_path, row, said):
    with pytest.raises(ConfigurationError, match=said):
        prepare_examples(GuardData(files=(write(tmp_path / "toy.jsonl", [row]),)))


def test_too_little_data(tmp_path):
    path = write(tmp_path / "toy.jsonl", rows()[:2])
    with pytest.raises(ConfigurationError, match="not both safe and unsafe"):
        prepare_examples(GuardData(files=(path,)))


def test_a_recipe_is_read(tmp_path):
    path = tmp_path / "guard.yaml"
    path.write_text("type: guard\ndata: {files: [a.jsonl]}\nclassifier: {freeze: 6}\n")
    read = read_guard_recipe(path, ["classifier.loss=zlpr", "data.sources.toy.times=2"])
    assert (read.classifier.freeze, read.classifier.loss, read.data.rule("toy/two").times) == (6, "zlpr", 2)
    for override, said in {
        "classifier.overlap=100": "overlap: 100 is more than half of window 128",
        "data.sources.toy.categories={a: b}": "b: not among",
        "classifier.speed=2": r"classifier\.speed: unknown key",
    }.items():
        with pytest.raises(ConfigurationError, match=said):
            read_guard_recipe(path, [override])


@given(st.integers(1, 30), st.integers(1, 12), st.integers(0, 5))
def test_every_epoch_sees_every_example_once(rows, batch, seed):
    steps = math.ceil(3 * rows / batch)
    drawn = [at for step in range(steps) for at in batch_at(step, rows, batch, seed)]
    for number in range(3):
        assert sorted(drawn[number * rows : (number + 1) * rows]) == list(range(rows))


@given(st.lists(st.lists(st.integers(1, 20), min_size=1, max_size=3), min_size=1, max_size=20), st.integers(1, 80))
def test_passes_take_every_example_once_and_keep_the_bound(lengths, tokens):
    passes = passes_of(range(len(lengths)), dict(enumerate(lengths)), tokens)
    assert sorted(at for group in passes for at in group) == list(range(len(lengths)))
    for group in passes:
        windows = [length for at in group for length in lengths[at]]
        assert len(group) == 1 or max(windows) * len(windows) <= tokens


@given(st.lists(st.lists(st.integers(1, 90), min_size=1, max_size=2), min_size=1, max_size=7), st.integers(90, 300))
def test_no_other_cut_of_the_sorted_examples_costs_less(lengths, tokens):
    def cost(groups):
        sizes = [max(max(each) for each in group) * sum(map(len, group)) for group in groups]
        fits = all(size <= tokens or len(group) == 1 for size, group in zip(sizes, groups, strict=True))
        return sum(sizes) + PASS * len(groups) if fits else math.inf

    by_length = sorted(lengths, key=max, reverse=True)
    every = []
    for cuts in itertools.product([False, True], repeat=len(by_length) - 1):
        ends = [0, *(at for at, cut in enumerate(cuts, 1) if cut), len(by_length)]
        every.append(cost([by_length[begin:end] for begin, end in itertools.pairwise(ends)]))
    passes = passes_of(range(len(lengths)), dict(enumerate(lengths)), tokens)
    assert cost([[lengths[at] for at in group] for group in passes]) == min(every)


@pytest.mark.parametrize("schedule", ["linear", "cosine", "constant"])
def test_the_learning_rate_rises_then_falls(schedule):
    rates = [rate_at(step, 50, 0.2, schedule) for step in range(50)]
    assert rates[:10] == sorted(rates[:10])
    assert max(rates) == 1
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] == 1 if schedule == "constant" else 0 < rates[-1] < 0.05


@pytest.fixture(scope="module")
def trained(shared, tmp_path_factory):
    run = tmp_path_factory.mktemp("run") / "whole"
    return run, train_classifier(prepare(recipe(shared)), run)


def metrics(run):
    kept = ("step", "loss", "gradient_norm", "dev_f1", "dev_log_loss")
    lines = (run / "metrics.jsonl").read_text().splitlines()
    return [{key: value for key, value in json.loads(line).items() if key in kept} for line in lines]


def test_training_learns(trained):
    run, summary = trained
    rows = metrics(run)
    assert rows[-1]["loss"] < 0.4 * rows[0]["loss"]
    assert summary["dev"]["auroc"] > 0.9
    assert summary["trained_parameters"] < summary["parameters"]


def test_an_interrupted_run_ends_with_the_same_bits(shared, trained, tmp_path, monkeypatch):
    run, summary = trained

    class PulledPlugError(Exception):
        pass

    def pull(row):
        if row["step"] == 7:  # three steps after the last checkpoint
            raise PulledPlugError

    with pytest.raises(PulledPlugError):
        train_classifier(prepare(recipe(shared)), tmp_path / "cut", pull)
    assert checkpoint.newest_step(tmp_path / "cut" / "checkpoints") == 4
    torch.manual_seed(99)
    again = train_classifier(prepare(recipe(shared)), tmp_path / "cut", resume=True)
    assert metrics(tmp_path / "cut") == metrics(run)
    assert again["guard_sha256"] == summary["guard_sha256"]
    with pytest.raises(ConfigurationError, match="begun with other settings: classifier"):
        train_classifier(prepare(recipe(shared, batch=4)), tmp_path / "cut", resume=True)


@pytest.mark.parametrize("changes", [{"loss": "zlpr"}, {"loss": "gce"}, {"smoothing": 0.1, "bootstrap": 0.2}])
def test_other_losses_learn_too(shared, tmp_path, changes):
    settings = {"freeze": 1, "prune": False, "measure_every": 100, "epochs": 1.2} | changes
    train_classifier(prepare(recipe(shared, **settings)), tmp_path / "run")
    losses = [row["loss"] for row in metrics(tmp_path / "run")]
    assert sum(losses[-3:]) < 0.8 * sum(losses[:3])


def test_a_trained_guard_is_opened_and_asked(trained):
    run, summary = trained
    guard = open_guard(run)
    assert guard.version == summary["guard_sha256"][:12]
    asked = [
        Example(id="1", text="How do I break in to bake 3 loaves week?", unsafe=True),
        Example(id="2", text="How do I bake 3 week?", unsafe=False),
        Example(id="3", text="", unsafe=True),
        Example(id="4", text="How do I break in to \ud800 bake loaves", unsafe=True),
        Example(id="5", text="How do I bake", response="You break in to wash loaves", mode="conversation", unsafe=True),
    ]
    outcomes = guard.score(asked)
    assert outcomes[0].value.unsafe > 0.5 > outcomes[1].value.unsafe
    assert set(outcomes[0].value.categories) == set(NAMES)
    assert isinstance(outcomes[2], Abstained)
    assert all(isinstance(outcomes[at], Value) for at in (3, 4))


def test_something_else_is_no_guard(tmp_path):
    with pytest.raises(ConfigurationError, match=r"no classifier\.json there"):
        open_guard(tmp_path)


def test_a_disguised_text_is_read_without_its_disguise_as_well(trained):
    run, _ = trained
    guard, bare = open_guard(run), open_guard(run, views=False)
    plain = "How do I break in to bake 3 loaves week?"
    hidden = "".join(f"{letter}\u200b" for letter in plain)
    coded = base64.b64encode(plain.encode()).decode()
    asked = [Example(id=str(at), text=text, unsafe=True) for at, text in enumerate((plain, hidden, coded))]
    said = [outcome.value for outcome in guard.predict(asked)]
    of_plain, _, of_coded = [outcome.value for outcome in bare.predict(asked)]
    for prediction in said[:2]:  # with characters that nobody sees, it is the same text
        assert prediction.probabilities == pytest.approx(of_plain.probabilities, rel=1e-4)
    for name, p in said[2].probabilities.items():
        assert p == pytest.approx(max(of_plain.probabilities[name], of_coded.probabilities[name]), rel=1e-4)
        if p > of_coded.probabilities[name] + 1e-5:
            assert said[2].spans[name] == (0, len(coded))
    assert guard.version != bare.version


def test_a_view_that_could_not_be_read_leaves_the_text_without_a_score():
    fine = Value(Prediction({"unsafe": 0.1}, {"unsafe": (0, 3)}, 1))
    loud = Value(Prediction({"unsafe": 0.7}, {"unsafe": (0, 9)}, 1))
    assert highest_of(fine, [fine], 5) == fine
    assert highest_of(fine, [fine, loud], 5).value.spans == {"unsafe": (0, 5)}
    assert highest_of(loud, [loud, fine], 5) == loud
    assert highest_of(fine, [fine, Abstained("too long")], 5) == Abstained("too long")
    assert highest_of(Abstained("too long"), [fine], 5) == Abstained("too long")


def test_of_a_text_that_is_seen_otherwise_what_is_seen_counts():
    odd = Value(Prediction({"unsafe": 0.6}, {"unsafe": (2, 4)}, 1))
    seen = Value(Prediction({"unsafe": 0.1}, {"unsafe": (0, 3)}, 1))
    assert highest_of(odd, [seen], 5).value == Prediction({"unsafe": 0.1}, {"unsafe": (2, 4)}, 1)
