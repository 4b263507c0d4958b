"""From the name of a guard to something that scores: our own, a baseline, a rival by name or by file."""

from __future__ import annotations

import json
from pathlib import Path

from lawgiver.guard.baselines import BASELINES
from lawgiver.guard.rivals.spec import ClassifierSpec, EndpointSpec, GenerativeSpec, Spec, read_spec
from lawgiver.guard.scorer import GuardScorer
from lawgiver.models.classifier.card import CARD, INSIDE
from lawgiver.models.hub import is_hub_id
from lawgiver.models.resolve import resolve
from lawgiver.outcome import ConfigurationError

_DUOGUARD = {
    "DuoGuard/DuoGuard-0.5B": "Qwen/Qwen2.5-0.5B",
    "DuoGuard/DuoGuard-1.5B-transfer": "Qwen/Qwen2.5-1.5B",
    "DuoGuard/DuoGuard-1B-Llama-3.2-transfer": "meta-llama/Llama-3.2-1B",
}
"""DuoGuard's weights → the base model whose tokenizer they need."""


def open_scorer(name: str) -> GuardScorer:
    """Open a guard.

    Args:
        name: `constant`, `random` or `keyword`; a run or folder of our own classifier; a YAML file that describes a
            rival; a hub id or folder of a sequence classifier, else of a causal language model, which is then asked
            by the default prompt.

    Raises:
        ConfigurationError: for a name that is none of these, or a guard that does not load.
        DownloadError: if it has to be fetched and cannot be.
    """
    if name in BASELINES:
        return BASELINES[name]
    if _is_own(name):
        from lawgiver.guard.classifier.open import open_guard

        return open_guard(Path(name))
    return open_rival(describe(name))


def check_name(name: str) -> str:
    """What a name stands for, as far as it can be told without fetching or loading a model.

    Raises:
        ConfigurationError: for a file or folder that holds no guard.
    """
    if name in BASELINES:
        return f"the baseline {name}"
    if name.endswith((".yaml", ".yml")) or name in _DUOGUARD:
        spec = describe(name)
        return f"{spec.kind} {spec.model}"
    if Path(name).is_dir():
        return "our own classifier" if _is_own(name) else f"{describe(name).kind} {name}"
    if is_hub_id(name):
        return f"{name} of the hub, which was not asked"
    raise ConfigurationError(
        f"{name}: no guard of that name; give {', '.join(BASELINES)}, a folder, a hub id or a YAML file"
    )


def describe(name: str) -> Spec:
    """What a rival's name or file says, without its weights; looks a hub model up.

    Raises:
        ConfigurationError: for a file that says nothing of the kind, or a folder without a model.
        DownloadError: if the model has to be fetched and cannot be.
    """
    if name.endswith((".yaml", ".yml")):
        return read_spec(Path(name))
    if name in _DUOGUARD:
        return ClassifierSpec(model=name, tokenizer=_DUOGUARD[name], activation="sigmoid")
    config = resolve(name).path / "config.json"
    try:
        architectures = json.loads(config.read_text(encoding="utf-8")).get("architectures") or [""]
    except (OSError, ValueError, AttributeError):
        raise ConfigurationError(f"{name}: no guard there: {config} cannot be read") from None
    if "SequenceClassification" in str(architectures[0]):
        return ClassifierSpec(model=name)
    return GenerativeSpec(model=name)


def open_rival(spec: Spec) -> GuardScorer:
    """Load a rival; errors as `open_scorer`."""
    match spec:
        case ClassifierSpec():
            from lawgiver.guard.rivals.classifier import open_classifier

            return open_classifier(spec)
        case GenerativeSpec():
            from lawgiver.guard.rivals.generative import open_generative

            return open_generative(spec)
        case EndpointSpec():
            from lawgiver.guard.rivals.endpoint import open_endpoint

            return open_endpoint(spec)


def _is_own(name: str) -> bool:
    return any((Path(name) / place / CARD).is_file() for place in ("", INSIDE))
