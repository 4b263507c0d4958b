"""A rival guard described in a file: which model, how it is asked, and what of its answer means unsafe."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator

from lawgiver.data.files import read_text
from lawgiver.guard.rivals.prompt import DEFAULT, JUDGE
from lawgiver.guard.taxonomy import NAMES
from lawgiver.outcome import ConfigurationError

Label = Literal["unsafe", "safe", "ignore"]


class _Spec(BaseModel):
    """What every rival has."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, protected_namespaces=())

    name: str = ""
    """What tables call it; empty takes the model's name."""
    model: str = Field(min_length=1)
    """A hub id or a folder; of an endpoint, the model's name there."""


class ClassifierSpec(_Spec):
    """A sequence classifier."""

    kind: Literal["classifier"] = "classifier"
    tokenizer: str | None = None
    """A hub id or a folder, for weights that come without one; DuoGuard's do."""
    labels: dict[str, str] = Field(default_factory=dict)
    """The model's label → `unsafe`, `safe`, `ignore`, or a category; empty tells it from the labels' names."""
    activation: Literal["auto", "sigmoid", "softmax"] = "auto"
    """How logits become probabilities; `auto` takes softmax but for models that say they are multi-label."""
    max_length: int = Field(default=512, ge=16)
    """Tokens read at once."""
    overlap: int = Field(default=64, ge=0)
    """Tokens that neighbouring windows of a longer text share."""
    long: Literal["windows", "cut"] = "windows"
    """A longer text is read in windows, of which the worst counts, or cut as in DuoGuard's script."""
    batch_size: int = Field(default=16, ge=1)

    @field_validator("labels")
    @classmethod
    def _known(cls, labels: dict[str, str]) -> dict[str, str]:
        if unknown := set(labels.values()) - {"unsafe", "safe", "ignore", *NAMES}:
            raise ValueError(f"{', '.join(sorted(unknown))}: give unsafe, safe, ignore or one of {', '.join(NAMES)}")
        return labels


class _Asked(_Spec):
    """What is asked in words."""

    template: str = DEFAULT
    """What it is asked, with `{text}` where the text goes."""
    unsafe: str = Field(default="unsafe", min_length=1)
    """The answer that means unsafe."""
    safe: str = Field(default="safe", min_length=1)
    """The answer that means safe."""

    @field_validator("template")
    @classmethod
    def _has_place(cls, template: str) -> str:
        if template.count("{text}") != 1:
            raise ValueError("one {text} is wanted, where the text goes")
        return template


class GenerativeSpec(_Asked):
    """A causal language model, by the log-probabilities of the two answers; nothing is sampled."""

    kind: Literal["generative"] = "generative"
    batch_size: int = Field(default=8, ge=1)


class EndpointSpec(_Asked):
    """A model behind an OpenAI-compatible endpoint."""

    kind: Literal["endpoint"] = "endpoint"
    base_url: str
    """Up to and without `/chat/completions`."""
    api_key_env: str | None = None
    """The environment variable that holds the key."""
    reply: Literal["json", "words"] = "json"
    """`json` asks for a probability under `rubric`; `words` sends `template` and reads which answer comes first."""
    rubric: str = Field(default=JUDGE, min_length=1)
    """What `json` judges by."""
    concurrency: int = Field(default=8, ge=1)
    timeout_s: float = Field(default=60.0, gt=0)


Spec = ClassifierSpec | GenerativeSpec | EndpointSpec
_ADAPTER: TypeAdapter[Spec] = TypeAdapter(Annotated[Spec, Field(discriminator="kind")])


def read_spec(path: Path) -> Spec:
    """Read a rival's YAML file.

    Raises:
        ConfigurationError: naming file and key of what is wrong.
    """
    try:
        document: Any = yaml.safe_load(read_text(path))
    except (yaml.YAMLError, RecursionError) as error:
        raise ConfigurationError(f"{path}: not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(document, dict):
        raise ConfigurationError(f"{path}: kind, model and so on are wanted, as keys")
    try:
        return _ADAPTER.validate_python(document)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"][1:]) or "kind"
        raise ConfigurationError(f"{path}:{key}: {first['msg']}") from None
