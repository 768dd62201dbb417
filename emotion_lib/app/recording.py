"""What the page shows for a video: its faces followed, and how long each showed what."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from html import escape
from pathlib import Path

from matplotlib.figure import Figure

from ..files import printable
from ..inference.predictor import Predictor
from ..video import timeline
from ..video.frames import VideoError
from ..video.moments import read_moments
from ..video.reader import Video
from ..video.writer import VideoWriter
from . import cards

LONGEST = (
    600.0  # seconds of a video that the page reads, as others wait; the command reads any length
)
MOST = 12  # cards: of the faces seen longest
NO_FACE = "**No face found in this video.**"


@dataclass(frozen=True)
class Reading:
    """What is shown; all but the message may be missing.

    Attributes:
        message: in Markdown.
        annotated: a video that browsers play.
        cards: HTML.
        course: probabilities over time.
        table: the timeline as CSV.
    """

    message: str
    annotated: Path | None = None
    cards: str = ""
    course: Figure | None = None
    table: Path | None = None


def read_recording(
    predictor: Predictor,
    path: str,
    folder: Path,
    *,
    progress: Callable[[float, float], None] = lambda done, whole: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Reading:
    """Read an uploaded video.

    Args:
        predictor: finds and reads the faces.
        path: the video.
        folder: for the files made of it.
        progress: called with the seconds read and those there are (0 if the file does not say).
        stopped: whether to end here; what was read until then is shown.
    """
    name = printable(Path(path).name)
    annotated = folder / "annotated.webm"
    ended = ""
    try:
        with ExitStack() as stack:
            source = stack.enter_context(Video(path))
            lines = stack.enter_context(timeline.Timeline(folder / "timeline.csv", source.interval))
            writer = stack.enter_context(VideoWriter(annotated, source.frames_per_second))
            try:
                for moment in read_moments(source, predictor, abstain=predictor.threshold):
                    now = moment.frame.time_s
                    lines.write(moment)
                    writer.write(moment)
                    progress(now, min(source.seconds, LONGEST))
                    if stopped():
                        ended = f" Stopped at {now:.1f} s."
                    elif now >= LONGEST:
                        ended = f" The page reads the first {LONGEST / 60:.0f} minutes; `emotion video FILE` reads them all."
                    if ended:
                        break
            except (
                OSError
            ) as error:  # the server's disk is full, say: what was read until then is shown
                ended = f" It broke off there: {escape(error.strerror or str(error))}."
    except VideoError as error:
        return Reading(
            f"**This video cannot be read.** {escape(str(error).replace(printable(path), name))}"
        )
    except OSError as error:  # not even the table's first line fits
        return Reading(f"**This video cannot be read.** {escape(error.strerror or str(error))}.")
    if source.note:
        ended += f" {escape(name)} {escape(source.note)}."
    if not lines.frames:
        return Reading(f"**This video cannot be read.**{ended}")
    if not lines.faces:
        return Reading(f"{NO_FACE}{ended}", annotated if annotated.is_file() else None)
    seconds = lines.seconds()
    longest = sorted(seconds, key=lambda number: -sum(seconds[number].values()))[:MOST]
    many = f", the {MOST} seen longest below" if len(seconds) > MOST else ""
    faces = "1 face" if len(seconds) == 1 else f"{len(seconds)} faces{many}"
    return Reading(
        f"**{faces} in {now:.1f} seconds.** How long each perceived expression was shown:{ended}",
        annotated if annotated.is_file() else None,
        cards.of_seconds({number: seconds[number] for number in sorted(longest)}),
        timeline.figure(timeline.read(lines.path)),
        lines.path,
    )
