"""A recipe of a guard: what it learns from, and how its classifier is trained."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lawgiver.charter.settings import read_settings
from lawgiver.guard.taxonomy import NAMES


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceRule(_Part):
    """What is done with the rows of one source."""

    times: float = Field(default=1.0, ge=0, allow_inf_nan=False)
    """How often a row is seen in an epoch: 2 is twice; 0.25 is a quarter of the rows; 0 leaves the source out."""
    plain: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    """How often a conversation is seen beside that as one message, its answer after it, as public sets print them."""
    cap: int | None = Field(default=None, ge=1)
    """The most rows that are taken, drawn by hash."""
    languages: tuple[str, ...] = ()
    """ISO 639-1 codes of rows to take; empty takes all that `data.languages` does."""
    without: tuple[str, ...] = ()
    """The source's own names of categories whose rows are left out."""
    categories: dict[str, str] = Field(default_factory=dict)
    """The source's own name of a category → the guard's; under any other name a row only says that it is unsafe."""
    category: str | None = None
    """What all unsafe rows of the source are of, whatever else they are."""
    never: tuple[str, ...] = ()
    """Categories that no unsafe row of the source is of, unless it says so itself."""

    @model_validator(mode="after")
    def _categories_are_ours(self) -> SourceRule:
        named = {
            "categories": self.categories.values(),
            "category": [self.category] if self.category is not None else [],
            "never": self.never,
        }
        for key, names in named.items():
            if unknown := set(names) - set(NAMES):
                raise ValueError(f"{key}: {', '.join(sorted(unknown))}: not among {', '.join(NAMES)}")
        if both := {self.category, *self.categories.values()} & set(self.never):
            raise ValueError(f"never: {', '.join(sorted(map(str, both)))}: the same rule says that rows are of it")
        return self


class GuardData(_Part):
    """Where examples come from."""

    folder: Path | None = None
    """Where `files` are looked for; None is where the command runs."""
    files: tuple[Path, ...] = ()
    """Rows of id, text, unsafe, and if known response, mode, language, source, categories, group; JSONL or JSONL.gz."""
    seeds: bool = False
    """Learn from the seeds that ship as well; their sources are `seeds/hate` and so on."""
    sources: dict[str, SourceRule] = Field(default_factory=dict)
    """By name of the source; what is before a slash speaks for all that come after it and have no rule themselves."""
    languages: tuple[str, ...] = ()
    """ISO 639-1 codes of rows to take; empty takes all."""
    dev: float = Field(default=0.05, gt=0, lt=1)
    """The share of groups that training does not see, to watch it by."""
    salt: str = ""
    """Another salt holds out other groups."""
    refuse: Path | None = None
    """A file of SHA-1s of texts that training must not see."""

    @model_validator(mode="after")
    def _something_is_read(self) -> GuardData:
        if not self.files and not self.seeds:
            raise ValueError("files: none, and seeds: false; give one or the other")
        return self

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files, inside the folder if there is one."""
        return tuple(path if self.folder is None else self.folder / path for path in self.files)

    def rule_name(self, source: str) -> str | None:
        """Under which name the source has its rule, if it has one."""
        return next((name for name in (source, source.partition("/")[0]) if name in self.sources), None)

    def rule(self, source: str) -> SourceRule:
        """What is done with a source."""
        name = self.rule_name(source)
        return _PLAIN if name is None else self.sources[name]


_PLAIN = SourceRule()


class ClassifierSettings(_Part):
    """How the classifier is built and trained."""

    backbone: str = "multilingual-e5-small"
    """A catalogue name, a hub id or a folder, of an encoder or a decoder."""
    prune: bool = True
    """Keep of the vocabulary what the training texts use, and all single characters."""
    prune_least: int = Field(default=1, ge=1)
    """How often a token must be seen to be kept."""
    prune_commonest: int = Field(default=0, ge=0, exclude_if=lambda most: most == 0)
    """So many of the vocabulary's commonest tokens are kept as well, for languages that training does not see."""
    prefix: str = ""
    """Put before every window, e.g. E5's `query: `."""
    freeze: int = Field(default=0, ge=0)
    """Layers, from the lowest, that stay as they are."""
    freeze_embeddings: bool = True
    window: int = Field(default=128, ge=8)
    """Tokens that are read at once; longer texts are read in several windows, the highest of which counts."""
    overlap: int = Field(default=32, ge=0)
    train_windows: int = Field(default=2, ge=1)
    """The most windows of a text that training reads, from its beginning on."""
    loss: Literal["bce", "zlpr", "gce"] = "bce"
    gce_q: float = Field(default=0.7, gt=0, le=1)
    """For `gce`: 0 is nearly cross-entropy, 1 is the least moved by wrong labels."""
    smoothing: float = Field(default=0.0, ge=0, lt=1)
    """How far labels are moved towards ½."""
    bootstrap: float = Field(default=0.0, ge=0, lt=1)
    """The share of what the model itself believes in its targets."""
    category_weight: float = Field(default=1.0, ge=0)
    """Of each category's loss, where that of `unsafe` is 1."""
    epochs: float = Field(default=1.0, gt=0)
    learning_rate: float = Field(default=5e-5, gt=0)
    head_learning_rate: float = Field(default=1e-3, gt=0)
    """The head begins at nothing, the backbone does not."""
    schedule: Literal["linear", "cosine", "constant"] = "linear"
    """What follows the warm-up, down to 0 at the end."""
    warmup: float = Field(default=0.06, ge=0, lt=1)
    """The share of steps in which the learning rate rises."""
    weight_decay: float = Field(default=0.01, ge=0)
    max_grad_norm: float = Field(default=1.0, gt=0)
    dropout: float = Field(default=0.1, ge=0, lt=1)
    """Before the head."""
    backbone_dropout: float | None = Field(default=None, ge=0, lt=1, exclude_if=lambda rate: rate is None)
    """Inside the backbone; None keeps its own. None at all (0) is a sixth faster on a CPU."""
    batch: int = Field(default=64, ge=1)
    """Examples a step is made of."""
    micro_tokens: int = Field(default=2048, ge=8)
    """Tokens a backward pass takes at once, padding included; a step's examples are grouped by length."""
    seed: int = 0
    save_every: int = Field(default=100, ge=1)
    """Steps between checkpoints."""
    measure_every: int = Field(default=200, ge=1)
    """Steps between looks at the examples held out."""
    measure_most: int = Field(default=2000, ge=1)
    """Examples of them that are looked at, the same ones every time."""
    keep_checkpoints: int = Field(default=1, ge=1)

    @model_validator(mode="after")
    def _windows_overlap_in_part(self) -> ClassifierSettings:
        if 2 * self.overlap > self.window:
            raise ValueError(f"overlap: {self.overlap} is more than half of window {self.window}")
        return self


class GuardRecipe(_Part):
    """A guard and what it is made from."""

    type: Literal["guard"] = "guard"
    data: GuardData
    classifier: ClassifierSettings = ClassifierSettings()


def read_guard_recipe(path: Path, overrides: list[str] | None = None) -> GuardRecipe:
    """Read a recipe and apply `key=value` overrides, dotted keys reaching inside (`classifier.freeze=6`).

    Raises:
        ConfigurationError: for malformed YAML, an unknown key or a value out of range.
    """
    return read_settings(GuardRecipe, path, overrides)
