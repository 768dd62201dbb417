"""Options, exit statuses and signals that several commands share."""

import signal
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

INTERRUPTED = 130  # what shells expect after Ctrl-C

ModelOption = Annotated[Path | None, typer.Option(help="A .keras model; default: the shipped one.")]
DetectorOption = Annotated[
    str | None,
    typer.Option(
        help="yunet (default), thorough (people lying down too, five to ten times slower) or haar."
    ),
]
Abstain = Annotated[
    float | None,
    typer.Option(
        min=0,
        max=1,
        help="Say 'not sure' below this probability; default: the model's own threshold.",
    ),
]


def end_like_ctrl_c() -> None:
    """Let SIGTERM end a command as Ctrl-C does, so that what was done stays: service managers and clusters send it."""
    with suppress(ValueError):  # not in the main thread
        signal.signal(signal.SIGTERM, signal.default_int_handler)
