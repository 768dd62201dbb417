"""``emotion video`` and ``emotion live``: faces followed through a recording or before a camera."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ..files import atomic_file, printable
from .options import INTERRUPTED, Abstain, DetectorOption, ModelOption
from .output_folder import check, claimed, default_folder

TABLE = "timeline.csv"
FIGURE = "timeline.png"
COPY = "annotated.mp4"


class Smoothing(StrEnum):
    """How probabilities are smoothed over time."""

    exponential = "exponential"
    majority = "majority"  # of the last six frames
    none = "none"


SmoothingOption = Annotated[
    Smoothing,
    typer.Option(help="Over time: a running mean, the majority of the last six frames, or none."),
]


def video(
    file: Annotated[Path, typer.Argument(help="A video file.")],
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for timeline.csv and timeline.png; default: FILE's name without its suffix."
        ),
    ] = None,
    annotate: Annotated[
        bool, typer.Option("--annotate", help="Write annotated.mp4 too, with boxes and labels.")
    ] = False,
    model: ModelOption = None,
    detector: DetectorOption = None,
    smoothing: SmoothingOption = Smoothing.exponential,
    abstain: Abstain = None,
    search_every: Annotated[
        float,
        typer.Option(
            min=0,
            help="Seconds between searches of the whole frame; known faces are followed in between.",
        ),
    ] = 0.4,
):
    """Read the faces in a video: who shows what, when, and for how long.

    Exit status: 0, 1 if the video is damaged, 2 if the disk is full.

    For example: emotion video party.mp4 --annotate --smoothing majority
    """
    from contextlib import ExitStack, closing

    from tqdm import tqdm

    from ..inference.predictor import Predictor
    from ..video import timeline
    from ..video.capture import Video
    from ..video.moments import VideoWriter, read_moments

    names = (TABLE, FIGURE, COPY) if annotate else (TABLE, FIGURE)
    out = out or default_folder(file, names)
    check(out, file, names)
    predictor = Predictor.load(model, detector=detector)
    abstain = predictor.threshold if abstain is None else abstain
    options = {"smoothing": smoothing.value, "abstain": abstain, "search_every": search_every}
    interrupted = False
    failures: list[str] = []
    with Video(file) as source, claimed(out, file, names):
        lines = timeline.Timeline(out / TABLE, source.interval)
        copy = VideoWriter(out / COPY, source.frames_per_second)
        copying = annotate
        try:
            with lines, copy, ExitStack() as stack:
                progress = stack.enter_context(
                    tqdm(
                        total=round(source.seconds, 1) or None,
                        disable=not sys.stderr.isatty(),
                        unit="s",
                        delay=2,
                        leave=False,
                    )
                )
                moments = stack.enter_context(closing(read_moments(source, predictor, **options)))
                for moment in moments:
                    lines.write(moment)
                    if copying:
                        try:
                            copy.write(moment)
                        except (
                            OSError
                        ) as error:  # a full disk: the table, which is small, may go on
                            failures.append(str(error))
                            copying = False
                    progress.update(round(moment.frame.time_s - progress.n, 3))
        except KeyboardInterrupt:
            interrupted = True
        except OSError as error:
            failures.append(str(error))
        failures += _finish(lines, out)
    if copy.shortened:
        print(f"{printable(copy.path)}: long pauses are shortened", file=sys.stderr)
    if failures:
        _say_unwritten(failures, out)
    if interrupted:
        print("interrupted: what was read until then is written", file=sys.stderr)
        raise typer.Exit(INTERRUPTED)
    if failures:
        raise typer.Exit(2)
    if source.note:
        print(f"{printable(file)}: {source.note}", file=sys.stderr)
        raise typer.Exit(1)


def live(
    camera: Annotated[
        str,
        typer.Argument(help="Number of the camera (0 is the first), or a video file as a camera."),
    ] = "0",
    out: Annotated[
        Path | None, typer.Option(help="Folder for timeline.csv and timeline.png; default: none.")
    ] = None,
    show: Annotated[
        bool, typer.Option("--window/--no-window", help="Show the camera's picture; q closes it.")
    ] = True,
    model: ModelOption = None,
    detector: DetectorOption = None,
    smoothing: SmoothingOption = Smoothing.exponential,
    abstain: Abstain = None,
):
    """Read the faces before a camera until q, Escape or Ctrl-C. Exit status: 0, or 1 if the camera stopped by itself.

    For example: emotion live --out today/, or on a server: emotion live --no-window --out today/
    """
    from contextlib import ExitStack

    from ..inference.predictor import Predictor
    from ..video import moments, timeline
    from ..video.capture import VideoError

    if not show and out is None:
        raise ValueError(
            "Expected --out FOLDER with --no-window, as nothing would be left otherwise. Received: none."
        )
    names = (TABLE, FIGURE)
    if out:
        check(out, None, names)
    window = moments.window() if show else lambda image: True
    predictor = Predictor.load(model, detector=detector)
    abstain = predictor.threshold if abstain is None else abstain
    options = {"smoothing": smoothing.value, "abstain": abstain}
    source = int(camera) if camera.isdigit() else camera
    closed = False
    seconds = 0.0
    failures: list[str] = []

    def shown(image) -> bool:
        nonlocal closed
        closed = not window(image)
        return not closed

    with ExitStack() as stack:
        lines = None
        if out:
            stack.enter_context(claimed(out, None, names))
            lines = timeline.Timeline(out / TABLE)
        try:
            with lines or ExitStack():
                write = lines.write if lines else lambda moment: None
                seconds = moments.show_live(
                    predictor, source, on_moment=write, show=shown, **options
                )
        except KeyboardInterrupt:
            closed = True
        except OSError as error:
            failures.append(str(error))
        except VideoError:  # no such camera
            if lines and not lines.frames:
                lines.path.unlink()
            raise
        if lines:
            failures += _finish(lines, out)
    if failures:
        _say_unwritten(failures, out)
        raise typer.Exit(2)
    if not closed:
        print(f"the camera gave no more pictures after {seconds:.1f} s", file=sys.stderr)
        raise typer.Exit(1)


def _finish(lines, out: Path) -> list[str]:
    """Print the summary and draw the figure, of whatever was read.

    Returns:
        What kept the figure from being written.
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
    written = [printable(out / name) for name in (TABLE, COPY, FIGURE) if (out / name).is_file()]
    print(
        f"{lines.frames} frames, {lines.faces} faces in them; written: {', '.join(written)}",
        file=sys.stderr,
    )
    return failures


def _say_unwritten(failures: list[str], out: Path) -> None:
    print(
        f"Expected to write all of {printable(out)}. Received: {failures[0]}. Free some space and run it again; what could "
        "be written is there",
        file=sys.stderr,
    )
