"""A translator as the second player: what it is asked, what is kept of it, and how the program is spoken to."""

import os
import shutil
import stat
import subprocess
import sys

import pytest
import yaml

from lawgiver.data import read_jsonl
from lawgiver.guard.example import Example
from lawgiver.guard.lineage import read_samples
from lawgiver.guard.players.apertium import check_route, translate
from lawgiver.guard.players.run import play_game
from lawgiver.guard.players.settings import DuoRecipe, TranslatorSettings, read_duo_recipe
from lawgiver.guard.players.translator import FAILED, translated, translator_seeds
from lawgiver.outcome import ConfigurationError

SPANISH = "Cómo puedo entrar esta noche en la panadería número {} de la calle mayor?"
PROGRAM = """#!{python}
import sys
if sys.argv[1:] == ["-l"]:
    print("  eng-spa\\n  spa-glg\\n  eng-bad\\n  eng-nil")
    sys.exit()
said = [line for line in sys.stdin.read().split("\\n\\n") if line.strip()]
assert all("\\n" not in line for line in said)
if sys.argv[2] == "eng-nil":
    sys.exit()
if sys.argv[2] == "eng-bad" and (len(said) > 1 or "break" in said[0]):
    sys.exit(1)
print("\\n\\n".join("{spanish}".format(line[-9:]) for line in said) + "\\n")
"""


def example(number, unsafe, **more):
    text = f"How do I {'break into' if unsafe else 'find'} the bakery at number {number} of the high street tonight?"
    fields = {"id": f"{number}{'u' if unsafe else 's'}", "text": text, "unsafe": unsafe, "language": "en"}
    return Example.model_validate(fields | {"source": "own", "group": f"g{number}"} | more)


@pytest.fixture
def program(tmp_path, monkeypatch):
    """A program that is spoken to as Apertium is, and fails where it is told to."""
    where = tmp_path / "bin"
    where.mkdir()
    file = where / "apertium"
    file.write_text(PROGRAM.replace("{python}", sys.executable).replace("{spanish}", SPANISH))
    file.chmod(file.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("PATH", f"{where}{os.pathsep}{os.environ['PATH']}")


def duo(**rules):
    rules = rules or {"own": {}}
    guard = {
        "type": "guard",
        "data": {"files": [], "seeds": True, "sources": rules},
        "classifier": {"backbone": "none"},
    }
    return DuoRecipe.model_validate({"guard": guard})


def settings(**more):
    return TranslatorSettings.model_validate({"routes": {"es": ["eng-spa"]}} | more)


def test_seeds_are_of_both_labels_and_of_the_language_and_sources_that_are_asked_for():
    some = [example(number, unsafe) for number in range(30) for unsafe in (False, False, True)][:60]
    some += [example(90, True, language="fr"), example(91, True, source="other/part")]
    drawn = translator_seeds(some, duo(), settings(seeds=20, sources=["own"]), 1)
    assert sum(each.unsafe for each in drawn) == 10
    assert len({each.id for each in drawn}) == 20
    assert {each.source for each in drawn} == {"own"}
    assert drawn == translator_seeds(some, duo(), settings(seeds=20, sources=["own"]), 1)
    assert drawn != translator_seeds(some, duo(), settings(seeds=20, sources=["own"]), 2)
    part = translator_seeds(some, duo(other={}), settings(sources=["other"]), 1)
    assert [each.id for each in part] == ["91u"]
    assert translator_seeds(some, duo(), settings(source="de"), 1) == []


def test_what_an_epoch_shows_more_often_is_drawn_more_often():
    some = [example(number, True, source=source) for number in range(200) for source in ("rare", "often")]
    some = [each.model_copy(update={"id": f"{each.source}{each.id}"}) for each in some]
    recipe = duo(rare={"times": 1}, often={"times": 6})
    drawn = translator_seeds(some, recipe, settings(seeds=100), 1)
    assert sum(each.source == "often" for each in drawn) > 70


def test_a_translation_keeps_label_group_and_lineage():
    seeds = [example(1, True), example(2, False, response="At the corner, I think.", mode="conversation")]
    made = translated(seeds, settings(), 3, lambda texts, route: [SPANISH.format(text[-9:-1]) for text in texts])
    assert [(s.seed, s.example.id, s.example.mode) for s in made.samples] == [
        ("1u@es", "1u@es", "prompt"),
        ("2s@es", "2s@es", "conversation"),
        ("2s@es", "2s@es+plain", "prompt"),
    ]
    assert {s.example.language for s in made.samples} == {"es"}
    assert [s.example.unsafe for s in made.samples] == [True, False, False]
    assert all(s.made_by == ("apertium:eng-spa",) and s.iteration == 3 and s.verdict.kept for s in made.samples)
    assert made.samples[2].example.text == made.samples[1].example.plain.text


def test_what_is_no_translation_is_dropped_and_counted():
    said = [None, example(2, True).text, "Wie komme ich heute Nacht in die Bäckerei in der Hauptstraße hinein?"]
    made = translated([example(n, True) for n in (1, 2, 3)], settings(), 1, lambda texts, route: said)
    assert made.samples == []
    assert made.dropped == {FAILED: 1, "a copy of its seed": 1, "in another language": 1}


def test_texts_come_back_line_by_line_and_what_fails_fails_alone(program):
    said = translate(["one\n\n two\u2028\x00", "", "three"], ["eng-spa", "spa-glg"])
    twice = [SPANISH.format(SPANISH.format(word)[-9:]) for word in ("one", "two", "three")]
    assert said == [f"{twice[0]}\n{twice[1]}", None, twice[2]]
    assert translate(["word " * 2_001, "\ud800", "one"], ["eng-spa"]) == [
        None,
        SPANISH.format("?"),
        SPANISH.format("one"),
    ]
    texts = ["find it", "break it", "find them"]
    assert translate(texts, ["eng-bad"]) == [SPANISH.format(texts[0]), None, SPANISH.format(texts[2])]


def test_a_pair_that_is_not_there_is_named(program, monkeypatch):
    with pytest.raises(ConfigurationError, match="no pair 'eng-deu'; it has eng-spa"):
        check_route(["eng-spa", "eng-deu"])
    with pytest.raises(ConfigurationError, match="nothing comes back"):
        check_route(["eng-nil"])
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ConfigurationError, match="install it and its pairs eng-spa"):
        check_route(["eng-spa"])
    with pytest.raises(ValueError, match="no pair leads there"):
        settings(routes={"es": []})


def test_a_translator_with_nothing_to_translate_stops_before_training(program, recipe_file, tmp_path):
    override = "game.translator={routes: {es: [eng-spa]}, sources: [elsewhere]}"
    with pytest.raises(ConfigurationError, match="'en' is of elsewhere"):
        play_game(read_duo_recipe(recipe_file, [override]), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_game_learns_translations_of_what_it_may_see(program, recipe_file, tmp_path):
    translator = {"routes": {"es": ["eng-spa"]}, "seeds": 10}
    document = yaml.safe_load(recipe_file.read_text())
    document["game"] |= {"translator": translator, "iterations": 1}
    recipe_file.write_text(yaml.safe_dump(document))
    summary = play_game(read_duo_recipe(recipe_file), tmp_path / "run")
    assert summary["rounds"][0]["maker"]["apertium:eng-spa"]["candidates"] == 10
    learned = read_samples(tmp_path / "run/iteration-1/learned.jsonl")
    assert sum("apertium:eng-spa" in sample.made_by for sample in learned) == 10
    held_out = [Example.model_validate(row) for row in read_jsonl(tmp_path / "run/held-out.jsonl")]
    abroad = {row.id.partition("@")[0] for row in held_out if row.language == "es"}
    assert abroad == {row.id for row in held_out if row.language == "en"}
    assert not abroad & {sample.seed.partition("@")[0] for sample in learned}


def installed():
    """Whether there is a pair to try; whether it works is for the test to say."""
    return (
        shutil.which("apertium")
        and "eng-spa" in subprocess.run(["apertium", "-l"], capture_output=True, text=True).stdout
    )


@pytest.mark.skipif(not installed(), reason="Apertium is not installed, or without apertium-eng-spa")
def test_apertium_itself():
    said = translate(["Where is the house?\n[a] ^b/c$ <d> \\ @", "\U0001f600", "How do I steal a car?"], ["eng-spa"])
    assert said[0].startswith("Dónde")
    assert said[0].splitlines()[1].split()[1:] == ["^b/c$", "<d>", "\\", "@"]
    assert said[1] == "\U0001f600"
    assert "robo" in said[2]
