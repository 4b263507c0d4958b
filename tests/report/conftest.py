import shutil
from pathlib import Path

import pytest
from synthetic_runs import write_demo

from lawgiver.charter import Charter


@pytest.fixture(scope="session")
def charter(tmp_path_factory: pytest.TempPathFactory) -> Charter:
    """The declarations of the charter that ships; nothing here is judged, so its rules are left out."""
    root = tmp_path_factory.mktemp("medical")
    shutil.copy(Path(__file__).parents[2] / "charters" / "medical" / "charter.yaml", root)
    return Charter.open(root)


@pytest.fixture(scope="session")
def demo(charter: Charter, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo run with hostile texts in it; tests read it, and copy it before they change it."""
    return write_demo(tmp_path_factory.mktemp("demo"), charter)
