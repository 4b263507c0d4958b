"""Overlapping windows of tokens over a text of any length, each knowing which characters it covers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from lawgiver.outcome import ConfigurationError

_BLANKS = ("▁", "Ġ", "Ċ")  # how tokenizers write a space or a line break that stands alone


@dataclass(frozen=True, slots=True)
class Window:
    """What the model reads at once."""

    ids: list[int]
    """Token ids, with the model's own tokens around them."""
    start: int
    """The first character it covers, counted from 0."""
    end: int
    """The first one after it."""


class TokenizerParts(Protocol):
    """What is needed of a tokenizer: transformers' fast ones have it, and so has an exported classifier's."""

    @property
    def backend_tokenizer(self) -> Any:
        """A `tokenizers.Tokenizer`."""

    @property
    def all_special_ids(self) -> Sequence[int]:
        """Ids that no text gets."""

    @property
    def unk_token_id(self) -> Any:
        """The id of what is not known, or None."""


def spans(tokens: int, size: int, overlap: int) -> list[tuple[int, int]]:
    """Cut `tokens` tokens into stretches of at most `size` that share at least `overlap` with their neighbours.

    The last one reaches back to be as long as the others. Whatever phrase of up to `overlap` + 1 tokens there is, one
    stretch holds it whole.

    Returns:
        Pairs of the first token and the first after the last; none if there are no tokens.
    """
    if not tokens:
        return []
    starts = [*range(0, max(tokens - size, 0), size - overlap), max(tokens - size, 0)]
    return [(start, min(start + size, tokens)) for start in starts]


class Windower:
    """Cuts texts into windows for one tokenizer."""

    def __init__(self, tokenizer: TokenizerParts, *, size: int, overlap: int, prefix: str = "") -> None:
        """A text in which the name of a special token is written out does not get that token.

        Args:
            tokenizer: the backbone's; it is set to cut nothing, pad nothing and take no special token from a text.
            size: tokens of a window, those around the text included.
            overlap: tokens of text that neighbouring windows share.
            prefix: put before every window, e.g. E5's `query: `.

        Raises:
            ConfigurationError: if no token of text would fit into a window.
        """
        self.tokenizer = tokenizer
        self._backend = tokenizer.backend_tokenizer
        self._backend.no_truncation()
        self._backend.no_padding()
        self._backend.encode_special_tokens = True
        self._special = frozenset(int(token) for token in tokenizer.all_special_ids)
        unknown = tokenizer.unk_token_id
        self._unknown = int(unknown) if isinstance(unknown, int) else None
        self._nothing = {self._unknown, *(self._backend.token_to_id(blank) for blank in _BLANKS)}
        before, after = around(tokenizer)
        self._before, self._after = [*before, *self._encoded(prefix.strip()).ids], after
        self.overlap = overlap
        self.room = size - len(self._before) - len(after)
        if self.room <= overlap:
            raise ConfigurationError(
                f"window: {size} tokens leave {self.room} for the text, and {overlap} of them overlap; make it longer"
            )

    def __call__(self, texts: Sequence[str]) -> list[list[Window]]:
        """The windows of N texts; none for a text of which no known token is left."""
        return [self._windows(text, encoded) for text, encoded in zip(texts, self._all(texts), strict=True)]

    def _windows(self, text: str, encoded: _Encoded) -> list[Window]:
        ids, offsets = encoded.ids, encoded.offsets
        if self._nothing.issuperset(ids):
            return []
        found = []
        cuts = spans(len(ids), self.room, self.overlap)
        for start, end in cuts:
            first = 0 if start == 0 else offsets[start][0]
            last = len(text) if end == len(ids) else offsets[end - 1][1]
            found.append(Window([*self._before, *ids[start:end], *self._after], first, last))
        return found

    def _all(self, texts: Sequence[str]) -> list[_Encoded]:
        encodings = self._backend.encode_batch(list(texts), add_special_tokens=False)
        return [_Encoded(self._plain(encoding.ids), encoding.offsets) for encoding in encodings]

    def _encoded(self, text: str) -> _Encoded:
        return self._all([text])[0]

    def _plain(self, ids: list[int]) -> list[int]:
        """Ids with whatever looks like a special token made unknown: some vocabularies hold these as plain pieces."""
        if self._unknown is None or self._special.isdisjoint(ids):
            return ids
        return [self._unknown if token in self._special else token for token in ids]


@dataclass(frozen=True, slots=True)
class _Encoded:
    ids: list[int]
    offsets: list[tuple[int, int]]


def around(tokenizer: TokenizerParts) -> tuple[list[int], list[int]]:
    """The ids that a tokenizer puts before and after a text."""
    backend = tokenizer.backend_tokenizer
    bare = backend.encode("a", add_special_tokens=False).ids
    whole = backend.encode("a", add_special_tokens=True).ids
    for start in range(len(whole) - len(bare) + 1):
        if whole[start : start + len(bare)] == bare:
            return whole[:start], whole[start + len(bare) :]
    return [], []
