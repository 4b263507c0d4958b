"""Where a charter is: a folder, or one that ships with lawgiver."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from lawgiver.charter import files
from lawgiver.outcome import ConfigurationError


def find_charter(source: str | Path) -> Path:
    """The folder of a charter given by path, or by the name of one that ships with lawgiver.

    Raises:
        ConfigurationError: if there is neither, listing the names that ship.
    """
    path = Path(source)
    if (path / files.SPEC).is_file():
        return path
    shipped = shipped_folder("charters")
    if str(source) in (names := sorted(p.parent.name for p in shipped.glob(f"*/{files.SPEC}"))):
        return shipped / str(source)
    raise ConfigurationError(
        f"{source}: no {files.SPEC} there, and no charter of that name ships with lawgiver "
        f"(there are: {', '.join(names)}); `lawgiver charter new {path.name}` makes one"
    )


def shipped_folder(kind: str) -> Path:
    """The folder of charters or recipes that ship: inside the wheel, or at the root of a checkout."""
    package = Path(str(resources.files("lawgiver")))
    installed = package / "_bundled" / kind
    return installed if installed.is_dir() else package.parent.parent / kind
