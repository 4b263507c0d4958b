"""What is quick must stay quick: help brings no machine learning, and the light packages never do."""

import subprocess
import sys

import pytest

HEAVY = ["torch", "transformers", "trl", "peft", "accelerate", "datasets"]
LIGHT = [
    *("outcome", "stats", "policy", "charter", "charter.check", "charter.explain", "evidence", "reward", "data"),
    *("report", "cli", "align", "align.recipe", "evaluate", "demo", "models"),
]


def imported(code):
    """The modules that are loaded after some code."""
    code += "\nimport sys; print('\\n'.join(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    return {name.partition(".")[0] for name in done.stderr.split()}, done.stdout


@pytest.mark.parametrize("package", LIGHT)
def test_a_light_package_brings_no_machine_learning(package):
    modules, _ = imported(f"import lawgiver.{package}")
    assert "lawgiver" in modules
    assert modules.isdisjoint(HEAVY)


HELP = """
import sys
from lawgiver.cli import main
sys.argv = ["lawgiver", *{arguments}]
try:
    main()
except SystemExit as ended:
    assert not ended.code, ended.code
"""


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["align", "--help"]])
def test_help_brings_hardly_anything(arguments):
    modules, said = imported(HELP.format(arguments=arguments))
    assert modules.isdisjoint([*HEAVY, "sklearn", "scipy", "numpy", "matplotlib", "jinja2", "regorus", "yaml"])
    assert "pydantic" not in modules or arguments[0] == "align"  # where typer itself wants it
    assert said


def test_judging_with_a_lexical_charter_brings_no_machine_learning(small):
    modules, said = imported(
        f"from lawgiver.charter import Charter; from lawgiver.data import Exchange\n"
        f"[j] = Charter.open({str(small)!r}).judge([Exchange((), 'Two words', {{'scope': 'in'}})])\n"
        "print(j.score.value)"
    )
    assert said == "1.0\n"
    assert modules.isdisjoint([*HEAVY, "sklearn"])


def test_judging_with_fitted_judges_brings_neither_torch_nor_sklearn():
    modules, said = imported(
        "from lawgiver.charter import Charter\nc = Charter.open('medical')\n"
        "[j] = c.judge([c.scenarios('test')[0].exchange('Rest it and drink water.')]); print(j.score.value)"
    )
    assert 0 <= float(said) <= 1
    assert modules.isdisjoint([*HEAVY, "sklearn"])
