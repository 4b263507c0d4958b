"""The page of a certificate: `certificate.json` in, one self-contained `certificate.html` out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lawgiver.data.files import atomic_write
from lawgiver.data.rundir import RunDirectory
from lawgiver.outcome import ConfigurationError
from lawgiver.report.certificate_plot import bounds_plot
from lawgiver.report.certificate_words import (
    MARKS,
    STATES,
    at_least,
    at_most,
    confidence_words,
    each_row,
    quantity,
    sentence,
    settles_words,
)
from lawgiver.report.template import fill
from lawgiver.report.words import number, p_value, short_title

DOCUMENT = "certificate.json"
PAGE = "certificate.html"


def write_certificate(folder: Path) -> Path:
    """Write the page of the certificate that a folder holds.

    The page is one file: no scripts, nothing fetched, every text of users and models escaped.

    Raises:
        ConfigurationError: if there is no certificate, or it is not in the form lawgiver writes.
        OSError: if the page cannot be written.
    """
    document = RunDirectory(folder).read(DOCUMENT)
    try:
        page = render_certificate(document)
    except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError) as error:
        raise ConfigurationError(
            f"{folder / DOCUMENT}: not in the form lawgiver writes ({type(error).__name__}: {error}); certify again"
        ) from error
    path = folder / PAGE
    atomic_write(path, page)
    return path


def render_certificate(document: Mapping[str, Any]) -> str:
    """The page as text."""
    return fill(
        "certificate.html.j2",
        d=document,
        rows=list(each_row(document)),
        plot=bounds_plot(document),
        states=STATES,
        marks=MARKS,
        sentence=sentence,
        quantity=quantity,
        settles=settles_words,
        title=lambda found: short_title(found.get("title") or found["name"]),
        confidence=confidence_words,
        at_most=at_most,
        at_least=at_least,
        number=number,
        p=p_value,
    )
