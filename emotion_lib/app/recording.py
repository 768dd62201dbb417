"""The page's answer to a video: its faces followed, and how long each showed which expression."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from ..files import printable
from ..inference.predictor import Predictor
from ..video import timeline
from ..video.frames import VideoError
from ..video.moments import read_moments
from ..video.reader import Video
from ..video.writer import VideoWriter
from . import cards

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Seconds of a video that the page reads, as other visitors wait; the command reads any length.
MAX_SECONDS = 600.0
MAX_CARDS = 12  # of the faces that are seen longest
NO_FACE = "**No face found in this video.**"


@dataclass(frozen=True)
class Reading:
    """The answer to a video; all but the message may be missing.

    Attributes:
        message: in Markdown.
        annotated: a video that browsers play.
        cards: HTML.
        course: the probabilities over time.
        table: the timeline as CSV.
    """

    message: str
    annotated: Path | None = None
    cards: str = ""
    course: "Figure | None" = None
    table: Path | None = None


def read_recording(
    predictor: Predictor,
    path: str,
    folder: Path,
    *,
    progress: Callable[[float, float], object] = lambda done, total: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Reading:
    """Read the faces in an uploaded video.

    Args:
        predictor: finds and reads the faces.
        path: the video.
        folder: for the files that are made of it.
        progress: called with the seconds read, and the seconds to read (0 if unknown).
        stopped: returns whether to stop; the results until then are shown.
    """
    name = printable(Path(path).name)
    try:
        with ExitStack() as stack:
            source = stack.enter_context(Video(path))
            table = folder / "timeline.csv"
            lines = timeline.Timeline(table, predictor.class_names, source.interval)
            stack.enter_context(lines)
            writer = VideoWriter(folder / "annotated.mp4", source.frames_per_second, sound_of=path)
            stack.enter_context(writer)
            seconds, note = _follow(predictor, source, lines, writer, progress, stopped)
    except VideoError as error:
        return _unreadable(f" {escape(str(error).replace(printable(path), name))}")
    except OSError as error:  # there is no room even for the first line of the table
        return _unreadable(f" {escape(error.strerror or str(error))}.")
    if source.note:
        note += f" {escape(name)} {escape(source.note)}."
    if not lines.frames:
        return _unreadable(note)
    annotated = writer.path if writer.path.is_file() else None
    if not lines.faces:
        return Reading(f"{NO_FACE}{note}", annotated)
    shown = lines.seconds()
    return Reading(
        f"**{_count(shown)} in {seconds:.1f} seconds.** "
        f"How long each perceived expression was shown:{note}",
        annotated,
        cards.of_seconds(_seen_longest(shown)),
        timeline.figure(timeline.read(lines.path)),
        lines.path,
    )


def _follow(
    predictor: Predictor,
    source: Video,
    lines: timeline.Timeline,
    writer: VideoWriter,
    progress: Callable[[float, float], object],
    stopped: Callable[[], bool],
) -> tuple[float, str]:
    """Read the video to its end, or until something stops it.

    Returns:
        The seconds that were read, and a sentence on why it stopped early, empty at the end.
    """
    now = 0.0
    try:
        for moment in read_moments(source, predictor, abstain=predictor.threshold):
            now = moment.frame.time_s
            lines.write(moment)
            writer.write(moment)
            progress(now, min(source.seconds, MAX_SECONDS))
            if stopped():
                return now, f" Stopped at {now:.1f} s."
            if now >= MAX_SECONDS:
                return now, (
                    f" The page reads the first {MAX_SECONDS / 60:.0f} minutes; "
                    "`emotion video FILE` reads all of it."
                )
    except OSError as error:  # the server's disk is full, for example
        return now, f" It stopped there: {escape(error.strerror or str(error))}."
    return now, ""


def _unreadable(reason: str) -> Reading:
    return Reading(f"**This video cannot be read.**{reason}")


def _count(seconds: dict[int, dict[str, float]]) -> str:
    """Return the number of faces in words."""
    if len(seconds) == 1:
        return "1 face"
    if len(seconds) > MAX_CARDS:
        return f"{len(seconds)} faces, the {MAX_CARDS} seen longest below"
    return f"{len(seconds)} faces"


def _seen_longest(seconds: dict[int, dict[str, float]]) -> dict[int, dict[str, float]]:
    """Return the faces that are seen longest, by their numbers."""
    by_duration = sorted(seconds, key=lambda number: -sum(seconds[number].values()))
    chosen = sorted(by_duration[:MAX_CARDS])
    return {number: seconds[number] for number in chosen}
