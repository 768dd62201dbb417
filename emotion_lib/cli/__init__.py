"""The command ``emotion``: every use of the library from a shell.

One module per command. A command is a typed function; its heavy imports stand inside it, so that
``emotion --help`` starts at once. To add one, write ``cli/NAME.py`` and name its function below.
"""

import io
import os
import re
import sys
from typing import Annotated

import typer

from .. import __version__
from . import (
    app,
    bench,
    data,
    evaluate,
    export,
    gpu_bundle,
    labels,
    leakage,
    live,
    models,
    predict,
    promote,
    report,
    run,
    runs,
    series,
    setup,
    site,
    space,
    train,
    verify,
    video,
)
from .exit_status import CommandGroup, end_like_ctrl_c, print_and_exit

USE = "Use a model"
LAB = "Make and compare models"

commands = typer.Typer(
    cls=CommandGroup,
    help="Read facial expressions, and train and evaluate the models that do. The expression is "
    "the one that viewers would perceive, not what a person feels.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

# In the order of the help. A group of commands is added by add_typer, with its panel and name.
for command in (
    app.app,
    predict.predict,
    video.video,
    live.live,
    train.train,
    evaluate.evaluate,
    labels.labels,
    leakage.leakage,
    export.export,
    models.models,
    setup.setup,
    site.site,
    space.space,
):
    commands.command(rich_help_panel=USE)(command)
for lab_command in (data.data, run.run, series.series, promote.promote, verify.verify, bench.bench):
    commands.command(rich_help_panel=LAB)(lab_command)
commands.add_typer(runs.runs_app, name="runs", rich_help_panel=LAB)
commands.add_typer(report.report_app, name="report", rich_help_panel=LAB)
commands.add_typer(gpu_bundle.gpu_bundle_app, name="gpu-bundle", rich_help_panel=LAB)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"emotion {__version__}")
        raise typer.Exit


@commands.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command that ``sys.argv`` names.

    Exit status: 0; 1 if some input could not be used; 2 for a mistake in the command, or if the
    output cannot be written; 130 if interrupted. An error that the user can correct is printed as
    one message; the traceback of any other error is wanted.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # The commands report what matters about a video themselves.
    os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A file name that the terminal cannot show must not end a batch.
            stream.reconfigure(errors="backslashreplace")
    if any(re.fullmatch(r"(--[a-z-]+=)?", argument) for argument in sys.argv[1:]):
        # As a path, an empty argument would mean the current folder.
        print(
            "Expected no empty argument. Received: one, perhaps from an unset shell variable.",
            file=sys.stderr,
        )
        sys.exit(2)
    end_like_ctrl_c()
    try:
        commands(prog_name="emotion")
    except Exception as error:
        print_and_exit(error)
