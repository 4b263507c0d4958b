"""mergekit's YAML, for the methods that are here; every other key is an error that names it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lawgiver.align.merge.config import Dtype, MergeConfig, merge_config
from lawgiver.align.merge.rules import RULES, MethodName
from lawgiver.align.merge.settings import Number, Setting
from lawgiver.charter.files import read_yaml
from lawgiver.data.scenario import first_problem
from lawgiver.outcome import ConfigurationError

LIMIT = 1 << 20
"""Bytes of a configuration file that are read."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Own(_Strict):
    """Parameters of one model."""

    weight: Setting | None = None
    density: Setting | None = None


class _Shared(_Own):
    """Parameters of the merge; weight and density are defaults for every model."""

    t: Setting | None = None
    scale: Number | None = Field(default=None, alias="lambda")
    normalize: bool | None = None
    rescale: bool | None = None
    int8_mask: bool | None = None
    """Only spares mergekit memory; it changes nothing here."""


class _Model(_Strict):
    model: str
    parameters: _Own = _Own()


class _Source(_Model):
    layer_range: tuple[int, int]


class _Slice(_Strict):
    sources: tuple[_Source, ...] = Field(min_length=1)
    parameters: _Shared = _Shared()


class _Document(_Strict):
    merge_method: MethodName
    base_model: str | None = None
    models: tuple[_Model, ...] | None = None
    slices: tuple[_Slice, ...] | None = None
    parameters: _Shared = _Shared()
    dtype: Dtype | None = None
    out_dtype: Dtype | None = None
    tokenizer_source: Literal["base"] | None = None


def read_mergekit(path: Path, seed: int = 0) -> tuple[MergeConfig, int | None]:
    """Read mergekit YAML.

    Returns:
        The merge, and how many layers its `slices` say the models have (None without slices): a slice must be the
        whole model, which only the weights can tell.

    Raises:
        ConfigurationError: for a key, a method or a value that is not supported, naming it.
    """
    if path.is_file() and path.stat().st_size > LIMIT:
        raise ConfigurationError(f"{path}: larger than {LIMIT >> 20} MiB; that is no merge configuration")
    try:
        document = _Document.model_validate(read_yaml(path))
    except ValidationError as error:
        raise ConfigurationError(f"{path}: {first_problem(error)}") from None
    shared, models, layers = document.parameters, document.models, None
    if (document.models is None) == (document.slices is None):
        raise ConfigurationError(f"{path}: give models, or slices (slerp only), and not both")
    if document.slices is not None:
        [slice_], layers = document.slices[:1], _whole_range(path, document)
        models = slice_.sources
        own = slice_.parameters
        shared = shared.model_copy(update={key: getattr(own, key) for key in own.model_fields_set})
    assert models is not None
    return merge_config(str(path), **_settings(path, document, models, shared), seed=seed), layers


def _whole_range(path: Path, document: _Document) -> int:
    slices = document.slices or ()
    if document.merge_method != "slerp":
        raise ConfigurationError(f"{path}: slices: only slerp may have them here; use models")
    if len(slices) != 1:
        raise ConfigurationError(f"{path}: slices: {len(slices)} of them; models are merged whole here, so give one")
    ranges = {source.layer_range for source in slices[0].sources}
    [first, *others] = sorted(ranges)
    if others or first[0] != 0 or first[1] < 1:
        raise ConfigurationError(f"{path}: slices: layer_range must be the whole model, the same for every source")
    return first[1]


def _settings(path: Path, document: _Document, models: tuple[_Model, ...], shared: _Shared) -> dict[str, Any]:
    rule = RULES[document.merge_method]
    base = document.base_model
    if not rule.base and base is not None and base not in [entry.model for entry in models]:
        raise ConfigurationError(
            f"{path}: base_model: {document.merge_method} only merges models, and it is none of them"
        )
    others = [entry for entry in models if not rule.base or entry.model != base]
    if rule.base and base is None:
        raise ConfigurationError(f"{path}: base_model: {document.merge_method} wants one")
    settings: dict[str, Any] = {
        "method": document.merge_method,
        "base": base if rule.base else None,
        "template": None if rule.base else base,
        "models": [_model(path, entry, shared, weighs=rule.weight, thins=rule.density) for entry in others],
        "dtype": document.out_dtype or document.dtype,
        "t": shared.t,
    }
    for key, value, taken in (
        ("normalize", shared.normalize, rule.normalize is not None),
        ("scale", shared.scale, rule.scale),
        ("rescale", shared.rescale, rule.rescale),
    ):
        # false where the method never does it is what happens anyway
        if value is not None and (taken or value is not False):
            settings[key] = value
    return settings


def _model(path: Path, entry: _Model, shared: _Shared, *, weighs: bool, thins: bool) -> dict[str, Any]:
    weight = shared.weight if entry.parameters.weight is None else entry.parameters.weight
    density = shared.density if entry.parameters.density is None else entry.parameters.density
    if weighs and weight is None:
        raise ConfigurationError(f"{path}: models: {entry.model} has no weight (parameters: weight)")
    # mergekit passes over parameters that a method lacks, and configurations rely on it
    return {
        "model": entry.model,
        **({"weight": weight} if weighs else {}),
        **({"density": density} if thins and density is not None else {}),
    }
