import pytest
from game_recipe import write_recipe
from published_folder import write_folder


@pytest.fixture
def published(tmp_path):
    """A folder of evaluation files in the published layout, two languages, free to be changed."""
    return write_folder(tmp_path / "evaluation")


@pytest.fixture
def recipe_file(tmp_path):
    """A recipe of a small game."""
    return write_recipe(tmp_path)
