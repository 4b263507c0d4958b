"""A folder that is either whole or not there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lawgiver.outcome import ConfigurationError

LOCK = ".lock"


@contextmanager
def staged(output: Path) -> Iterator[Path]:
    """Give a folder to write to, and put it into its place when all went well.

    It lies beside the place, as `.NAME.unfinished`. An exception removes it. Only a process that is killed outright
    leaves it, and the next one with the same place clears it away.

    Raises:
        ConfigurationError: if another process is writing there.
        OSError: if it cannot be written or moved; nothing is left then.
    """
    from filelock import FileLock, Timeout

    output = output.absolute()
    folder = output.with_name(f".{output.name}.unfinished")
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise ConfigurationError(
            f"{output}: another process is writing it; wait for it, or give another folder"
        ) from None
    try:
        for leftover in folder.iterdir():
            if leftover.name != LOCK:
                shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
        yield folder
        with suppress(FileNotFoundError):
            (folder / LOCK).unlink()
        os.rename(folder, output)  # onto nothing, or onto an empty folder
        _sync(output.parent)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    finally:
        lock.release()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
