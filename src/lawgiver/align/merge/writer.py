"""A safetensors file written one tensor at a time.

The library's writer wants every tensor of a file in memory at once. The format allows more: a length, a JSON header
and the bytes in order; so with the shapes known before, each tensor is written, hashed and let go.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

TYPES = {
    torch.float32: "F32",
    torch.bfloat16: "BF16",
    torch.float16: "F16",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.int16: "I16",
    torch.int8: "I8",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}


class Spec(Protocol):
    """What is known of a tensor before it is made."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape."""

    @property
    def dtype(self) -> torch.dtype:
        """Its type."""

    @property
    def nbytes(self) -> int:
        """Its bytes."""


def write_tensors(path: Path, specs: Sequence[Spec], make: Callable[[str], Tensor]) -> str:
    """Write tensors in order, each made when its turn comes.

    Args:
        path: a file that is not there yet.
        specs: what will be made; tensors of larger elements are written first, so that all lie aligned.
        make: a tensor of the spec's shape and type, by name, on the processor.

    Returns:
        sha256 of the file, lower-case hex.

    Raises:
        OSError: if the disk is full; the file is then incomplete, and the caller's to remove.
    """
    ordered = sorted(specs, key=lambda spec: -spec.dtype.itemsize)
    digest = hashlib.sha256()
    with path.open("xb") as file:
        for piece in _pieces(ordered, make):
            file.write(piece)
            digest.update(piece)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def _pieces(specs: Sequence[Spec], make: Callable[[str], Tensor]) -> Iterable[memoryview | bytes]:
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    offset = 0
    for spec in specs:
        ends = [offset, offset + spec.nbytes]
        header[spec.name] = {"dtype": TYPES[spec.dtype], "shape": list(spec.shape), "data_offsets": ends}
        offset = ends[1]
    encoded = json.dumps(header, separators=(",", ":")).encode()
    encoded += b" " * (-len(encoded) % 8)
    yield len(encoded).to_bytes(8, "little") + encoded
    for spec in specs:
        tensor = make(spec.name)
        assert (tuple(tensor.shape), tensor.dtype) == (spec.shape, spec.dtype), spec.name
        flat: Any = tensor.contiguous().reshape(-1).view(torch.uint8).numpy()
        yield memoryview(flat)
