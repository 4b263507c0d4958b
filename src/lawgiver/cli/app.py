"""`lawgiver`: the commands, and what happens when one fails."""

from __future__ import annotations

import errno
import sys
import warnings
from collections.abc import Sequence

import typer

from lawgiver.cli import (
    align,
    arena,
    certify,
    charter,
    demo,
    evaluate,
    games,
    guard,
    judge,
    merge,
    models,
    report,
    sweep,
)
from lawgiver.outcome import ConfigurationError, LawgiverError

app = typer.Typer(
    name="lawgiver",
    help="One charter for a language model, from training to proof.",
    epilog="Start with `lawgiver demo`. Exit status: 0 fine, 1 findings or a failed run, 2 usage or "
    "configuration, 130 interrupted.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
app.command("demo")(demo.demo)
app.add_typer(charter.app, name="charter")
app.command("judge")(judge.judge)
app.command("align")(align.align)
app.command("evaluate")(evaluate.evaluate)
app.command("compare")(evaluate.compare)
app.command("arena")(arena.arena)
app.command("certify")(certify.certify)
app.command("merge")(merge.merge)
app.command("sweep")(sweep.sweep)
app.command("report")(report.report)
app.add_typer(games.app, name="games")
app.add_typer(guard.app, name="guard")
app.add_typer(models.app, name="models")


INTERRUPTED = "interrupted; what was finished is kept, and the same command with --resume goes on from there"
STOPPED = "interrupted; nothing half-written is left, and the same command begins anew"
UNWRITABLE = {
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM),
    *(errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG),  # a file where a folder was to be, or the reverse
}


def version(value: bool) -> None:
    """Print the version and stop."""
    if value:
        from lawgiver import __version__

        typer.echo(f"lawgiver {__version__}")
        raise typer.Exit


@app.callback()
def root(
    show_version: bool = typer.Option(
        False, "--version", callback=version, is_eager=True, help="Print the version and stop."
    ),
) -> None:
    """One charter for a language model, from training to proof."""


def main() -> None:
    """Run the command line; the entry point of the `lawgiver` script."""
    warnings.simplefilter("ignore", FutureWarning)  # what libraries tell each other is no news for a user
    try:
        app()
    except ConfigurationError as error:
        fail(str(error), 2)
    except LawgiverError as error:
        fail(str(error), 1)
    except KeyboardInterrupt:
        fail(how_to_go_on(sys.argv[1:]), 130)
    except SystemExit as ended:
        if ended.code == 130:  # typer has turned Ctrl-C into this
            fail(how_to_go_on(sys.argv[1:]), 130)
        raise
    except OSError as error:
        if error.errno not in UNWRITABLE:
            raise
        where = f" at {error.filename}" if error.filename else ""
        fail(
            f"{error.strerror}{where}; nothing half-written is left, free some space or choose another folder",
            1,
        )


def how_to_go_on(arguments: Sequence[str]) -> str:
    """What to do after an interruption, by whether the command that was given can resume."""
    command = typer.main.get_command(app)
    for word in arguments:
        below = getattr(command, "commands", {})
        if word not in below:
            break
        command = below[word]
    resumes = any("--resume" in option.opts for option in command.params)
    return INTERRUPTED if resumes else STOPPED


def fail(message: str, status: int) -> None:
    """Print one error to stderr and exit."""
    sys.stderr.write(f"lawgiver: {message}\n")
    sys.exit(status)
