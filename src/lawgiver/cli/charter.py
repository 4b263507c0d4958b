"""`lawgiver charter`: make, check, test, fit and explain charters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from lawgiver.cli.console import FORMAT, Format, print_json, stdout

app = typer.Typer(help="Make, check, test, fit and explain charters.", no_args_is_help=True)

CHARTER = typer.Argument(..., help="A charter's folder, or the name of one that ships (medical).")


@app.command()
def new(folder: Path = typer.Argument(..., help="Where; its name becomes the charter's.")) -> None:
    """Write a small charter that passes its own tests.

    Example: `lawgiver charter new mine && lawgiver charter test mine`
    """
    from lawgiver.charter.new import new_charter

    for path in new_charter(folder):
        typer.echo(path)
    typer.echo(f"\nnext: lawgiver charter test {folder}")


@app.command()
def check(charter: str = CHARTER, output: Format = FORMAT) -> None:
    """Check everything that can be checked without a model: keys, policies, scenarios, labels, judges.

    Example: `lawgiver charter check medical`
    """
    from lawgiver.charter.check import check_charter

    report = check_charter(charter)
    if output is Format.JSON:
        print_json(report.to_json())
    else:
        report.show(stdout())
    raise typer.Exit(1 if report.findings else 0)


@app.command()
def test(
    charter: str = CHARTER,
    min_coverage: float = typer.Option(0.0, min=0.0, max=1.0, help="Fail below this share of lines."),
    output: Format = FORMAT,
) -> None:
    """Run the `test_*` rules of the charter's `*_test.rego` and report line coverage.

    Example: `lawgiver charter test medical --min-coverage 0.9`
    """
    from lawgiver.charter import Charter
    from lawgiver.charter.files import policy_data, policy_modules
    from lawgiver.cli.policytest import show_tests, tests_to_json
    from lawgiver.policy import run_tests

    root = Charter.open(charter).root
    result = run_tests(policy_modules(root, tests=True), policy_data(root))
    if output is Format.JSON:
        print_json(tests_to_json(result))
    else:
        show_tests(result, stdout())
    covered = all(coverage.ratio >= min_coverage for coverage in result.coverage.values())
    raise typer.Exit(0 if result.passed and covered else 1)


@app.command()
def fit(
    charter: str = CHARTER, seed: int = typer.Option(0, help="Of folds and solver."), output: Format = FORMAT
) -> None:
    """Fit the charter's own judges from its `labels/`, and store how well they agree with them.

    Example: `lawgiver charter fit medical`
    """
    from lawgiver.charter import Charter
    from lawgiver.charter.fit import fit_charter, show_agreement

    agreement = fit_charter(Charter.open(charter), seed=seed)
    if output is Format.JSON:
        print_json(agreement)
    else:
        show_agreement(agreement, stdout())


@app.command()
def explain(
    charter: str = CHARTER,
    prompt: str = typer.Option(..., "--prompt", "-p", help="What the user said."),
    response: str = typer.Option(..., "--response", "-r", help="What the model answered."),
    label: list[str] = typer.Option([], "--label", "-l", help="A label of the prompt, e.g. scope=S0."),
    answer_part: str | None = typer.Option(None, help="The part that must be answered, if any."),
    output: Format = FORMAT,
) -> None:
    """Show for one exchange: evidence, the rules that fired, values and costs, principles.

    Example: `lawgiver charter explain medical -p "my knee hurts" -r "Rest it." -l scope=S0 -l tier=C
    --answer-part "what helps a sore knee"`
    """
    from lawgiver.charter import Charter
    from lawgiver.charter.explain import explain_exchange
    from lawgiver.cli.tree import explanation_tree
    from lawgiver.data import Exchange
    from lawgiver.outcome import ConfigurationError

    opened = Charter.open(charter)
    labels: dict[str, Any] = dict(_pair(text) for text in label)
    if problem := opened.spec.check_labels(labels):
        raise ConfigurationError(f"--label: {problem}")
    context: dict[str, Any] = {"answer_part": answer_part, "tags": []}
    exchange = Exchange(({"role": "user", "content": prompt},), response, labels, context)
    explanation = explain_exchange(opened, exchange)
    if output is Format.JSON:
        print_json(explanation.to_json())
    else:
        stdout().print(explanation_tree(opened.spec, explanation))


def _pair(text: str) -> tuple[str, str]:
    from lawgiver.outcome import ConfigurationError

    name, equals, value = text.partition("=")
    if not equals:
        raise ConfigurationError(f"--label {text!r}: write name=value, e.g. scope=S0")
    return name, value
