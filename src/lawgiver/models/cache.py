"""The cache of models: a folder in it is whole and checked, or it is not there."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lawgiver.data.files import atomic_write, sha256_bytes, sha256_file
from lawgiver.outcome import DownloadError

MANIFEST = "lawgiver.json"
FORMAT = 2
"""Raised whenever the same source would be written differently; what an older lawgiver wrote is then made anew."""
Say = Callable[[str], None]


def cache_folder() -> Path:
    """Where models are kept: `$LAWGIVER_CACHE/models`, or `models` in the user's cache folder for lawgiver."""
    import platformdirs

    root = os.environ.get("LAWGIVER_CACHE") or platformdirs.user_cache_dir("lawgiver")
    return Path(root).expanduser() / "models"


def is_whole(folder: Path) -> bool:
    """Whether a folder holds every file of its manifest, each as it was written, in the present format."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        files = manifest["files"]
        if manifest["format"] != FORMAT or not files:
            return False
        return all(sha256_file(folder / Path(name).name) == digest for name, digest in files.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def fingerprint(folder: Path, *, but: str = "") -> str:
    """One sha256 over weights, configuration and tokenizer in a model folder, but for one file; reads all of them."""
    hashes = {
        path.name: sha256_file(path)
        for path in sorted(folder.iterdir())
        if path.suffix in {".safetensors", ".json", ".jinja", ".model", ".txt"} and path.name not in {MANIFEST, but}
    }
    return sha256_bytes(json.dumps(hashes, sort_keys=True).encode())


def keep(folder: Path, origin: Mapping[str, Any], build: Callable[[Path, Path], None], say: Say) -> None:
    """Put a model into the cache, once, however many processes ask at the same time.

    Args:
        folder: where it shall be; left as it was if anything goes wrong.
        origin: what the manifest says of where it came from.
        build: given an empty folder to write the model to and another one for what is needed on the way.
        say: told what takes time.

    Raises:
        DownloadError: if the cache cannot be written; what `build` raises passes through.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _alone(folder, say):
            if is_whole(folder):  # another process was faster
                return
            for leftover in folder.parent.glob(f".{folder.name}.*"):  # of a process that was killed
                shutil.rmtree(leftover, ignore_errors=True)
            with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as temporary:
                whole, scratch = Path(temporary) / "model", Path(temporary) / "scratch"
                whole.mkdir()
                scratch.mkdir()
                build(whole, scratch)
                for path in whole.iterdir():
                    path.chmod(0o644)  # a cache may be shared; some writers keep their files to themselves
                hashes = {path.name: sha256_file(path) for path in sorted(whole.iterdir())}
                atomic_write(whole / MANIFEST, json.dumps({"format": FORMAT, **origin, "files": hashes}, indent=1))
                if folder.exists():
                    shutil.rmtree(folder)  # damaged, or it would have been used
                os.replace(whole, folder)
    except DownloadError:
        raise
    except OSError as error:
        raise DownloadError(
            f"{folder.parent}: {folder.name} cannot be kept there ({error.strerror or error}); free some space "
            "(about 500 MB for the default model) or set LAWGIVER_CACHE to another folder"
        ) from None


@contextlib.contextmanager
def _alone(folder: Path, say: Say) -> Iterator[None]:
    from filelock import FileLock, Timeout

    lock = FileLock(f"{folder}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        say(f"waiting for another process that is fetching {folder.name}")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
