"""The command ``emotion run``."""

from typing import Annotated

import typer

from .parameters import NotebookArgument, ParameterOption, parsed, require_notebooks


def run(
    notebook: NotebookArgument = "",
    parameter: ParameterOption = None,
    name: Annotated[
        str | None,
        typer.Option(metavar="WORD", help="Name of the run: it becomes RUN_NAME/WORD."),
    ] = None,
    again: Annotated[
        str | None,
        typer.Option(
            metavar="RUN", help="Run this recorded run again, with the parameters of its record."
        ),
    ] = None,
    smoke: Annotated[
        bool,
        typer.Option(
            "--smoke", help="Run small, with the values in the notebook's metadata; into smoke/."
        ),
    ] = False,
):
    """Run notebooks headlessly, one after another.

    A run with changed parameters never replaces the notebook's own: it is named by --name, or
    RUN_NAME/variant- and six digits that depend on the changes.

    For example: emotion run 13 -p "RECIPE={'blocks': [1, 1, 1]}" --name shallow
    """
    require_notebooks()
    from ..experiments import notebooks, runner

    if notebook and again:
        raise typer.BadParameter("Expected a notebook or --again RUN. Received: both.")
    changes = parsed(parameter)
    planned = []
    if again:
        path, values = runner.recorded_parameters(again)
        notebooks.refuse_unknown(path, changes)
        values |= changes
        if name or (changes and "RUN_NAME" not in changes):
            values["RUN_NAME"] = runner.run_name(path, runner.differences(path, values), name)
        planned.append((path, values))
    else:
        for path in notebooks.find(notebook):
            notebooks.refuse_unknown(path, changes)
            values = dict(changes)
            if changes or name:
                values["RUN_NAME"] = runner.run_name(path, changes, name)
            planned.append((path, values))
    if smoke:
        runner.use_smoke_folder()
        planned = [(path, notebooks.smoke_parameters(path) | values) for path, values in planned]
    raise typer.Exit(runner.run_notebooks(planned))
