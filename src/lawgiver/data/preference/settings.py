"""Which preference data to read, as a recipe says it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class PreferenceSource(BaseModel):
    """One file, folder or data set of preferences."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str = Field(min_length=1)
    """A file (.jsonl, .jsonl.gz, .json, .parquet), a folder of such files with `:split` if it has several, or
    `owner/name[/folder][@revision][:split]` on the Hugging Face hub; the split is `train` unless said.
    """
    objective: str | None = Field(default=None, min_length=1, max_length=200)
    """What the rows speak of. Rows with several preferences (PKU-SafeRLHF) are read for `helpful` or `safe`, or
    for all of them if this is left out; rows that state one preference without saying of what need it.
    """
    called: str | None = Field(default=None, min_length=1, max_length=200)
    """What to call that objective here, e.g. the constraint of a charter that `safe` stands for."""
    layout: str | None = Field(default=None, alias="schema")
    """The schema by name; None finds it from the columns. Its key is `schema`."""
    where: dict[str, tuple[str | int | bool, ...]] = Field(default_factory=dict)
    """Column → values: only rows with one of them are read, e.g. `{category: [benign]}`."""
    share: float = Field(default=1.0, gt=0, le=1)
    """Use this share of the groups; the same ones whatever else is read."""
    limit: int | None = Field(default=None, ge=1)
    """Stop after so many rows; None reads all."""
