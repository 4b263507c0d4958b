"""A merge from a few options, as the command line gives them."""

from __future__ import annotations

from typing import Any

from lawgiver.align.merge.config import MergeConfig, merge_config
from lawgiver.align.merge.rules import RULES
from lawgiver.outcome import ConfigurationError


def config_from(models: list[str], options: dict[str, Any], seed: int) -> MergeConfig:
    """Settings from options.

    Args:
        models: by name; the first is the base of `slerp` if none is given.
        options: `method`, `base`, `weights`, `t`, `density`, `lambda`, `normalize`, `rescale` and `dtype`, None where
            not given.
        seed: for DARE.

    Raises:
        ConfigurationError: if they do not fit together.
    """
    method, base = options["method"], options["base"]
    if method not in RULES:
        known = "; ".join(f"{name}: {rule.summary}" for name, rule in RULES.items())
        raise ConfigurationError(f"--method: {'give one' if method is None else f'{method} is none'} of {known}")
    if method == "slerp" and base is None:
        base, *models = models
    weights = numbers("--weights", options["weights"], len(models))
    densities = numbers("--density", options["density"], len(models))
    entries: list[dict[str, Any]] = [{"model": name} for name in models]
    for key, values in (("weight", weights), ("density", densities)):
        for entry, value in zip(entries, values or [], strict=False):
            entry[key] = value
    settings = {
        "normalize": options["normalize"],
        "scale": options["lambda"],
        "rescale": options["rescale"],
    }
    return merge_config(
        "merge",
        method=method,
        base=base,
        models=entries,
        t=options["t"],
        dtype=options["dtype"],
        seed=seed,
        **{key: value for key, value in settings.items() if value is not None},
    )


def numbers(option: str, text: str | None, count: int) -> list[float] | None:
    """Read `0.25,0.75`; one number stands for all.

    Raises:
        ConfigurationError: if it is no list of numbers, or not one a model.
    """
    if text is None:
        return None
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        raise ConfigurationError(f"{option} {text!r}: write numbers with commas between them, e.g. 0.25,0.75") from None
    if len(values) not in (1, count):
        raise ConfigurationError(f"{option}: {len(values)} numbers for {count} models (the base needs none)")
    return values if len(values) == count else values * count
