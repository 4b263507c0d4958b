import pytest
from published_folder import write_folder


@pytest.fixture
def published(tmp_path):
    """A folder of evaluation files in the published layout, two languages, free to be changed."""
    return write_folder(tmp_path / "evaluation")
