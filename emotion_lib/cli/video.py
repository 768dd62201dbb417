"""``emotion video``: faces followed through a video file."""

import sys
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..files import printable
from .exit_status import INTERRUPTED, MISTAKE, SOME_INPUT_FAILED
from .options import AbstainOption, DetectorOption, ModelOption
from .other_labels import say_other_labels
from .output_folder import check, claimed, default_folder
from .terminal import say
from .timeline_output import (
    COPIES,
    COPY,
    FIGURE,
    TABLE,
    Smoothing,
    SmoothingOption,
    finish,
    print_failures,
)

if TYPE_CHECKING:
    from ..video.moments import Moment


def video(
    file: Annotated[Path, typer.Argument(help="A video file.")],
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for timeline.csv and timeline.png. Default: the name of FILE without its "
            "suffix."
        ),
    ] = None,
    annotate: Annotated[
        bool,
        typer.Option(
            "--annotate",
            help="Write a copy with boxes and labels that browsers play: annotated.mp4 with the "
            "sound, or a silent annotated.webm where the program ffmpeg is not installed.",
        ),
    ] = False,
    model: ModelOption = None,
    detector: DetectorOption = None,
    smoothing: SmoothingOption = Smoothing.exponential,
    abstain: AbstainOption = None,
    every: Annotated[
        int,
        typer.Option(
            min=1,
            help="Read only every N-th frame, which is faster; the times stay true. The copy still "
            "has all frames, and shows the last boxes in between.",
        ),
    ] = 1,
    search_every: Annotated[
        float,
        typer.Option(
            min=0,
            help="Seconds between searches of the whole frame; in between, known faces are "
            "followed.",
        ),
    ] = 0.4,
) -> None:
    """Read the faces in a video: who shows which expression, when, and for how long.

    Exit status: 0; 1 if the video is damaged; 2 if the disk is full; 130 if interrupted.

    For example: emotion video party.mp4 --annotate --smoothing majority
    """
    from ..environment import require

    require("cv2")
    from ..inference.predictor import Predictor
    from ..video import moments, timeline
    from ..video.reader import Video
    from ..video.writer import VideoWriter

    names = (TABLE, FIGURE, *COPIES) if annotate else (TABLE, FIGURE)
    out = out or default_folder(file, names)
    check(out, file, names)
    predictor = Predictor.load(model, detector=detector)
    say_other_labels(predictor.record)
    abstain = predictor.threshold if abstain is None else abstain
    interrupted = False
    failures: list[str] = []
    with Video(file) as source, claimed(out, file, names):
        lines = timeline.Timeline(out / TABLE, predictor.class_names, source.interval)
        copy = VideoWriter(out / COPY, source.frames_per_second, sound_of=file)
        write_copy = _until_it_fails(copy.write, failures) if annotate else lambda moment: None
        try:
            with lines, copy, ExitStack() as stack:
                progress = stack.enter_context(_progress_bar(source.seconds))
                reading = moments.read_moments(
                    source,
                    predictor,
                    every=every,
                    smoothing=smoothing.value,
                    abstain=abstain,
                    search_every=search_every,
                )
                stack.enter_context(closing(reading))  # type: ignore[type-var]
                for moment in reading:
                    lines.write(moment)
                    write_copy(moment)
                    progress.update(round(moment.frame.time_s - progress.n, 3))
        except KeyboardInterrupt:
            interrupted = True
        except OSError as error:
            failures.append(str(error))
        failures += finish(lines, out)
    for note in copy.notes:
        say(f"{printable(copy.path)}: {note}")
    if failures:
        print_failures(failures, out)
    if interrupted:
        say("interrupted: what was read until then has been written")
        raise typer.Exit(INTERRUPTED)
    if failures:
        raise typer.Exit(MISTAKE)
    if source.note:
        say(f"{printable(file)}: {source.note}")
        raise typer.Exit(SOME_INPUT_FAILED)


def _until_it_fails(
    write: Callable[["Moment"], None], failures: list[str]
) -> Callable[["Moment"], None]:
    """Return a function that writes until an error, which it adds to the failures.

    On a full disk, there may still be room for the table, which is small.
    """
    failed = False

    def attempt(moment: "Moment") -> None:
        nonlocal failed
        if failed:
            return
        try:
            write(moment)
        except OSError as error:
            failures.append(str(error))
            failed = True

    return attempt


def _progress_bar(seconds: float):
    from tqdm import tqdm

    return tqdm(
        total=round(seconds, 1) or None,
        disable=not sys.stderr.isatty(),
        unit="s",
        delay=2,
        leave=False,
    )
