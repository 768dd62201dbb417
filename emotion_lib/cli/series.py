"""The command ``emotion series``."""

import math
from typing import Annotated

import typer

from .parameters import NotebookArgument, ParameterOption, parsed, require_notebooks


def _above_zero(value: float | None) -> float | None:
    if value is not None and not 0 < value < math.inf:
        raise typer.BadParameter(f"Expected a number above 0. Received: {value}.")
    return value


def series(
    notebook: NotebookArgument = "",
    always: Annotated[
        bool, typer.Option("--always", help="Run also what has not changed since its last run.")
    ] = False,
    smoke: Annotated[
        bool,
        typer.Option("--smoke", help="Run everything small, on drawn faces, into smoke/."),
    ] = False,
    jobs: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Notebooks at a time; default: one, or as many as fit on the GPUs.",
        ),
    ] = None,
    excepted: Annotated[
        list[str] | None,
        typer.Option(
            "--except",
            metavar="NAME",
            help="Leave out the notebooks whose names begin with NAME. May be repeated.",
        ),
    ] = None,
    budget: Annotated[
        float | None,
        typer.Option(
            metavar="MINUTES",
            callback=_above_zero,
            help="Start nothing that is not expected to end by then, and stop what runs then.",
        ),
    ] = None,
    parameter: ParameterOption = None,
    name: Annotated[
        str | None,
        typer.Option(metavar="WORD", help="Name of the runs: they become RUN_NAME/WORD."),
    ] = None,
):
    """Run the series of notebooks: those that failed or changed, or all of them with --always.

    The exit status is 0 if everything that was started is done, 1 if a notebook failed or its data
    is missing, 2 for a mistake in the command, and 130 if the series was interrupted.

    For example: emotion series --always --budget 11 --except 09
    """
    require_notebooks()
    from ..experiments.pipeline import run_series

    status = run_series(
        notebook,
        replaced=parsed(parameter),
        name=name,
        excepted=excepted or (),
        always=always,
        smoke=smoke,
        jobs=jobs,
        budget=budget,
    )
    raise typer.Exit(status)
