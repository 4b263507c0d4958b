"""`lawgiver merge`: several models into one."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lawgiver.cli.console import FORMAT, Format, print_json, progress
from lawgiver.outcome import ConfigurationError

if TYPE_CHECKING:
    from lawgiver.align.merge.plan import Plan

YAML = (".yaml", ".yml")


def merge(
    models: Annotated[list[str], typer.Argument(help="Models by name, hub id, path, run or LoRA folder; or YAML.")],
    out: Annotated[Path, typer.Option("--output", "-o", help="The folder to write; it must not be there yet.")],
    method: Annotated[
        str | None, typer.Option(help="linear, slerp, task_arithmetic, ties, dare_linear or dare_ties.")
    ] = None,
    base: Annotated[str | None, typer.Option(help="The model that differences are taken from.")] = None,
    weights: Annotated[str | None, typer.Option(help="One a model, e.g. 0.25,0.75; default all equal.")] = None,
    t: Annotated[float | None, typer.Option("--t", help="slerp: 0 is the first model (or base), 1 the other.")] = None,
    density: Annotated[str | None, typer.Option(help="Share of differences kept; one number, or one a model.")] = None,
    scale: Annotated[float | None, typer.Option("--lambda", help="What summed differences are multiplied by.")] = None,
    normalize: Annotated[
        bool | None, typer.Option("--normalize/--no-normalize", help="Divide by the sum of the weights.")
    ] = None,
    rescale: Annotated[
        bool | None, typer.Option("--rescale/--no-rescale", help="DARE: divide what is kept by the density.")
    ] = None,
    dtype: Annotated[
        str | None, typer.Option(help="float32, bfloat16 or float16; default as in the base or first model.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="For DARE.")] = 0,
    shard_mb: Annotated[int, typer.Option(min=1, help="Largest weight file, in MB.")] = 4000,
    whole: Annotated[bool, typer.Option("--whole", help="Write whole weights even where an adapter would do.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Check that every tensor fits and tell the sizes.")] = False,
    output: Format = FORMAT,
) -> None:
    """Merge models, a tensor at a time; settings from options, or from a file as mergekit takes it.

    Example: `lawgiver merge runs/helpful runs/safe --method linear --weights 0.25,0.75 --output models/merged`

    Example: `lawgiver merge runs/helpful runs/safe --method ties --base smollm2-135m-instruct --density 0.5 -o m`

    Example: `lawgiver merge runs/helpful runs/safe --method slerp --t 0.5 -o m --dry-run`

    Example: `lawgiver merge merge.yaml --output models/merged`
    """
    from lawgiver.align.merge import read_mergekit
    from lawgiver.align.merge.options import config_from

    options = {
        "method": method,
        "base": base,
        "weights": weights,
        "t": t,
        "density": density,
        "lambda": scale,
        "normalize": normalize,
        "rescale": rescale,
        "dtype": dtype,
    }
    layers = None
    if len(models) == 1 and models[0].endswith(YAML):
        given = [f"--{key}" for key, value in options.items() if value is not None]
        if given:
            raise ConfigurationError(f"{given[0]}: {models[0]} says how to merge; change it there")
        config, layers = read_mergekit(Path(models[0]), seed)
    else:
        config = config_from(models, options, seed)
    from lawgiver.align.merge.plan import plan_merge, refuse_taken

    plan = plan_merge(
        config, lambda text: typer.echo(text, err=True), layers=layers, shard_bytes=shard_mb * 10**6, whole=whole
    )
    if dry_run:
        refuse_taken(out, plan.nbytes)
    else:
        _merge(plan, out)
    document = summary(plan, out)
    if output is Format.JSON:
        print_json(document)
    else:
        typer.echo(f"{'fine' if dry_run else 'merged'}: {sentence(document)}")


def summary(plan: Plan, out: Path) -> dict[str, Any]:
    """What is, or would be, written."""
    types = sorted({str(tensor.dtype).removeprefix("torch.") for tensor in plan.tensors}) or ["float32"]
    return {
        "output": str(out),
        "method": plan.config.method,
        "models": list(plan.config.names),
        "result": "adapter" if plan.adapters else "model",
        "tensors": tensors_of(plan),
        "dtypes": types,
        "files": max(len(plan.shards), 1),
        "bytes_read": plan.reads,
        "bytes_written": plan.nbytes,
    }


def tensors_of(plan: Plan) -> int:
    """Weights that are merged, one step of progress each."""
    if plan.adapters:
        return len({name for adapter in plan.adapters for name in adapter.pairs})
    return len(plan.tensors)


def sentence(document: dict[str, Any]) -> str:
    """The summary in one line."""
    return (
        f"{document['method']} of {len(document['models'])} models into {document['output']}: "
        f"{'an adapter on ' if document['result'] == 'adapter' else ''}{document['tensors']} tensors, "
        f"{document['bytes_written'] / 1e6:.1f} MB of {', '.join(document['dtypes'])} in {document['files']} "
        f"file{'s' if document['files'] > 1 else ''} from {document['bytes_read'] / 1e6:.1f} MB"
    )


def _merge(plan: Plan, out: Path) -> None:
    from lawgiver.align.merge.run import merge as run

    with _stoppable() as stop_if_asked, progress() as display:
        task = display.add_task("merge", total=tensors_of(plan), remark=plan.config.method)

        def on_progress(done: int) -> None:
            stop_if_asked()
            display.advance(task, done)

        run(plan, out, on_progress)


@contextmanager
def _stoppable() -> Iterator[Callable[[], None]]:
    """Let Ctrl-C and a polite request to end take effect between two tensors; the second one takes effect at once.

    Raised in the middle of a library's call they may come out as that library's error, with a traceback.
    """
    asked: list[int] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def ask(number: int, frame: Any) -> None:
        asked.append(number)
        restore()

    def stop_if_asked() -> None:
        if asked:
            raise KeyboardInterrupt if asked[0] == signal.SIGINT else SystemExit(128 + asked[0])

    for number in before:
        signal.signal(number, ask)
    try:
        yield stop_if_asked
    finally:
        restore()
