"""Exit statuses of the commands, and the errors and signals that lead to them."""

import io
import os
import signal
import sys
from contextlib import suppress
from typing import NoReturn

import typer
from typer.core import TyperGroup

from ..errors import EmotionError

SOME_INPUT_FAILED = 1
MISTAKE = 2  # in the command, or nothing more can be written
INTERRUPTED = 130  # what shells expect after Ctrl-C
BROKEN_PIPE = 141  # what shells report of a program that SIGPIPE ends


class CommandGroup(TyperGroup):
    """Commands that end quietly when interrupted, or when nobody reads their output any more."""

    def invoke(self, context):
        """Run the command that the arguments in the context name."""
        try:
            try:
                return super().invoke(context)
            finally:
                sys.stdout.flush()
        except KeyboardInterrupt:
            print("interrupted", file=sys.stderr)
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:  # as in emotion models | head -1
            with suppress(io.UnsupportedOperation):
                # Python flushes once more at its end, and would complain.
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(BROKEN_PIPE) from None


def end_like_ctrl_c() -> None:
    """Let SIGTERM, which service managers and clusters send, end a command as Ctrl-C does.

    What the command has done until then stays.
    """
    with suppress(ValueError):  # not in the main thread
        signal.signal(signal.SIGTERM, signal.default_int_handler)


def print_and_exit(error: Exception) -> NoReturn:
    """Print the message of an error that the user can correct, and exit with status 2.

    Raises:
        Exception: the error itself, if it is a bug; its traceback is wanted.
    """
    if isinstance(error, ImportError):
        from ..environment import explained

        error = explained(error)
    if type(error) is RuntimeError:  # only its subclasses are meant for the user
        message = None
    elif isinstance(error, EmotionError | OSError | ArithmeticError | ValueError | RuntimeError):
        message = str(error)
    else:
        message = None
    if message is None:
        raise error
    print(message, file=sys.stderr)
    sys.exit(MISTAKE)
