"""How every page is put together: escaped by default, nothing undefined, nothing unprintable."""

from __future__ import annotations

from typing import Any

from lawgiver.report.words import NOTHING, clean, first_upper, short_hash


def fill(template: str, **values: Any) -> str:
    """A template of this package, filled in; every text of users and models is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("lawgiver.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"short_hash": short_hash, "first_upper": first_upper}
    return environment.get_template(template).render(**values)


def _printable(value: Any) -> Any:
    """The last hand on everything the templates put out: no control characters, no `None`."""
    if value is None:
        return NOTHING
    if hasattr(value, "__html__"):
        return value
    return clean(value) if isinstance(value, str) else value
