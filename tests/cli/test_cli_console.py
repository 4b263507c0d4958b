"""What goes to the terminal fits it."""

import pytest

from lawgiver.cli.console import progress

REMARK = "helpfulness 0.53 · harmlessness 0.84 · harm 0.09 λ 0.43 · over_refusal 0.04 λ 0.12 · KL 0.04"


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_a_long_remark_leaves_the_name_the_count_and_the_time(columns, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", str(columns))
    with progress() as display:
        bar = display.add_task("calibrate", total=124, remark=REMARK)
        display.update(bar, completed=124)
    lines = [line.rstrip() for line in capsys.readouterr().err.split("\n") if line.strip()]
    assert len(lines) == 1
    assert len(lines[0]) <= columns
    assert lines[0].startswith("calibrate ")
    assert "124/124 helpfulness" in lines[0]
    assert "…" in lines[0]
    assert lines[0].endswith("00:00")
