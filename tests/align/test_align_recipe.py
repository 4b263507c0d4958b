from pathlib import Path

import pytest
import yaml

from lawgiver.align import read_recipe
from lawgiver.align.preference_models import read_preference_models
from lawgiver.align.stages import read_stages
from lawgiver.charter import shipped_folder
from lawgiver.games.learn.plan import prepare
from lawgiver.games.learn.recipe import read_games_recipe
from lawgiver.guard.classifier.settings import read_guard_recipe
from lawgiver.guard.players.settings import read_duo_recipe
from lawgiver.outcome import ConfigurationError

SHIPPED = sorted(shipped_folder("recipes").glob("*.yaml"))


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("# short\nmodel: m\ncharter: c\nlora: {rank: 4, alpha: 8}\nlagrangian: {initial: 0.25}\n")
    return path


def test_there_is_a_recipe_that_ships():
    assert "argen.yaml" in [path.name for path in SHIPPED]


@pytest.mark.parametrize("shipped", SHIPPED, ids=lambda path: path.name)
def test_recipes_that_ship_are_valid(shipped):
    if yaml.safe_load(shipped.read_text()).get("type") == "games":
        assert prepare(read_games_recipe(shipped)).held_out
        return
    if yaml.safe_load(shipped.read_text()).get("type") == "stages":
        assert read_stages(shipped).stages
        return
    if yaml.safe_load(shipped.read_text()).get("type") == "preference-models":
        assert read_preference_models(shipped).heads
        return
    if yaml.safe_load(shipped.read_text()).get("type") == "guard":
        assert read_guard_recipe(shipped).data.sources
        return
    if yaml.safe_load(shipped.read_text()).get("type") == "duoguard":
        assert read_duo_recipe(shipped).guard.data.sources
        return
    recipe = read_recipe(shipped)
    assert recipe.prompts_per_step * recipe.generations % recipe.micro_batch == 0


def test_a_key_can_be_overridden_and_a_dotted_one_reaches_inside(path):
    recipe = read_recipe(path, ["steps=3", "lora.rank=2", "weighting.strategy=mean_inverse", "learning_rate=1e-3"])
    assert (recipe.steps, recipe.lora.rank, recipe.lora.alpha) == (3, 2, 8)
    assert recipe.weighting.strategy == "mean_inverse"
    assert recipe.learning_rate == 0.001
    assert recipe.lagrangian.initial == 0.25
    assert read_recipe(path, ["lora=null"]).lora is None
    assert read_recipe(path, ["charter=a=b"]).charter == "a=b"


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("step=3", r"mine\.yaml: step: unknown key"),
        ("lora.size=3", r"mine\.yaml: lora\.size: unknown key"),
        ("steps=many", r"steps: "),
        ("steps=0", r"steps: "),
        ("temperature=0", r"temperature: "),
        ("steps", r"--set 'steps': write key=value"),
        ("=3", r"--set '=3': write key=value"),
        ("model.name=x", r"--set 'model\.name=x': model holds no keys"),
        ("steps=[1", r"--set 'steps=\[1': the value is not YAML"),
        ("micro_batch=5", r"micro_batch 5 does not divide the 32 completions"),
        ("generations=1", r"generations: "),
        ("type=ppo", r"type: "),
        ("weighting.strategy=loudest", r"weighting\.strategy: "),
        ("lagrangian.cap=0", r"lagrangian\.cap: "),
    ],
)
def test_a_wrong_override_is_named(path, override, says):
    with pytest.raises(ConfigurationError, match=says):
        read_recipe(path, [override])


def test_a_malformed_recipe_is_named_by_file_line_and_column(tmp_path):
    path = tmp_path / "r.yaml"
    path.write_text("model: m\ncharter: [c\nsteps: 3\n")
    with pytest.raises(ConfigurationError, match=r"r\.yaml:3:6: not YAML"):
        read_recipe(path)
    path.write_text("model: m\n")
    with pytest.raises(ConfigurationError, match=r"r\.yaml: charter: Field required"):
        read_recipe(path)
    with pytest.raises(ConfigurationError, match=r"gone\.yaml: no such file"):
        read_recipe(Path(tmp_path / "gone.yaml"))
