"""The command ``emotion``: a thin skin over the library. Heavy imports wait until a command needs them."""

import functools
import io
import os
import re
import sys
from collections.abc import Callable
from contextlib import suppress

import typer

from . import lab, models, predict, runs, video
from .options import end_like_ctrl_c

app = typer.Typer(
    help="Read facial expressions, and train and judge the models that do. What is read is the expression that viewers "
    "would perceive, not what anybody feels.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
BROKEN_PIPE = 141  # what shells report of a program that SIGPIPE ends


def _until_nobody_reads(command: Callable) -> Callable:
    """Let a command end quietly when the program that reads its output has ended, as in ``emotion models | head -1``."""

    @functools.wraps(command)
    def run(*arguments, **options):
        try:
            try:
                return command(*arguments, **options)
            finally:
                sys.stdout.flush()
        except BrokenPipeError:
            with suppress(
                io.UnsupportedOperation
            ):  # Python flushes once more when it ends, and would complain
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(BROKEN_PIPE) from None

    return run


for command in (
    predict.predict,
    video.video,
    video.live,
    lab.evaluate,
    lab.train,
    models.models,
    models.app,
):
    app.command()(_until_nobody_reads(command))
runs_app = typer.Typer(help="Recorded runs: list them, show one, import those of another machine.")
runs_app.callback(invoke_without_command=True)(_until_nobody_reads(runs.list_runs))
runs_app.command("show")(_until_nobody_reads(runs.show))
runs_app.command("import")(_until_nobody_reads(runs.import_runs))
app.add_typer(runs_app, name="runs")


def main() -> None:
    """Run a command; what a user can mend ends in one message and status 2."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault(
        "OPENCV_LOG_LEVEL", "ERROR"
    )  # what a user should know of a video, this library says itself
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(
                errors="backslashreplace"
            )  # a name that the terminal cannot show must not end a batch
    if any(re.fullmatch(r"(--[a-z-]+=)?", argument) for argument in sys.argv[1:]):
        # An empty path would name the current folder.
        print(
            "Expected no empty argument. Received: one, of an unset variable of the shell perhaps.",
            file=sys.stderr,
        )
        sys.exit(2)
    end_like_ctrl_c()
    try:
        app()
    except (OSError, ArithmeticError, ValueError, RuntimeError) as error:
        # Another RuntimeError is a bug, not a mistake of the user's: its traceback is wanted.
        if type(error) is RuntimeError:
            raise
        print(error, file=sys.stderr)
        sys.exit(2)
    except ImportError as error:
        if (reason := _missing(error)) is None:
            raise
        print(reason, file=sys.stderr)
        sys.exit(2)


def _missing(error: ImportError) -> str | None:
    """Return what a user is told of something that is not installed, or None if that is a bug."""
    if "libGL" in str(error):
        return f"Expected OpenCV to load. Received: {error}. Install the system packages libgl1 and libglib2.0-0."
    backend = os.environ.get("KERAS_BACKEND")
    if backend is not None and error.name == backend:
        return (
            f"Expected the backend of Keras that KERAS_BACKEND names. Received: {backend}, which is not installed. "
            "Install it, or unset KERAS_BACKEND for TensorFlow."
        )
    return None
