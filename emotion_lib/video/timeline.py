"""Timeline of a video: a table that grows while it is read, a summary and a figure."""

import contextlib
import csv
import io
import os
from collections import defaultdict
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import EmotionError
from ..files import printable
from ..inference.tables import face_columns, face_values
from ..labels import EXPRESSION_COLORS
from .moments import Moment

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

COLUMNS = ("frame", "time_s", "person")
# Seconds for which a face counts as shown after a camera's frame: a camera may hang.
MAX_SHOWN = 1.0
# The same for a video, which may leave out frames in which nothing moves.
MAX_SHOWN_IN_VIDEO = 10.0


class TimelineError(EmotionError, ValueError):
    """A file that is not a timeline of this version."""


class Timeline(AbstractContextManager):
    """Writer of ``timeline.csv``, one row per face and frame, while the video is read.

    An interruption loses no frame that was written. The columns are ``frame`` from 0, ``time_s`` in
    seconds, ``person`` from 1 (the number of the track), and those of
    :func:`emotion_lib.inference.tables.face_columns`. A frame without a face has one row with
    nothing but ``frame`` and ``time_s``. A frame that was not read has no row.

    Args:
        path: the file; its folder is made.
        class_names: of the model; one column per class.
        interval: seconds between two frames of the video, ``Video.interval``; None: a camera.

    Attributes:
        path: the file.
        frames: number of frames written, of those that were read.
        faces: number of faces in them.

    Raises:
        OSError: the file cannot be written, for example because the disk is full; the message names
            the file. The rows of earlier frames are whole.

    Example:
        >>> with Video("party.mp4") as video:  # doctest: +SKIP
        ...     with Timeline("timeline.csv", predictor.class_names, video.interval) as timeline:
        ...         for moment in read_moments(video, predictor):
        ...             timeline.write(moment)
        >>> timeline.seconds()  # doctest: +SKIP
        {1: {'happy': 3.2, 'neutral': 0.8}}
    """

    def __init__(
        self,
        path: str | os.PathLike,
        class_names: tuple[str, ...],
        interval: float | None = None,
    ):
        self.path = Path(path)
        self._columns = (*COLUMNS, *face_columns(class_names))
        self._longest = MAX_SHOWN
        if interval is not None:
            self._longest = max(MAX_SHOWN_IN_VIDEO, 2 * interval)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # Without Python's buffer, which would keep what a full disk refused and try it again on
        # closing.
        self._file = self.path.open("wb", buffering=0)
        self._seconds: dict[int, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        self._shown: list[tuple[int, str]] = []  # track and label of each face of the last frame
        self._time = 0.0  # of the last frame
        self.faces = 0
        self.frames = 0
        try:
            self._append([dict(zip(self._columns, self._columns, strict=True))])
        except OSError:
            self._file.close()
            raise

    def write(self, moment: Moment) -> None:
        """Add the predictions of the next frame.

        A frame that was not read adds no row; its faces, those of the one before, count as shown.
        """
        if moment.was_read:
            self._append(_rows(moment))
        time_s = moment.frame.time_s
        for track_id, label in self._shown:
            self._seconds[track_id][label] += min(time_s - self._time, self._longest)
        self._time = time_s
        labels = [prediction.label for prediction in moment.predictions]
        self._shown = list(zip(moment.track_ids, labels, strict=True))
        if moment.was_read:
            self.frames += 1
            self.faces += len(labels)

    def seconds(self) -> dict[int, dict[str, float]]:
        """Return the seconds for which each label of each track was shown.

        A face counts as shown until the next frame, but at most for a plausible time.

        Returns:
            Track -> label -> seconds.
        """
        return {track_id: dict(labels) for track_id, labels in sorted(self._seconds.items())}

    def _append(self, rows: list[dict]) -> None:
        """Write all rows or none."""
        text = io.StringIO(newline="")
        csv.DictWriter(text, self._columns, restval="").writerows(rows)
        rest = text.getvalue().encode()
        size = self._file.tell()
        try:
            while rest:  # a disk that is nearly full takes a part
                rest = rest[self._file.write(rest) :]
        except BaseException as error:  # Ctrl-C too must leave whole rows
            with contextlib.suppress(OSError):
                self._file.truncate(size)
                self._file.seek(size)
            if isinstance(error, OSError):
                raise OSError(error.errno, error.strerror, printable(self.path)) from error
            raise

    def __exit__(self, *_):
        self._file.close()


def _rows(moment: Moment) -> list[dict]:
    """Return the rows of a frame: one per face, or a single one without a face."""
    base = {"frame": moment.frame.index, "time_s": f"{moment.frame.time_s:.3f}"}
    rows = []
    for track_id, prediction in zip(moment.track_ids, moment.predictions, strict=True):
        rows.append(base | {"person": track_id} | face_values(prediction))
    return rows or [base]


def read(path: str | os.PathLike) -> "pd.DataFrame":
    """Read a ``timeline.csv``.

    Returns:
        A table with the columns that :class:`Timeline` writes. ``person`` is missing in the row of
        a frame without a face, so that ``table.dropna(subset="person")`` has one row per face.

    Raises:
        TimelineError: it has other columns, as those of earlier versions have.
    """
    import pandas as pd

    table = pd.read_csv(path)
    expected = [*COLUMNS, *face_columns()]
    if list(table.columns[: len(expected)]) != expected:
        raise TimelineError(
            f"Expected the columns {', '.join(expected[:6])} ... of this version. "
            f"Received: {', '.join(table.columns[:6])} ... in {printable(path)}. "
            "Run `emotion video` again."
        )
    return table.astype({"person": "Int64"})


def summary_text(seconds: dict[int, dict[str, float]]) -> str:
    """Return one line per face with the seconds of each label, the longest first.

    Args:
        seconds: from :meth:`Timeline.seconds`.

    Example:
        >>> summary_text({1: {"neutral": 0.8, "happy": 3.24}})
        'face 1: happy 3.2 s, neutral 0.8 s'
    """
    lines = []
    for track_id, labels in seconds.items():
        longest_first = sorted(labels.items(), key=lambda item: -item[1])
        parts = [f"{name} {value:.1f} s" for name, value in longest_first]
        lines.append(f"face {track_id}: {', '.join(parts)}")
    return "\n".join(lines) or "no face was seen for longer than one frame"


def figure(table: "pd.DataFrame", most: int = 6) -> "Figure":
    """Draw each face's probabilities over time, stacked, in one panel per face.

    Args:
        table: from :func:`read`.
        most: number of faces to show, those seen longest.
    """
    from matplotlib import colormaps
    from matplotlib.figure import Figure

    names = list(table.columns[len(COLUMNS) + len(face_columns()) :])
    tracks = table["person"].value_counts().index[:most].sort_values()
    panel_count = max(1, len(tracks))
    canvas = Figure(figsize=(10, 1.2 + 1.6 * panel_count), layout="constrained")
    panels = canvas.subplots(panel_count, 1, sharex=True, squeeze=False)[:, 0]
    # Classes that are no expressions are shades of gray: a colour means an expression.
    grays = colormaps["Greys"](np.linspace(0.3, 0.9, len(names)))
    colors = [EXPRESSION_COLORS.get(name, gray) for name, gray in zip(names, grays, strict=True)]
    for panel, track_id in zip(panels, tracks, strict=False):
        rows = table[(table["person"] == track_id).fillna(False)]
        panel.stackplot(
            rows["time_s"], rows[names].to_numpy().T, labels=names, colors=colors, linewidth=0
        )
        panel.set(ylabel=f"face {track_id}", ylim=(0, 1), yticks=[0, 0.5, 1])
    panels[-1].set_xlabel("seconds")
    if len(tracks):
        handles, labels = panels[0].get_legend_handles_labels()
        canvas.legend(handles, labels, loc="outside upper center", ncols=len(names), frameon=False)
    return canvas
