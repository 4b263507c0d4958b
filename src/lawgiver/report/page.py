"""The one entry: a run directory in, `report.html` beside its documents out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lawgiver.data.files import atomic_write
from lawgiver.data.rundir import RunDirectory
from lawgiver.outcome import ConfigurationError
from lawgiver.report.guard import is_guard, write_guard
from lawgiver.report.material import Material
from lawgiver.report.reading import read_material
from lawgiver.report.template import fill

if TYPE_CHECKING:
    from lawgiver.report.games.material import GamesMaterial
    from lawgiver.report.preference_models.material import PreferenceModelsMaterial
    from lawgiver.report.stages.material import StagesMaterial

REPORT = "report.html"


def write_report(folder: Path) -> Path:
    """Write the report of whatever run a folder holds.

    That is an evaluation, a training run, a run of stages or of preference models, a comparison, a demo, a game run, a
    folder of game runs, or a guard's evaluation.

    The page is one file: no scripts, nothing fetched, every text of users and models escaped.

    Args:
        folder: the run directory; its content says which kind it is.

    Returns:
        The path of the page.

    Raises:
        ConfigurationError: if the folder holds no run, or a document in it is not what lawgiver writes.
        OSError: if the page cannot be written.
    """
    if is_guard(RunDirectory(folder)):
        return write_guard(folder)
    material = read_material(folder)
    try:
        page = render(material)
    except ConfigurationError:
        raise
    except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError) as error:
        raise ConfigurationError(
            f"{folder}: a document of the run is not in the form lawgiver writes "
            f"({type(error).__name__}: {error}); make the run again with this version"
        ) from error
    path = folder / REPORT
    atomic_write(path, page)
    return path


def render(material: Material | GamesMaterial | StagesMaterial | PreferenceModelsMaterial) -> str:
    """The page as text."""
    from lawgiver.report.sections import sections_of

    built = [(section, section.build(material)) for section in sections_of(material.kind)]
    return fill(
        "report.html.j2",
        material=material,
        charter=material.any_run.charter if material.any_run else {},
        sections=[(section, shown) for section, shown in built if shown is not None],
    )
