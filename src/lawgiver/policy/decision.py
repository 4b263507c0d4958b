"""The decision document: the only thing a policy may answer with.

A document that breaks the contract is replaced by a denied decision whose `error` says what was wrong:
nothing that was not checked passes, and nothing that was not scored becomes a 0.
"""

from __future__ import annotations

import sys
from typing import Any, Final, NotRequired, TypedDict, cast

ACTIONS: Final = frozenset({"allow", "block", "rewrite", "escalate", "append"})
SEVERITIES: Final = frozenset({"minor", "major"})

_FIELDS: Final = frozenset({"action", "values", "costs", "rewards", "violations", "obligations"})
_VIOLATION_FIELDS: Final = frozenset({"rule", "severity", "message"})
_LONGEST_ERROR: Final = 1000
_ROUNDING: Final = 1e-9
_LARGEST: Final = sys.float_info.max


class Violation(TypedDict):
    """A rule that fired."""

    rule: str
    """Its id, e.g. `dharma.scope`."""
    severity: str
    """`minor` or `major`."""
    message: str
    """What was wrong, for a reader who does not know the rule."""


class Decision(TypedDict):
    """What a policy says about one input."""

    action: str
    """`allow`, `block`, `rewrite`, `escalate` or `append`."""
    values: dict[str, float]
    """Each principle that was scored, 0 (broken) to 1 (kept); one that was not scored is absent.

    A value that rounding pushed outside by at most 1e-9 is moved to the bound.
    """
    costs: dict[str, float]
    """Each constraint's cost, a finite number; one that was not measured is absent."""
    violations: list[Violation]
    obligations: list[Any]
    """What else must be done (texts or objects), e.g. a disclaimer to append."""
    rewards: NotRequired[dict[str, float]]
    """Only if the policy decides moves: each moral framework's reward for the move, a finite number of any size.

    A framework that has nothing to say about the move is absent.
    """
    error: NotRequired[str]
    """Only on a denied decision: why there is no real one."""


def denied(error: str) -> Decision:
    """Stand in for a decision that could not be made: block, score nothing, say why."""
    if len(error) > _LONGEST_ERROR:
        error = error[: _LONGEST_ERROR - 1] + "…"
    return {"action": "block", "values": {}, "costs": {}, "violations": [], "obligations": [], "error": error}


def validate_decision(document: object) -> Decision:
    """Check a policy's answer; return it whole, or a denied decision that says what is wrong with it.

    `action` is required; the other fields default to empty. Unknown fields are refused, because a misspelt
    `violation` would otherwise be a violation nobody sees.
    """
    problem = _problem(document)
    if problem is not None:
        return denied(f"the policy's decision is malformed: {problem}")
    answer = cast("dict[str, Any]", document)
    decision: Decision = {
        "action": answer["action"],
        "values": {name: min(max(value, 0.0), 1.0) for name, value in answer.get("values", {}).items()},
        "costs": answer.get("costs", {}),
        "violations": answer.get("violations", []),
        "obligations": answer.get("obligations", []),
    }
    if "rewards" in answer:
        decision["rewards"] = answer["rewards"]
    return decision


# Written by hand: this runs on every decision, and a schema library costs several times the evaluation's own
# share.
def _problem(document: object) -> str | None:
    if not isinstance(document, dict):
        return f"it is {_kind(document)}, not an object with an action"
    if "action" not in document:
        return "it has no action"
    action = document["action"]
    if not isinstance(action, str) or action not in ACTIONS:
        return f"action is {_show(action)}, not one of {', '.join(sorted(ACTIONS))}"
    if not document.keys() <= _FIELDS:
        unknown = sorted(_show(key) for key in document.keys() - _FIELDS)
        return f"unknown field {', '.join(unknown)}; it may have {', '.join(sorted(_FIELDS))}"
    return (
        _bad_numbers("values", document.get("values", {}), bounded=True)
        or _bad_numbers("costs", document.get("costs", {}), bounded=False)
        or _bad_numbers("rewards", document.get("rewards", {}), bounded=False)
        or _bad_violations(document.get("violations", []))
        or _bad_obligations(document.get("obligations", []))
    )


def _bad_numbers(field: str, numbers: object, *, bounded: bool) -> str | None:
    if not isinstance(numbers, dict):
        return f"{field} is {_kind(numbers)}, not an object of numbers"
    for name, number in numbers.items():
        if not isinstance(name, str):
            return f"{field} has the key {_show(name)}, not a text"
        if type(number) is not float and type(number) is not int:  # a bool is an int to isinstance
            return f"{field}.{name} is {_kind(number)}, not a number"
        if not -_LARGEST <= number <= _LARGEST:
            return f"{field}.{name} is {_show(number)}, not a finite number"
        if bounded and not -_ROUNDING <= number <= 1.0 + _ROUNDING:
            return f"{field}.{name} is {number}, outside 0 to 1"
    return None


def _bad_violations(violations: object) -> str | None:
    if not isinstance(violations, list):
        return f"violations is {_kind(violations)}, not an array"
    for index, violation in enumerate(violations):
        if not isinstance(violation, dict) or violation.keys() != _VIOLATION_FIELDS:
            return f"violations[{index}] is {_show(violation)}, not an object of rule, severity and message"
        if not isinstance(violation["severity"], str) or violation["severity"] not in SEVERITIES:
            return f"violations[{index}].severity is {_show(violation['severity'])}, not minor or major"
        if not isinstance(violation["rule"], str) or not violation["rule"]:
            return f"violations[{index}].rule is {_show(violation['rule'])}, not a rule's id"
        if not isinstance(violation["message"], str):
            return f"violations[{index}].message is {_kind(violation['message'])}, not a text"
    return None


def _bad_obligations(obligations: object) -> str | None:
    if not isinstance(obligations, list):
        return f"obligations is {_kind(obligations)}, not an array"
    for index, obligation in enumerate(obligations):
        if not isinstance(obligation, str | dict):
            return f"obligations[{index}] is {_kind(obligation)}, not a text or an object"
    return None


def _kind(value: object) -> str:
    names = {dict: "an object", list: "an array", str: "a text", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number" if isinstance(value, int | float) else type(value).__name__)


def _show(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"
