"""The command ``emotion``: a thin skin over the library. Heavy imports wait until a command needs them."""

import sys

import typer

from . import lab, models, predict, video

app = typer.Typer(
    help="Read facial expressions, and train and judge the models that do. What is read is the expression that viewers "
    "would perceive, not what anybody feels.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (predict.predict, video.video, video.live, lab.evaluate, lab.train, models.models, models.app):
    app.command()(command)


def main() -> None:
    """Run a command; what a user can mend ends in one message and status 2."""
    import os

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")  # what a user should know of a video, this library says itself
    try:
        app()
    except (OSError, ArithmeticError, ValueError, RuntimeError) as error:
        # Another RuntimeError is a bug, not a mistake of the user's: its traceback is wanted.
        if type(error) is RuntimeError:
            raise
        print(error, file=sys.stderr)
        sys.exit(2)
    except ImportError as error:
        if "libGL" not in str(error):
            raise
        print(
            f"Expected OpenCV to load. Received: {error}. Install the system packages libgl1 and libglib2.0-0.",
            file=sys.stderr,
        )
        sys.exit(2)
