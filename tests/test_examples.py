"""The examples that need no language model run as a reader would run them, and say what they promise."""

import re
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "examples"


def run(name):
    """What an example prints; it may not bring torch."""
    script = f"import runpy, sys; runpy.run_path({str(EXAMPLES / name)!r}, run_name='__main__')"
    code = f"{script}; assert 'torch' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_a_table_learns_what_the_oracle_says():
    said = run("moral_pd_in_one_file.py")
    assert "optimum CDCD" in said
    rows = re.findall(r"^([CD]{2}) +([CD]) +([\d.]+)  ([\d.]+)$", said, re.MULTILINE)
    assert [row[0] for row in rows] == ["CC", "CD", "DC", "DD"]
    assert "".join(row[1] for row in rows) == "CDCD"
    for _, best, cooperates, legal in rows:
        assert float(cooperates) > 0.99 if best == "C" else float(cooperates) < 0.01
        assert float(legal) > 0.99


def test_two_answers_are_judged_and_the_refusal_is_blocked():
    said = run("judge_in_python.py")
    assert "an answer: allow" in said
    assert "a refusal: block, score 0.00" in said
