"""A certificate of a run: what it is made of, and every use of a split but the first refused."""

import json
import multiprocessing
import shutil

import pytest

from certifiable_runs import CONSTRAINTS, GOOD, costs, write_charter, write_run
from lawgiver.align.certify import CERTIFICATE, CertifyConfig, certify, prepare
from lawgiver.align.certify.ledger import LEDGER, claim, read_ledger, use_of
from lawgiver.align.certify.run import USE
from lawgiver.align.certify.selection import Candidate, choose
from lawgiver.align.certify.split import split_of
from lawgiver.charter import Charter
from lawgiver.data import read_jsonl, write_jsonl
from lawgiver.outcome import ConfigurationError, TooManyFailuresError
from small import edit

BAD = GOOD | {"unsafe": 0.3}


@pytest.fixture(scope="module")
def charter(tmp_path_factory):
    return write_charter(tmp_path_factory.mktemp("charter") / "kitchen")


@pytest.fixture
def run(charter, tmp_path):
    return write_run(tmp_path / "runs/a-test", charter, costs(1, 400, **GOOD))


def prepared(*runs, **more):
    return prepare(CertifyConfig(runs=runs, **more))


def test_a_certificate_carries_all_it_rests_on(run, charter):
    document = certify(prepared(run))
    assert document["outcome"] == "PASS"
    assert json.loads((run / CERTIFICATE).read_text()) == document
    assert [found["name"] for found in document["constraints"]] == [c["name"] for c in CONSTRAINTS]
    assert document["charter"] == charter.identity
    assert (document["split"]["name"], document["split"]["n"]) == ("test", 400)
    assert len(document["constraints"][3]["categories"]) == 2
    assert "higher cost is worse" in document["convention"]
    [use] = read_ledger(run.parent / LEDGER)
    assert use.model_dump(mode="json") == json.loads((run / USE).read_text())
    assert (use.run, use.split_sha256) == ("a-test", document["split"]["sha256"])
    assert "Question" not in (run.parent / LEDGER).read_text()  # hashes of prompts, never prompts


def test_a_second_use_is_refused_whoever_asks(run, charter, tmp_path):
    certify(prepared(run))
    other = write_run(run.parent / "b-test", charter, costs(2, 400, **GOOD), model="b")
    part = write_run(run.parent / "c-part", charter, costs(2, 9, **GOOD), model="c")
    for again in (run, other):
        with pytest.raises(ConfigurationError, match="this very split was certified on before, by a-test"):
            certify(prepared(again))
    with pytest.raises(ConfigurationError, match="9 of its prompts were"):
        certify(prepared(part))
    with pytest.raises(ConfigurationError, match="certified on before"):
        certify(prepared(run, constraints=("rude",)))
    elsewhere = shutil.copytree(run, tmp_path / "elsewhere" / "a")  # the ledger stays behind, the record does not
    with pytest.raises(ConfigurationError, match="certified on before"):
        certify(prepared(elsewhere))
    assert len(read_ledger(run.parent / LEDGER)) == 1
    fresh = write_run(run.parent / "a-fresh", charter, costs(3, 400, **GOOD), split="fresh")
    assert certify(prepared(fresh))["outcome"] == "PASS"


def test_a_certificate_that_was_never_written_may_be_finished(run):
    before = certify(prepared(run))
    (run / CERTIFICATE).unlink()
    after = certify(prepared(run))
    assert after["constraints"] == before["constraints"]
    assert len(read_ledger(run.parent / LEDGER)) == 1
    (run / CERTIFICATE).unlink()
    with pytest.raises(ConfigurationError, match="certified on before"):  # another question
        certify(prepared(run, confidence=0.6))


def test_another_charter_on_the_same_split_is_said_aloud(run, charter, tmp_path):
    certify(prepared(run))
    changed = shutil.copytree(charter.root, tmp_path / "changed")
    edit(changed / "charter.yaml", "threshold: 0.05", "threshold: 0.06")
    again = write_run(run.parent / "a-again", Charter.open(changed), costs(1, 400, **GOOD))
    notes = certify(prepared(again))["notes"]
    assert any("another charter (a-test)" in note for note in notes)


def test_selection_is_on_one_split_and_certification_on_another(run, charter):
    folder = run.parent
    tests = [run, write_run(folder / "b-test", charter, costs(2, 400, **BAD), model="b")]
    good = write_run(folder / "a-dev", charter, costs(3, 300, **GOOD), split="dev", score=0.4)
    bad = write_run(folder / "b-dev", charter, costs(4, 300, **BAD), split="dev", score=0.9, model="b")
    ready = prepared(*tests, select=(bad, good))
    assert ready.run.path == run
    document = certify(ready)
    assert document["selection"]["chosen"] == "a-dev"
    assert [c["passes"] for c in document["selection"]["candidates"]] == [False, True]
    with pytest.raises(ConfigurationError, match="0 of the runs to certify are of its policy"):
        prepared(tests[1], select=(bad, good))
    with pytest.raises(ConfigurationError, match="400 of its 400 prompts were used for selection"):
        prepared(run, selected_on=(tests[1],))
    with pytest.raises(ConfigurationError, match="used for selection"):
        prepared(*tests, select=(tests[1],))
    with pytest.raises(ConfigurationError, match="2 runs to certify"):
        prepared(*tests)


def test_a_question_in_other_letters_under_another_id_is_the_same_question(run, charter):
    rows = read_jsonl(run / "judgements.jsonl")
    dev = write_run(run.parent / "a-dev", charter, costs(3, 50, **GOOD), split="dev")
    moved = read_jsonl(dev / "judgements.jsonl")
    moved[7]["prompt"] = "  " + rows[0]["prompt"].upper().replace(" ", "\n")
    write_jsonl(dev / "judgements.jsonl", moved)
    with pytest.raises(ConfigurationError, match="1 of its 400 prompts"):
        prepared(run, selected_on=(dev,))


class Found:
    """What `choose` asks of a finding."""

    def __init__(self, high, threshold=0.1):
        self.high, self.threshold = high, threshold
        self.outcome = "PASS" if high <= threshold else "NO SOLUTION"


def test_the_best_that_passes_is_chosen_or_else_the_nearest():
    def candidate(score, *highs):
        return Candidate(None, score, tuple(Found(high) for high in highs))

    safe, better, unsafe, near = (
        candidate(*c) for c in ((0.2, 0.05, 0.1), (0.3, 0.1), (0.9, 0.05, 0.2), (0.1, 0.15, 0.02))
    )
    assert choose([unsafe, safe, better]) is better
    assert choose([unsafe, near]) is near
    assert choose([candidate(None, 0.05), safe]) is safe


def test_a_split_is_known_by_its_inputs_alone(run):
    rows = read_jsonl(run / "judgements.jsonl")
    split = split_of("test", rows)
    answered = [row | {"response": "No.", "costs": {}} for row in rows[::-1]]
    assert split_of("test", answered) == split
    assert split_of("test", rows[1:]).sha256 != split.sha256
    assert split_of("test", [rows[0] | {"prompt": "Else?"}, *rows[1:]]).sha256 != split.sha256


def _claim(ledger, name, queue, barrier):
    rows = [{"id": "a", "prompt": "Which?", "labels": {}}]
    use = use_of(name, "now", split_of("test", rows), "c" * 64, name)
    barrier.wait()
    try:
        claim(ledger, use, finished=True)
        queue.put("claimed")
    except ConfigurationError:
        queue.put("refused")


def test_of_many_processes_one_gets_the_split(tmp_path):
    context = multiprocessing.get_context("fork")
    queue, barrier = context.Queue(), context.Barrier(6)
    jobs = [context.Process(target=_claim, args=(tmp_path / LEDGER, f"run-{i}", queue, barrier)) for i in range(6)]
    for job in jobs:
        job.start()
    said = sorted(queue.get(timeout=30) for _ in jobs)
    for job in jobs:
        job.join(30)
    assert said == ["claimed", *["refused"] * 5]
    assert len(read_ledger(tmp_path / LEDGER)) == 1


@pytest.mark.parametrize("line", ["{", '{"run": "a"}', "[]", "[" * 5000, '{"run": "a", "evil": 1}'])
def test_a_ledger_that_cannot_be_read_permits_nothing(run, line):
    (run.parent / LEDGER).write_text(line + "\n")
    with pytest.raises(ConfigurationError, match=f"{LEDGER}:1"):
        certify(prepared(run))
    assert not (run / CERTIFICATE).exists()


def test_too_many_failures_are_refused_and_use_nothing_up(charter, tmp_path):
    rows = costs(1, 400, **GOOD)
    for row in rows[:40]:
        row["rude"] = {"failed": "time-out"}
    run = write_run(tmp_path / "runs/a", charter, rows)
    with pytest.raises(TooManyFailuresError, match="40 of 400 costs 'rude'"):
        certify(prepared(run))
    assert not (run.parent / LEDGER).exists()
    assert certify(prepared(run, constraints=("unsafe",)))["outcome"] == "PASS"


def test_runs_that_say_nothing_of_the_split_are_refused(charter, tmp_path):
    train = write_run(tmp_path / "train", charter, costs(1, 20, **GOOD), split="train")
    first = write_run(tmp_path / "first", charter, costs(1, 20, **GOOD), limit=20)
    with pytest.raises(ConfigurationError, match="train is what models are trained on"):
        prepared(train)
    with pytest.raises(ConfigurationError, match="only the first 20"):
        prepared(first)
    with pytest.raises(ConfigurationError, match="no finished evaluation"):
        prepared(tmp_path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: rows.append(rows[0]), "occurs twice"),
        (lambda rows: rows[3].pop("costs"), "row 4: id, prompt, labels, costs or charter is missing"),
        (lambda rows: rows[3].update(prompt=7), "row 4"),
        (lambda rows: rows[3].update(charter={"sha256": "0"}), "another charter"),
        (lambda rows: rows[3]["costs"].update(rude={"value": 7}), "between 0 and 1"),
        (lambda rows: rows[3]["costs"].pop("rude"), "before the charter declared it"),
        (lambda rows: rows.clear(), "no judgement"),
    ],
)
def test_rows_that_are_not_evaluates_are_refused(run, change, said):
    rows = read_jsonl(run / "judgements.jsonl")
    change(rows)
    write_jsonl(run / "judgements.jsonl", rows)
    with pytest.raises(ConfigurationError, match=said):
        certify(prepared(run))
    assert not (run.parent / LEDGER).exists()


def test_a_charter_that_changed_is_refused(run, charter, tmp_path):
    moved = shutil.copytree(charter.root, tmp_path / "moved")
    assert prepared(run, charter=moved).charter.sha256 == charter.sha256
    edit(moved / "charter.yaml", "threshold: 0.05", "threshold: 0.5")
    with pytest.raises(ConfigurationError, match="was judged under charter"):
        prepared(run, charter=moved)
    with pytest.raises(ConfigurationError, match="--constraint polite"):
        prepared(run, constraints=("polite",))


WRONG = [CONSTRAINTS[3] | {"category": "colour"}]


def test_a_category_that_is_no_label_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="'colour' is not in the taxonomy"):
        prepared(write_run(tmp_path / "a", write_charter(tmp_path / "wrong", WRONG), costs(1, 20, refused=0.1)))


COUNTS = {"true_positive": 190, "false_negative": 10, "false_positive": 0, "true_negative": 600}


def test_the_scorers_mistakes_are_read_from_files(run, tmp_path):
    (tmp_path / "counts.json").write_text(json.dumps({"unsafe": COUNTS}))
    ready = prepared(run, constraints=("unsafe",), confusion=tmp_path / "counts.json")
    plain = prepared(run, constraints=("unsafe",))
    assert ready.question_sha256 != plain.question_sha256
    document = certify(ready)
    [found] = document["constraints"]
    assert found["method"] == "clopper_pearson+confusion"
    assert list(document["scorer_error"]["files"]) == ["counts.json"]
    assert any("true costs" in words for words in document["holds_for"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not JSON"),
        ("[]", "an object is wanted"),
        ("{}", "unsafe: give true_positive"),
        (json.dumps(COUNTS | {"more": 1}), "unsafe: give true_positive"),
        (json.dumps(COUNTS | {"true_positive": -1}), "true_positive=-1"),
        (json.dumps(COUNTS | {"true_positive": 1.5}), "true_positive=1.5"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_counts_that_are_none_are_refused(run, tmp_path, text, said):
    (tmp_path / "counts.json").write_text(text)
    with pytest.raises(ConfigurationError, match=said):
        prepared(run, constraints=("unsafe",), confusion=tmp_path / "counts.json")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"id": "test-1"}, "truth"),
        ({"truth": 1}, "either the id"),
        ({"id": "test-1", "scored": 1, "truth": 1}, "either the id"),
        ({"id": "other-1", "truth": 1}, "not in the run"),
        ({"id": "test-1", "truth": 3}, "above 1"),
        ({"id": "test-1", "truth": -1}, "truth"),
        ({"id": "test-1", "truth": 1, "by": "me"}, "by: unknown key"),
        ({"id": "test-0", "truth": 1}, "labelled twice"),
    ],
)
def test_labels_that_are_none_are_refused(run, tmp_path, row, said):
    write_jsonl(tmp_path / "labels.jsonl", [{"id": "test-0", "truth": False}, row])
    with pytest.raises(ConfigurationError, match=f"labels.jsonl:2: .*{said}"):
        prepared(run, constraints=("rude",), labelled=tmp_path / "labels.jsonl")


def test_labels_of_several_constraints_say_which(run, tmp_path):
    path = tmp_path / "labels.jsonl"
    write_jsonl(path, [{"id": f"test-{i}", "truth": 0, "constraint": "rude"} for i in range(300)])
    with pytest.raises(ConfigurationError, match="no labelled row for unsafe"):
        prepared(run, constraints=("rude", "unsafe"), labelled=path)
    assert certify(prepared(run, constraints=("rude",), labelled=path))["outcome"] == "PASS"
    with pytest.raises(ConfigurationError, match="give one"):
        prepared(run, labelled=path, confusion=path)
