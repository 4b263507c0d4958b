import sys
from typing import NamedTuple

import pytest

from lawgiver.cli import main


class Said(NamedTuple):
    """What a command left behind."""

    status: int
    out: str
    err: str


@pytest.fixture
def lawgiver(capsys, monkeypatch):
    """Run the command line in this process, as the script would."""

    def run(*arguments) -> Said:
        monkeypatch.setattr(sys, "argv", ["lawgiver", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        status = ended.value.code
        return Said(status if isinstance(status, int) else 0, out, err)

    return run


@pytest.fixture
def refuses(lawgiver):
    """Run a command that is to fail with one sentence and no traceback."""

    def run(*arguments, status=2) -> str:
        said = lawgiver(*arguments)
        assert said.status == status, said
        assert "Traceback" not in said.err
        *_, last = said.err.removesuffix("\n").split("\n")  # a progress bar may stand before
        assert last.startswith("lawgiver: "), said.err
        return last

    return run
