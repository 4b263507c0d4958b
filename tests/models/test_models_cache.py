"""A folder in the cache is whole or it is not there: killed, full, damaged and crowded."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from lawgiver.models.cache import MANIFEST, cache_folder, fingerprint, is_whole, keep
from lawgiver.outcome import DownloadError

CONTENT = b"weights" * 1000


def build(whole: Path, scratch: Path) -> None:
    (scratch / "download").write_bytes(CONTENT)
    (whole / "model.safetensors").write_bytes(CONTENT)


def silent(_: str) -> None:
    pass


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "models" / "tiny"


def beside(folder):
    """What is in the cache beside the model and its lock."""
    return [path for path in folder.parent.iterdir() if path.name not in {"tiny", "tiny.lock"}]


def test_keep(folder):
    keep(folder, {"name": "tiny"}, build, silent)
    assert is_whole(folder)
    assert not beside(folder)


def test_what_is_whole_is_not_built_again(folder):
    keep(folder, {}, build, silent)

    def never(whole: Path, scratch: Path) -> None:
        raise AssertionError

    keep(folder, {}, never, silent)


@pytest.mark.parametrize("damage", ["flip", "cut", "missing", "manifest", "format"])
def test_damage_is_noticed_and_mended(folder, damage):
    keep(folder, {}, build, silent)
    weights, manifest = folder / "model.safetensors", folder / MANIFEST
    match damage:
        case "flip":
            weights.write_bytes(CONTENT[:-1] + b"x")
        case "cut":
            weights.write_bytes(CONTENT[:-1])
        case "missing":
            weights.unlink()
        case "manifest":
            manifest.write_text("{")
        case "format":
            manifest.write_text(manifest.read_text().replace('"format": ', '"format": 9'))
    assert not is_whole(folder)
    keep(folder, {}, build, silent)
    assert is_whole(folder)


def test_failure_leaves_nothing_and_passes_through(folder):
    def fail(whole: Path, scratch: Path) -> None:
        build(whole, scratch)
        raise DownloadError("the index is down")

    with pytest.raises(DownloadError, match="the index is down"):
        keep(folder, {}, fail, silent)
    assert not folder.exists()
    assert not beside(folder)


def test_failure_leaves_the_old_one(folder):
    """A damaged model is only replaced when the new one is ready."""
    keep(folder, {}, build, silent)
    (folder / MANIFEST).write_text("{}")

    def fail(whole: Path, scratch: Path) -> None:
        raise DownloadError("no network")

    with pytest.raises(DownloadError):
        keep(folder, {}, fail, silent)
    assert (folder / "model.safetensors").read_bytes() == CONTENT


PRELUDE = """
import os, resource, sys, time
from pathlib import Path
from lawgiver.models.cache import keep
folder = Path(sys.argv[1])
"""


def child(code, folder):
    source = PRELUDE + textwrap.dedent(code)
    return subprocess.Popen(
        [sys.executable, "-c", source, str(folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_a_killed_process_leaves_no_half_model_and_no_lock(folder):
    process = child(
        """
        def build(whole, scratch):
            (whole / "model.safetensors").write_bytes(b"half")
            (scratch / "download").write_bytes(b"x" * 1000)
            print("under way", flush=True)
            time.sleep(60)
        keep(folder, {}, build, print)
        """,
        folder,
    )
    assert process.stdout.readline() == "under way\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not folder.exists()
    assert beside(folder)  # it could not tidy up
    keep(folder, {}, build, silent)
    assert is_whole(folder)
    assert not beside(folder)  # so the next one does


def test_a_full_disk_is_said_and_leaves_nothing(folder):
    """A limit on file size fails a write half-way as a full disk does."""
    process = child(
        """
        from lawgiver.outcome import DownloadError
        resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))
        def build(whole, scratch):
            (whole / "model.safetensors").write_bytes(b"x" * 100_000)
        try:
            keep(folder, {}, build, print)
        except DownloadError as error:
            print(error)
        """,
        folder,
    )
    said, trouble = process.communicate(timeout=60)
    assert "cannot be kept there" in said, trouble
    assert "LAWGIVER_CACHE" in said
    assert not folder.exists()
    assert not beside(folder)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_cache_that_cannot_be_written(folder):
    folder.parent.mkdir(parents=True)
    folder.parent.chmod(0o500)
    with pytest.raises(DownloadError, match="LAWGIVER_CACHE"):
        keep(folder, {}, build, silent)


def test_a_cache_below_a_file(tmp_path):
    (tmp_path / "models").write_text("in the way")
    with pytest.raises(DownloadError, match="LAWGIVER_CACHE"):
        keep(tmp_path / "models" / "tiny", {}, build, silent)


def test_two_at_once_build_once(folder):
    code = """
        def build(whole, scratch):
            print("built", flush=True)
            time.sleep(1)
            (whole / "model.safetensors").write_bytes(b"x")
        print("started", flush=True)
        keep(folder, {}, build, lambda message: print(message, flush=True))
        """
    processes = [child(code, folder) for _ in range(3)]
    said = "".join(process.communicate(timeout=60)[0] for process in processes)
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert said.count("built") == 1
    assert is_whole(folder)


def test_waiting_is_said(folder):
    process = child(
        """
        def build(whole, scratch):
            print("under way", flush=True)
            time.sleep(2)
            (whole / "model.safetensors").write_bytes(b"x")
        keep(folder, {}, build, print)
        """,
        folder,
    )
    assert process.stdout.readline() == "under way\n"
    said = []
    begun = time.monotonic()
    keep(folder, {}, build, said.append)
    process.communicate()
    assert said == ["waiting for another process that is fetching tiny"]
    assert time.monotonic() - begun > 0.5
    assert (folder / "model.safetensors").read_bytes() == b"x"


def test_cache_folder_is_the_users_choice(monkeypatch, tmp_path):
    monkeypatch.setenv("LAWGIVER_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path / "models"
    monkeypatch.delenv("LAWGIVER_CACHE")
    assert cache_folder().parts[-2:] == ("lawgiver", "models")


def test_fingerprint_is_of_the_content(folder, tmp_path):
    keep(folder, {"name": "tiny"}, build, silent)
    before = fingerprint(folder)
    (folder / MANIFEST).write_text("{}")  # where it came from is not what it is
    assert fingerprint(folder) == before
    (folder / "model.safetensors").write_bytes(b"other")
    assert fingerprint(folder) != before
