"""The files of ``emotion video`` and ``emotion live``: their names, the figure and the summary."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..files import atomic_file, printable
from .terminal import say

if TYPE_CHECKING:
    from ..video.timeline import Timeline

TABLE = "timeline.csv"
FIGURE = "timeline.png"
COPY = "annotated.mp4"
# Of the copy, which is a .webm where the program ffmpeg is missing.
COPIES = (COPY, "annotated.webm")


class Smoothing(StrEnum):
    """Smoothing of the probabilities over time."""

    exponential = "exponential"
    majority = "majority"  # of the last six frames
    none = "none"


SmoothingOption = Annotated[
    Smoothing,
    typer.Option(
        help="Smoothing over time: a running mean, the majority of the last six frames, or none."
    ),
]


def finish(lines: "Timeline", out: Path) -> list[str]:
    """Print the summary of a timeline and draw its figure, however far it was read.

    Returns:
        The reasons why the figure could not be written: none or one.
    """
    from ..video import timeline

    print(timeline.summary_text(lines.seconds()))
    failures = []
    if lines.faces:
        try:
            with atomic_file(out / FIGURE) as temporary:
                timeline.figure(timeline.read(lines.path)).savefig(temporary, dpi=100)
        except OSError as error:
            failures.append(f"{error.strerror or error}: {printable(out / FIGURE)}")
    names = (TABLE, *COPIES, FIGURE)
    written = [printable(out / name) for name in names if (out / name).is_file()]
    say(f"{lines.frames} frames, {lines.faces} faces in them; written: {', '.join(written)}")
    return failures


def print_failures(failures: list[str], out: Path) -> None:
    """Print the first reason why the output is incomplete, and what to do about it."""
    print(
        f"Expected to write all of {printable(out)}. Received: {failures[0]}. Free some space and "
        "run the command again; everything else has been written",
        file=sys.stderr,
    )
