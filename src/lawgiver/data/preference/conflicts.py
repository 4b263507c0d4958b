"""Find the records that are at odds with themselves or with one another."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import TypeVar

from lawgiver.data.preference.aside import Reason
from lawgiver.data.preference.blind import BlindTexts
from lawgiver.data.preference.record import Labelled, Pair, Record, prompt_key, same

R = TypeVar("R", bound=Record)


def reasons(records: Sequence[Record], blind: BlindTexts) -> list[Reason | None]:
    """Why each of N records is to be set aside, None for those to be used.

    All copies of a contradiction go, since nobody knows which is right; of exact copies the first one stays.
    Texts are compared but for their white space. A record has one reason, the first that applies in the order
    empty, identical, blind, flags, contradiction, duplicate.

    Args:
        records: N records from any number of sources, of any objectives and both forms.
        blind: the texts that must not be seen.

    Returns:
        N reasons. They do not depend on the order of the records, but for which of several copies stays.
    """
    prompts = [prompt_key(record.prompt) for record in records]
    flags = _flags(records, prompts)
    labels = _labels(records, prompts)
    seen: set[Hashable] = set()
    found: list[Reason | None] = []
    for record, prompt in zip(records, prompts, strict=True):
        reason = _alone(record, blind)
        if reason is None and any(len(flags[record.objective, prompt, same(answer)]) > 1 for answer in record.answers):
            reason = Reason.FLAGS
        if reason is None and len(labels[_question(record, prompt)]) > 1:
            reason = Reason.CONTRADICTION
        if reason is None:
            copy = (_question(record, prompt), _label(record))
            reason = Reason.DUPLICATE if copy in seen else None
            seen.add(copy)
        found.append(reason)
    return found


def consistent(records: Sequence[R], *, refuse: Path | None = None) -> tuple[list[R], dict[Reason, int]]:
    """The records that `reasons` finds nothing against, and how many were set aside for each reason.

    `read_preferences` has done this; it is for records that were made otherwise: pairs of a charter, labels of pairs.

    Args:
        records: N records.
        refuse: a list of texts that must not be used, in addition to the one that the environment names.
    """
    found = reasons(records, BlindTexts.wanted(refuse))
    kept = [record for record, reason in zip(records, found, strict=True) if reason is None]
    return kept, dict(Counter(reason for reason in found if reason is not None))


def _alone(record: Record, blind: BlindTexts) -> Reason | None:
    """What is wrong with a record by itself."""
    answers = [same(answer) for answer in record.answers]
    if not all(answers):
        return Reason.EMPTY
    if len(answers) == 2 and answers[0] == answers[1]:
        return Reason.IDENTICAL
    return Reason.BLIND if blind.touch(record) else None


def _question(record: Record, prompt: str) -> Hashable:
    """What a record decides: which of two answers, or whether one is wanted."""
    return (type(record).__name__, record.objective, prompt, frozenset(same(answer) for answer in record.answers))


def _label(record: Record) -> Hashable:
    """How it decides."""
    return same(record.chosen) if isinstance(record, Pair) else record.desirable


def _labels(records: Sequence[Record], prompts: Sequence[str]) -> dict[Hashable, set[Hashable]]:
    labels: dict[Hashable, set[Hashable]] = defaultdict(set)
    for record, prompt in zip(records, prompts, strict=True):
        labels[_question(record, prompt)].add(_label(record))
    return labels


def _flags(records: Sequence[Record], prompts: Sequence[str]) -> dict[tuple[str, str, str], set[bool]]:
    """The flags that each answer to each prompt was given; what is safe for one objective need not be for another."""
    flags: dict[tuple[str, str, str], set[bool]] = defaultdict(set)
    for record, prompt in zip(records, prompts, strict=True):
        for answer, flag in _flagged(record):
            if flag is not None:
                flags[record.objective, prompt, same(answer)].add(flag)
    return flags


def _flagged(record: Record) -> list[tuple[str, bool | None]]:
    match record:
        case Pair():
            return [(record.chosen, record.chosen_safe), (record.rejected, record.rejected_safe)]
        case Labelled():
            return [(record.completion, record.safe)]
