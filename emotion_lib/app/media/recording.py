"""The answer to a video: its faces followed, and how long each showed which expression."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from csv import DictReader
from dataclasses import dataclass, field, replace
from json import dumps
from pathlib import Path

from ...files import printable
from ...inference.drawing import label_of
from ...inference.predictor import Predictor
from ...video import timeline
from ...video.frames import VideoError
from ...video.moments import Moment, read_moments
from ...video.reader import Video
from ...video.writer import VideoWriter
from ..schemas import FaceSeconds

TABLE = "timeline.csv"
COPY = "annotated.mp4"
# px of the longer side of the annotated copy, which browsers show and visitors download.
COPY_SIDE = 1280
# Width times height of a frame, that of 8K. Five frames are in memory at the same time.
MAX_PIXELS = 7680 * 4320
# Columns of the table that hold text.
TEXTS = ("label", "quality")


class CancelledError(Exception):
    """Nobody waits for the answer any more."""


@dataclass
class Reading:
    """The answer to a video.

    Attributes:
        message: sentences for the visitor.
        failed: True if nothing could be read.
        seconds: of the video that were read.
        size: width and height of its frames in px.
        faces: seconds of each face, those seen longest first.
        table: timeline.csv, or None.
        copy: annotated video that browsers play, or None.
    """

    message: str = ""
    failed: bool = False
    seconds: float = 0.0
    size: tuple[int, int] = (0, 0)
    faces: list[FaceSeconds] = field(default_factory=list)
    table: Path | None = None
    copy: Path | None = None


def read_recording(
    predictor: Predictor,
    path: Path,
    *,
    name: str,
    max_seconds: float,
    max_wall_seconds: float,
    on_start: Callable[[Video], object] = lambda source: None,
    on_moment: Callable[[Moment], object] = lambda moment: None,
) -> Reading:
    """Read the faces of a video, and write its table and annotated copy beside it.

    Args:
        predictor: finds and reads the faces.
        path: the video, in a folder of its own.
        name: of the video in messages.
        max_seconds: of the video that are read.
        max_wall_seconds: after which the reading ends with what it has.
        on_start: called with the opened video.
        on_moment: called after each frame.

    Raises:
        CancelledError: ``on_moment`` raised it.
    """
    reading = Reading()
    try:
        with ExitStack() as stack:
            source = stack.enter_context(Video(path))
            _check_size(source)
            on_start(source)
            lines = timeline.Timeline(path.with_name(TABLE), predictor.class_names, source.interval)
            stack.enter_context(lines)
            writer = VideoWriter(
                path.with_name(COPY),
                source.frames_per_second,
                sound_of=path,
                max_side=COPY_SIDE,
            )
            stack.enter_context(writer)
            moments = read_moments(source, predictor, abstain=predictor.threshold)
            stack.enter_context(closing(moments))
            end = time.monotonic() + max_wall_seconds
            note = ""
            try:
                for moment in moments:
                    reading.seconds = moment.frame.time_s
                    reading.size = moment.frame.image.shape[1::-1]
                    lines.write(_with_poor_views(moment))
                    writer.write(moment)
                    on_moment(moment)
                    note = _limit(reading.seconds, end, max_seconds, max_wall_seconds)
                    if note:
                        break
            except OSError as error:  # the server's disk is full, for example
                note = f" It stopped at {reading.seconds:.1f} s: {error.strerror or error}."
    except VideoError as error:
        return _unreadable(str(error).replace(printable(path), name))
    except OSError as error:  # there is no room even for the first line of the table
        return _unreadable(f"{error.strerror or type(error).__name__}.")
    if not lines.frames:
        return _unreadable(note.strip())
    if source.note and not note:
        note = f" The file is {source.note}."
    reading.faces = _seconds_of_faces(lines.seconds())
    reading.message = _sentence(reading) + note
    reading.table = lines.path
    reading.copy = writer.path if writer.path.is_file() else None
    return reading


def table_as_json(path: Path, head: dict) -> Iterator[str]:
    """Yield the parts of a JSON object with the rows of a timeline, in constant memory.

    Args:
        path: timeline.csv.
        head: entries of the object besides ``rows``, which is a list with one object per row.
    """
    yield dumps(head)[:-1] + ', "rows": ['
    separator = "\n"
    with path.open(newline="", encoding="utf-8") as file:
        for row in DictReader(file):
            cells = []
            for column, cell in row.items():
                # A number is written in the same way in both formats.
                value = dumps(cell) if cell and column in TEXTS else cell or "null"
                cells.append(f"{dumps(column)}: {value}")
            yield f"{separator}{{{', '.join(cells)}}}"
            separator = ",\n"
    yield "\n]}\n"


def _check_size(source: Video) -> None:
    width, height = source.size
    if width * height > MAX_PIXELS:
        raise VideoError(
            f"Expected frames of at most {MAX_PIXELS / 1e6:.0f} megapixels (8K). "
            f"Received: {width}x{height} px. "
            "Make it smaller: ffmpeg -i IN -vf scale=1920:-2 OUT.mp4"
        )


def _with_poor_views(moment: Moment) -> Moment:
    """Return a moment whose poor views are labelled so: they are not read."""
    predictions = [replace(each, label=label_of(each)) for each in moment.predictions]
    return replace(moment, predictions=tuple(predictions))


def _limit(now: float, end: float, max_seconds: float, max_wall_seconds: float) -> str:
    """Return a sentence on the limit that ends the reading, empty if none does."""
    if now >= max_seconds:
        return (
            f" Only the first {_duration(max_seconds)} are read here; "
            "the command emotion video reads all of it."
        )
    if time.monotonic() >= end:
        return f" It took longer than {_duration(max_wall_seconds)}, and ends there."
    return ""


def _duration(seconds: float) -> str:
    if seconds >= 120:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds:.0f} seconds"


def _seconds_of_faces(seconds: dict[int, dict[str, float]]) -> list[FaceSeconds]:
    faces = []
    for number, labels in seconds.items():
        longest_first = sorted(labels.items(), key=lambda item: -item[1])
        rounded = {label: round(value, 2) for label, value in longest_first}
        faces.append(FaceSeconds(number=number, seconds=rounded))
    return sorted(faces, key=lambda face: -sum(face.seconds.values()))


def _sentence(reading: Reading) -> str:
    length = f"{reading.seconds:.1f} seconds"
    if not reading.faces:
        return f"No face was found in {length} of video."
    count = "1 face" if len(reading.faces) == 1 else f"{len(reading.faces)} faces"
    return f"{count} in {length} of video."


def _unreadable(reason: str) -> Reading:
    return Reading(f"This video cannot be read. {reason}".strip(), failed=True)
