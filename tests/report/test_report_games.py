"""Pages on games: what they hold for real small runs, and that nothing in a run can break or steer them."""

import itertools
import json
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
from game_runs import as_of_a_model, write_evaluation, write_tournament, write_training
from hypothesis import given
from hypothesis import strategies as st
from synthetic_runs import HOSTILE
from test_report_page import TAGS, Page

from lawgiver.data.rundir import RunDirectory
from lawgiver.outcome import ConfigurationError
from lawgiver.report import write_report
from lawgiver.report.games.naming import names_from, plain_names, type_shares, words_of
from lawgiver.report.games.parts import Part, floats

GAME_TAGS = TAGS | {"ul", "li"}
NASTY = [HOSTILE[1], HOSTILE[3] + HOSTILE[5], "_" + HOSTILE[4], "\ud83d{{7*7}}</svg><script>"]


def read(folder):
    return Page(write_report(folder).read_text(encoding="utf-8"))


def sections(page):
    return [attrs["id"] for attrs in page.all("section")]


def sound(page):
    """A page that stands alone, whose references are met and whose pictures and tables can be heard."""
    assert {tag for tag, _ in page.tags} <= GAME_TAGS
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    for tag, attrs in page.tags:
        assert not [name for name in attrs if name.startswith("on")], tag
        for target in (attrs.get("aria-labelledby") or "").split():
            assert target in ids
        for name in ("href", "src"):
            if name in attrs and (tag, attrs[name]) != ("link", "data:,"):
                assert attrs[name].startswith("#")
                assert attrs[name][1:] in ids
        assert not re.search(r"url\((?!#)|@import|expression", attrs.get("style") or "")
    assert all(svg["role"] == "img" for svg in page.all("svg"))
    assert len(page.all("caption")) == len(page.all("table"))
    assert all("scope" in attrs for attrs in page.all("th"))
    assert len(page.all("figcaption")) == len(page.all("figure")) == len(page.all("svg"))
    assert not re.search(r"\b(nan|None|inf)\b", page.text)
    assert "Made by lawgiver" in page.text
    return page


@pytest.fixture(scope="session")
def runs(tmp_path_factory):
    """One run of every sort; tests copy what they change."""
    root = tmp_path_factory.mktemp("games")
    write_training(root / "train", "phases=game_de:60")
    write_tournament(root / "tournament")
    write_evaluation(root / "evaluate", root / "train")
    return root


@pytest.fixture
def copy(runs, tmp_path):
    """A run of one's own to spoil."""
    return lambda name: shutil.copytree(runs / name, tmp_path / name)


def edit(folder, name="summary.json"):
    """Read a document, and give what writes it back."""
    run = RunDirectory(folder)
    document = run.read(name)

    def back(changed=document):
        (folder / name).write_text(json.dumps(changed))

    return document, back


def test_a_finished_training_run(runs):
    page = sound(read(runs / "train"))
    summary = json.loads((runs / "train" / "summary.json").read_text())
    assert sections(page) == ["headline", "training", "policy", "asked", "provenance"]
    update = f"from update {summary['reached'][0]:g}"
    assert (
        f"The optimal CDCD of ipd under game_de against tft was played on every training prompt {update}" in page.text
    )
    assert len(page.all("svg")) == 4  # action types, objective, legality, distance
    for label in ("C|C", "C|D", "D|C", "D|D", "illegal|C", "illegal|D"):
        assert label in page.text
    for p in summary["trained"]["p"]:
        assert f"{p[0]:.2f} ✓ optimal" in page.text
    sha256 = json.loads((runs / "train" / "charter.json").read_text())["framework game_de"]
    assert sha256 in page.text
    assert "game_de for 60" in page.text


def test_what_a_picture_shows_is_said_in_words(runs):
    page = read(runs / "train")
    rows = RunDirectory(runs / "train").metrics()
    p_HA = np.array(rows[-1]["learners"][0]["p"])
    both = f"{100 * (p_HA[0, 0] + p_HA[2, 0]) / 4:.0f}"
    said = "".join(page.texts).replace("\N{NO-BREAK SPACE}", " ")
    assert f"C|C {both} %" in said
    assert "illegal answers went from 50 % to 0 %" in said


def test_an_unfinished_run_and_one_that_has_not_begun(runs, tmp_path):
    folder = write_training(tmp_path / "run", finished=False)
    page = sound(read(folder))
    assert "is not finished: 20 updates are logged" in page.text
    assert len(page.all("svg")) == 4
    assert "has not been measured yet" in page.text
    (folder / "metrics.jsonl").unlink()
    assert "No update has been logged yet" in sound(read(folder)).text


def test_phases_limits_two_learners_and_other_shapes(tmp_path):
    page = sound(read(write_training(tmp_path / "phases", "phases=game:15->de:15")))
    assert "game → de" in page.text
    page = sound(read(write_training(tmp_path / "limits", "phases=game_within_de:25", "stop=null")))
    assert "Betrayal ends at" in page.text
    assert "its limit of 0.05" in page.text
    assert "Prices λ of the limits" in page.text
    page = sound(read(write_training(tmp_path / "two", "opponent=learner", "phases=de:20")))
    assert "Row learner’s action types" in page.text
    assert "Column learner: P(C | history)" in page.text
    page = sound(read(write_training(tmp_path / "longer", "history=2", "opponent=tf2t", "phases=game_de:10")))
    assert "CC DD" in page.text
    assert "cannot occur" in page.text
    many = ("game=public_goods_4", "role=any", "opponent=random(0.7)", "phases=game:10", "prompts.every=[]")
    page = sound(read(write_training(tmp_path / "many", *many)))
    assert "plays C after 3 others cooperated" in page.text


def test_a_tournament(runs):
    page = sound(read(runs / "tournament"))
    summary = json.loads((runs / "tournament" / "summary.json").read_text())
    assert sections(page) == ["headline", "ranking", "matrices", "replicator", "moran", "asked", "provenance"]
    assert len(page.all("svg")) == 3  # ranking, shares, takeovers
    first = summary["ranking"][0]
    assert f"{first['player']} scores most among 5 players of ipd: {first['score']:.2f} a round" in page.text
    for row in summary["scores"]:
        for score in row:
            assert f"{score:.2f}" in page.text
    assert "mix(tft:0.5,alld:0.5) plays one of its members" in page.text
    assert "neutral mutant (0.083)" in page.text


def test_a_tournament_of_many(tmp_path):
    page = sound(read(write_tournament(tmp_path, players=(), runs=10, births=200)))
    assert "9. " in page.text


def test_an_evaluation_of_a_table(runs):
    page = sound(read(runs / "evaluate"))
    assert sections(page)[:5] == ["headline", "policy", "rewards", "generalisation", "types"]
    assert "does what is optimal in ipd under game_de against tft with" in page.text
    assert len(page.all("svg")) == 2 + 2 * 2  # regret by game, action types by game and opponent


def test_an_evaluation_of_a_model(copy):
    folder = copy("evaluate")
    document, back = edit(folder)
    back(as_of_a_model(document))
    page = sound(read(folder))
    assert {"unrelated", "personas", "drift", "left_out"} <= set(sections(page))
    assert "untrained, asked as de" in page.text
    assert "✗ low" in page.text
    assert "attack_ruthless" in page.text
    assert "0.400 nats" not in page.text
    assert "0.4000 nats a token [0.30, 0.50]" in page.text
    assert "the story has two players" in "".join(page.texts).lower()


@pytest.mark.parametrize("name", ["tournament", "evaluate"])
def test_results_that_are_not_there_yet(copy, name):
    folder = copy(name)
    (folder / "summary.json").unlink()
    page = sound(read(folder))
    assert "is not finished" in page.text
    assert sections(page) == ["headline", "asked", "provenance"]


def test_a_folder_of_runs(tmp_path):
    for framework, opponent, seed in (("game_de", "tft", 0), ("game_de", "tft", 1), ("ut", "random", 0)):
        overrides = (f"phases={framework}:60", f"opponent={opponent}", f"seed={seed}")
        write_training(tmp_path / framework / f"{opponent}-{seed}", *overrides)
    write_training(tmp_path / "running", "phases=de:5", finished=False)
    spoilt = shutil.copytree(tmp_path / "running", tmp_path / "spoilt")
    (spoilt / "metrics.jsonl").write_text("[]\n")
    page = sound(read(tmp_path))
    assert "3 of 4 runs ended at the exact optimum" in page.text
    assert "All passed their test: 3, at the median from update" in page.text
    assert "1 run is not finished" in page.text
    assert "A run is left out." in page.text
    assert "spoilt" in page.text
    assert len(page.all("svg")) == 3  # one for each framework and opponent
    assert "seed 1, game_de/tft-1" in page.text
    assert "2 of 2 ✓ all" in page.text


def renamed(document, names):
    """The same document with names replaced wherever they stand, as keys and as values."""
    if isinstance(document, dict):
        return {names.get(key, key): renamed(value, names) for key, value in document.items()}
    if isinstance(document, list):
        return [renamed(value, names) for value in document]
    return names.get(document, document) if isinstance(document, str) else document


@pytest.mark.parametrize("text", NASTY)
def test_hostile_names_in_a_training_run(copy, text):
    folder = copy("train")
    names = {name: f"{text}{name}" for name in ("ipd", "tft", "game_de", "tabular", "C", "D", "CC", "CD", "DC", "DD")}
    for name in ("summary.json", "config.json", "policy.json", "charter.json", "environment.json"):
        document, back = edit(folder, name)
        back(renamed(document, names))
    rows = RunDirectory(folder).metrics()
    rows[-1]["learners"][0]["costs"] = {text: 0.1}
    rows[-1]["learners"][0]["lambda"] = {text: 0.1, "b": 2}
    (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    page = sound(read(folder))
    source = (folder / "report.html").read_text(encoding="utf-8")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", source)
    assert "script" not in {tag for tag, _ in page.tags}


@pytest.mark.parametrize("text", ["".join(NASTY[:2]), NASTY[-1]])
def test_hostile_names_in_a_tournament_and_an_evaluation(copy, text):
    folder = copy("tournament")
    document, back = edit(folder)
    back(renamed(document | {"title": text}, {name: f"{text}{name}" for name in document["players"]}))
    sound(read(folder))
    folder = copy("evaluate")
    document, back = edit(folder)
    names = {"ipd", "bos", "tft", "random", "game_de", "ut", "game", "always C", "uniform"}
    changed = renamed(as_of_a_model(document), {name: f"{text}{name}" for name in names})
    changed["models"] = [text]
    changed["grid"]["variations"][0] |= {"title": text, "kind": text}
    changed["personas"][0] |= {"text": text, "persona": text}
    changed["unrelated"][0] |= {"probe": text, "kind": text}
    changed["drift"]["by_text"][0]["text"] = text
    changed["left_out"] = [{"what": text, "why": text}]
    back(changed)
    sound(read(folder))


NUMBERLESS = [None, float("nan"), float("inf"), 10**400, 1e300, -1e300, True]


def hollow(document, fill):
    """The same with something else in the place of every number."""
    if isinstance(document, dict):
        return {key: hollow(value, fill) for key, value in document.items()}
    if isinstance(document, list):
        return [hollow(value, fill) for value in document]
    return next(fill) if isinstance(document, int | float) and not isinstance(document, bool) else document


@pytest.mark.parametrize("name", ["train", "tournament", "evaluate"])
@pytest.mark.parametrize("fills", [NUMBERLESS, [None]])
def test_numbers_that_are_none(copy, name, fills):
    folder, fill = copy(name), itertools.cycle(fills)
    document, back = edit(folder)
    back(hollow(as_of_a_model(document) if name == "evaluate" else document, fill))
    if name == "train":
        rows = [json.dumps(hollow(row, fill)) for row in RunDirectory(folder).metrics()]
        (folder / "metrics.jsonl").write_text("\n".join(rows))
    sound(read(folder))


def without(key):
    return lambda document: {k: v for k, v in document.items() if k != key}


@pytest.mark.parametrize(
    ("name", "file", "change"),
    [
        ("train", "summary.json", lambda d: d | {"seats": [{"trained": 3}]}),
        ("train", "summary.json", lambda d: d | {"seats": [{"trained": {"p": [[0.5, 0.5]]}}]}),
        ("train", "summary.json", lambda d: d | {"seats": [{"unique": [True]}]}),
        ("train", "summary.json", lambda d: d | {"seats": 3}),
        ("train", "summary.json", lambda d: d | {"reached": 3}),
        ("train", "summary.json", lambda d: d | {"frameworks": [{}]}),
        ("train", "policy.json", lambda d: d | {"states": ["C"]}),
        ("train", "policy.json", lambda d: d | {"states": list("ABCDEFGH")}),
        ("train", "policy.json", lambda d: {}),
        ("train", "config.json", lambda d: d | {"phases": [3]}),
        ("tournament", "summary.json", lambda d: d | {"scores": [[1]]}),
        ("tournament", "summary.json", lambda d: d | {"players": 3}),
        ("tournament", "summary.json", lambda d: d | {"moran": []}),
        ("tournament", "summary.json", lambda d: d | {"ranking": [3]}),
        ("tournament", "summary.json", lambda d: d | {"replicator": {"shares": [[1, 2], [3]]}}),
        ("evaluate", "summary.json", lambda d: d | {"panel": {"ipd": 3}}),
        ("evaluate", "summary.json", lambda d: d | {"games": [{"name": "ipd"}]}),
        ("evaluate", "summary.json", lambda d: d | {"grid": {**d["grid"], "right": {"ipd": [1, 2, 3, 4, 5]}}}),
        ("evaluate", "summary.json", lambda d: d | {"measures": {"ipd": []}}),
    ],
)
def test_a_malformed_document_is_named(copy, name, file, change):
    folder = copy(name)
    document, back = edit(folder, file)
    back(change(document))
    if file == "config.json":
        (folder / "summary.json").unlink()
    (folder / "report.html").unlink(missing_ok=True)
    with pytest.raises(ConfigurationError, match=name):
        write_report(folder)
    assert not (folder / "report.html").exists()


MISSING = {
    "train": ("reached", "seconds_to_reach", "seats", "frameworks"),
    "tournament": ("scores_low", "cooperation", "moran", "baselines"),
    "evaluate": ("measures", "panel", "games"),
}


@pytest.mark.parametrize("name", MISSING)
def test_parts_may_be_missing(copy, name):
    folder = copy(name)
    document, back = edit(folder)
    for key in MISSING[name]:
        assert key in document
        back(without(key)(document))
        sound(read(folder))


@pytest.mark.parametrize("line", ['{"step": 1, "learners": []}', '{"step": 2, "learners": [{"p": [[1]]}]}', "[1]"])
def test_a_line_of_metrics_unlike_the_others(copy, line):
    folder = copy("train")
    with (folder / "metrics.jsonl").open("a") as file:
        file.write(line + "\n")
    with pytest.raises(ConfigurationError, match=r"metrics\.jsonl"):
        write_report(folder)


def test_the_same_run_gives_the_same_page(runs):
    assert write_report(runs / "tournament").read_bytes() == write_report(runs / "tournament").read_bytes()


def test_importing_the_package_is_light():
    code = (
        "import sys, lawgiver.report, lawgiver.report.games.reading; "
        "print(sorted({'matplotlib', 'torch', 'jinja2', 'lawgiver.charter', 'lawgiver.games'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@given(st.integers(1, 4), st.integers(1, 3), st.integers(2, 3), st.integers(0, 2**32 - 1))
def test_shares_of_action_types_make_a_whole(updates, rounds, actions, seed):
    rng = np.random.default_rng(seed)
    histories = (actions * actions) ** min(rounds, 2)
    p_THA = rng.dirichlet(np.ones(actions + 1), (updates, histories))[:, :, :-1]
    reachable = rng.random(histories) < 0.5
    reachable[rng.integers(histories)] = True
    shares_TX = type_shares(p_THA, reachable, actions)
    assert np.allclose(shares_TX.sum(axis=1), 1)
    first = np.flatnonzero(reachable & (np.arange(histories) % actions == 0))  # the other played its first action
    assert np.allclose(shares_TX[:, 0], p_THA[:, first, 0].sum(axis=1) / reachable.sum())


def test_names_of_histories():
    assert plain_names(4, 2).types == ("C|C", "C|D", "D|C", "D|D", "illegal|C", "illegal|D")
    assert plain_names(16, 2, 2).histories[:3] == ("CC CC", "CC CD", "CC DC")
    assert plain_names(8, 2).histories[0] == "C3"
    assert plain_names(9, 3).histories[:2] == ("A0,A0", "A0,A1")

    def read_names(states, actions, rounds=1):
        return names_from(Part({"states": states, "actions": actions}, "policy.json"), rounds)

    assert read_names(["CC", "CD", "DC", "DD"], ["C", "D"]).after == ("C", "D")
    assert read_names(["up,left", "up,right", "down,left", "down,right"], ["up", "down"]).after == ("left", "right")
    pairs = [f"{a} {b}" for a in ("CC", "CD", "DC", "DD") for b in ("CC", "CD", "DC", "DD")]
    assert read_names(pairs, ["C", "D"], 2).after == ("C", "D")
    assert words_of("C=D~", 4) == ["C", "=", "D", "~"]
    assert words_of("up down|up =", 3) == ["up", "down|up", "="]
    assert words_of("", 2) == ["–", "–"]


def test_lists_of_numbers():
    assert np.isnan(floats([[1, None], [float("inf"), True]], (2, 2), "x")).sum() == 3
    assert floats([], (None, 3), "x").shape == (0, 3)
    for bad in ([[1], [1, 2]], [1], 3, [[[1]]], {"a": 1}):
        with pytest.raises(ConfigurationError, match="somewhere"):
            floats(bad, (None, None), "somewhere")
