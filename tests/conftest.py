"""What every test may use; nothing here touches the network or the user's cache, the default model's folder apart."""

import os
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # the models are tiny: more threads only get in each other's way
os.environ["HF_HUB_OFFLINE"] = "1"

import pytest
from hypothesis import settings

from endpoint import serving
from lawgiver.charter import Charter
from lawgiver.models import cache_folder
from small import small_charter

settings.register_profile("untimed", deadline=None)  # a busy machine is no finding
settings.load_profile("untimed")

MEDICAL = Path(__file__).parents[1] / "charters" / "medical"


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory):
    """Policies are vetted in a cache of this session's own; a model that was fetched before is found still."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAWGIVER_CACHE", str(cache_folder().parent))
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.delenv("LAWGIVER_JUDGE_URL", raising=False)
        yield


@pytest.fixture
def small(tmp_path):
    """The folder of a small lexical charter, free to be changed."""
    return small_charter(tmp_path / "small")


@pytest.fixture(scope="session")
def medical():
    """The charter that ships; only to be read."""
    return Charter.open(MEDICAL)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    """The folder of a two-layer random Llama with a byte tokenizer; only to be read."""
    from tiny import save_tiny  # brings torch

    return save_tiny(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture
def serve():
    """Start chat completion endpoints: `serve(reply)`, a text, a completion or a function of body and call number."""
    with serving() as start:
        yield start
