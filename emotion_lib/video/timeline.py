"""What was read in a video, as a table that grows with it, a summary and a figure."""

import contextlib
import csv
import io
import json
import os
from collections import defaultdict
from contextlib import AbstractContextManager
from pathlib import Path

from ..files import printable
from .moments import Moment

COLUMNS = ("time_s", "frame", "track_id", "box", "probabilities", "label")
LONGEST = (
    1.0  # seconds that a face is believed to be shown after a camera's frame: a camera may hang
)
LONGEST_STILL = 10.0  # the same of a video, which may leave out frames in which nothing moves


class Timeline(AbstractContextManager):
    """Writes ``timeline.csv``, one row per face and frame, as the video is read; an interruption loses nothing.

    Args:
        path: the file; its folder is made.
        interval: seconds between two frames of the video, ``Video.interval``; None: a camera.

    Columns: ``time_s`` in seconds, ``frame`` from 0, ``track_id`` from 1, ``box`` as a JSON list x, y, width, height in
    px, ``probabilities`` as a JSON object class name -> probability, ``label``.

    Raises:
        OSError: the file cannot be written, for example because the disk is full; the message names the file. The rows of
            earlier frames are whole and stay.
    """

    def __init__(self, path: str | os.PathLike, interval: float | None = None):
        self.path = Path(path)
        self._longest = LONGEST if interval is None else max(LONGEST_STILL, 2 * interval)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # Without a buffer of Python's, which would keep what a full disk refused and try it again on closing.
        self._file = self.path.open("wb", buffering=0)
        self._seconds: dict[int, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        self._shown: list[tuple[int, str]] = []
        self._time = None
        self.faces = 0
        self.frames = 0
        try:
            self._append([COLUMNS])
        except OSError:
            self._file.close()
            raise

    def write(self, moment: Moment) -> None:
        """Add what was read in the next frame."""
        time_s = moment.frame.time_s
        rows = []
        shown = []
        for number, prediction in zip(moment.track_ids, moment.predictions, strict=True):
            box = [round(value, 1) for value in prediction.face.box]
            probabilities = {
                name: round(value, 4) for name, value in prediction.probabilities.items()
            }
            row = (
                f"{time_s:.3f}",
                moment.frame.index,
                number,
                json.dumps(box),
                json.dumps(probabilities),
                prediction.label,
            )
            rows.append(row)
            shown.append((number, prediction.label))
        self._append(rows)
        self._count(time_s)
        self._time = time_s
        self._shown = shown
        self.frames += 1
        self.faces += len(shown)

    def _append(self, rows: list[tuple]) -> None:
        """Write rows, all of them or none."""
        text = io.StringIO(newline="")
        csv.writer(text).writerows(rows)
        rest = text.getvalue().encode()
        whole = self._file.tell()
        try:
            while rest:  # a disk that is nearly full takes a part
                rest = rest[self._file.write(rest) :]
        except BaseException as error:  # Ctrl-C too must leave whole rows
            with contextlib.suppress(OSError):
                self._file.truncate(whole)
                self._file.seek(whole)
            if isinstance(error, OSError):
                raise OSError(error.errno, error.strerror, printable(self.path)) from error
            raise

    def seconds(self) -> dict[int, dict[str, float]]:
        """Track -> label -> seconds it was shown, each face until the next frame, or as long as is believed."""
        return {number: dict(labels) for number, labels in sorted(self._seconds.items())}

    def _count(self, until: float) -> None:
        for number, label in self._shown:
            self._seconds[number][label] += min(until - self._time, self._longest)

    def __exit__(self, *_):
        self._file.close()


def read(path: str | os.PathLike):
    """A ``timeline.csv`` as a pandas DataFrame, box and probabilities in columns of their own (x, y, width, height, and
    one a class)."""
    import pandas as pd

    table = pd.read_csv(path)
    boxes = pd.DataFrame(
        table["box"].map(json.loads).tolist(),
        columns=["x", "y", "width", "height"],
        index=table.index,
    )
    shares = pd.DataFrame(table["probabilities"].map(json.loads).tolist(), index=table.index)
    return pd.concat(
        [table[["time_s", "frame", "track_id"]], boxes, shares, table[["label"]]], axis=1
    )


def summary_text(seconds: dict[int, dict[str, float]]) -> str:
    """Seconds of each label and face, as lines of text; the longest first."""
    lines = []
    for number, labels in seconds.items():
        shares = sorted(labels.items(), key=lambda item: -item[1])
        lines.append(
            f"face {number}: " + ", ".join(f"{name} {value:.1f} s" for name, value in shares)
        )
    return "\n".join(lines) or "no face was seen for longer than one frame"


def figure(table, most: int = 6):
    """Draw each face's probabilities over time.

    Args:
        table: of :func:`read`.
        most: of how many faces, those seen longest.

    Returns:
        A matplotlib Figure: a panel a face, probabilities stacked, so that the thickest band is what was read.
    """
    from matplotlib import colormaps
    from matplotlib.figure import Figure

    names = list(table.columns[7:-1])
    tracks = table["track_id"].value_counts().index[:most].sort_values()
    canvas = Figure(figsize=(10, 1.2 + 1.6 * max(1, len(tracks))), layout="constrained")
    panels = canvas.subplots(max(1, len(tracks)), 1, sharex=True, squeeze=False)[:, 0]
    colors = [colormaps["Set2"](index % 8) for index in range(len(names))]
    for panel, number in zip(panels, tracks, strict=False):
        rows = table[table["track_id"] == number]
        panel.stackplot(
            rows["time_s"], rows[names].to_numpy().T, labels=names, colors=colors, linewidth=0
        )
        panel.set(ylabel=f"face {number}", ylim=(0, 1), yticks=[0, 0.5, 1])
    panels[-1].set_xlabel("seconds")
    if len(tracks):
        handles, labels = panels[0].get_legend_handles_labels()
        canvas.legend(handles, labels, loc="outside upper center", ncols=len(names), frameon=False)
    return canvas
