"""``emotion video`` and ``emotion live``: faces followed through a recording or before a camera."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from .options import INTERRUPTED, Abstain, DetectorOption, ModelOption


class Smoothing(StrEnum):
    """How probabilities are smoothed over time."""

    exponential = "exponential"
    majority = "majority"  # of the last six frames
    none = "none"


SmoothingOption = Annotated[
    Smoothing, typer.Option(help="Over time: a running mean, the majority of the last six frames, or none.")
]


def video(
    file: Annotated[Path, typer.Argument(help="A video file.")],
    out: Annotated[Path | None, typer.Option(help="Folder for timeline.csv and timeline.png; default: FILE's name.")] = None,
    annotate: Annotated[bool, typer.Option("--annotate", help="Write annotated.mp4 too, with boxes and labels.")] = False,
    model: ModelOption = None,
    detector: DetectorOption = None,
    smoothing: SmoothingOption = Smoothing.exponential,
    abstain: Abstain = None,
    search_every: Annotated[
        float, typer.Option(min=0, help="Seconds between searches of the whole frame; known faces are followed in between.")
    ] = 0.4,
):
    """Read the faces in a video: who shows what, when, and for how long. Exit status: 0, or 1 if the video broke off.

    For example: emotion video party.mp4 --annotate --smoothing majority
    """
    from contextlib import ExitStack

    from tqdm import tqdm

    from .. import timeline
    from ..capture import Video
    from ..predictor import Predictor
    from ..video import VideoWriter, read_moments

    predictor = Predictor.load(model, detector=detector)
    abstain = predictor.threshold if abstain is None else abstain
    out = out or Path(file.stem)
    interrupted, failed = False, None
    with ExitStack() as stack:
        source = stack.enter_context(Video(file))
        lines = stack.enter_context(timeline.Timeline(out / "timeline.csv"))
        writer = stack.enter_context(VideoWriter(out / "annotated.mp4", source.frames_per_second)) if annotate else None
        progress = stack.enter_context(
            tqdm(total=round(source.seconds, 1) or None, disable=not sys.stderr.isatty(), unit="s", delay=2, leave=False)
        )
        options = {"smoothing": smoothing.value, "abstain": abstain, "search_every": search_every}
        try:
            for moment in read_moments(source, predictor, **options):
                lines.write(moment)
                if writer:
                    writer.write(moment)
                progress.update(round(moment.frame.time_s - progress.n, 3))
        except KeyboardInterrupt:
            interrupted = True
        except OSError as error:  # the disk is full, say: what was written stays
            failed = str(error)
    _finish(lines, out, ["annotated.mp4"] if annotate else [])
    if interrupted:
        print("interrupted: what was read until then is written", file=sys.stderr)
        raise typer.Exit(INTERRUPTED)
    if failed or source.note:
        print(f"{file}: {failed or source.note}", file=sys.stderr)
        raise typer.Exit(1)


def live(
    camera: Annotated[str, typer.Argument(help="Number of the camera (0 is the first), or a video file as a camera.")] = "0",
    out: Annotated[Path | None, typer.Option(help="Folder for timeline.csv and timeline.png; default: none.")] = None,
    show: Annotated[bool, typer.Option("--window/--no-window", help="Show the camera's picture; q closes it.")] = True,
    model: ModelOption = None,
    detector: DetectorOption = None,
    smoothing: SmoothingOption = Smoothing.exponential,
    abstain: Abstain = None,
):
    """Read the faces before a camera until q, Escape or Ctrl-C. Exit status: 0, or 1 if the camera stopped by itself.

    For example: emotion live --out today/, or on a server: emotion live --no-window --out today/
    """
    from contextlib import nullcontext

    from .. import timeline, video
    from ..predictor import Predictor

    if not show and out is None:
        raise ValueError("Expected --out FOLDER with --no-window, as nothing would be left otherwise. Received: none.")
    window = video.window() if show else lambda image: True
    predictor = Predictor.load(model, detector=detector)
    abstain = predictor.threshold if abstain is None else abstain
    closed = False

    def shown(image) -> bool:
        nonlocal closed
        closed = not window(image)
        return not closed

    with timeline.Timeline(out / "timeline.csv") if out else nullcontext() as lines:
        write = lines.write if lines else lambda moment: None
        source = int(camera) if camera.isdigit() else camera
        try:
            options = {"smoothing": smoothing.value, "abstain": abstain}
            seconds = video.show_live(predictor, source, on_moment=write, show=shown, **options)
        except KeyboardInterrupt:
            closed, seconds = True, None
    if lines:
        _finish(lines, out, [])
    if not closed:
        print(f"the camera gave no more pictures after {seconds:.1f} s", file=sys.stderr)
        raise typer.Exit(1)


def _finish(lines, out: Path, more: list[str]) -> None:
    """The figure and the summary, of whatever was read."""
    from .. import timeline

    written = [lines.path, *(out / name for name in more)]
    if lines.faces:
        path = out / "timeline.png"
        timeline.figure(timeline.read(lines.path)).savefig(path, dpi=100)
        written.append(path)
    print(timeline.summary_text(lines.seconds()))
    print(f"{lines.frames} frames, {lines.faces} faces in them; written: {', '.join(map(str, written))}", file=sys.stderr)
