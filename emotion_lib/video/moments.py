"""Videos and cameras in; tracked faces with smoothed probabilities out."""

import errno
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..faces.cropping import crop
from ..files import printable
from ..inference.drawing import annotate
from ..inference.predictor import Prediction, Predictor
from .capture import Camera, Frame, VideoError, openable
from .tracking import Smoother, Smoothing, Tracker

HIGHEST_RATE = 60.0  # frames per second that are written
LOWEST_RATE = 0.002  # OpenCV's writer takes none below
MOST_COPIES = 100  # frames written per frame read, so that no crafted video keeps the writer busy
SPARE_COPIES = 250  # more of them, for a pause at the start


@dataclass(frozen=True)
class Moment:
    """What was read in one frame: predictions with the numbers of their tracks, left to right."""

    frame: Frame
    track_ids: tuple[int, ...]
    predictions: tuple[Prediction, ...]


class Reader:
    """Reads one frame after the other: faces keep their numbers, and what is read in them is smoothed over time.

    Args:
        predictor: finds and reads the faces.
        smoothing: over time, see :class:`emotion_lib.video.tracking.Smoother`; "majority" is the vote of the last six frames.
        half_life: seconds, of the exponential smoothing.
        search_every: seconds between searches of the whole frame, see :class:`emotion_lib.video.tracking.Tracker`; 0 searches
            every frame.
        abstain: below this smoothed probability of its class the label is "not sure".
    """

    def __init__(
        self,
        predictor: Predictor,
        *,
        smoothing: Smoothing = "exponential",
        half_life: float = 0.1,
        search_every: float = 0.4,
        abstain: float = 0.0,
    ):
        self._predictor, self._abstain = predictor, abstain
        self._tracker, self._smoother = (
            Tracker(predictor.detector, search_every),
            Smoother(smoothing, half_life),
        )

    def read(self, frame: Frame) -> Moment:
        """What is in the next frame; its time must not fall."""
        tracked = self._tracker.update(frame.image, frame.time_s)
        self._smoother.keep(self._tracker.known)
        crops = [crop(frame.image, face, self._predictor.detector.framing) for _, face in tracked]
        predictions = []
        for (number, face), row in zip(
            tracked, self._predictor.scores(crops) if crops else (), strict=True
        ):
            smooth, top = self._smoother.update(number, frame.time_s, row)
            predictions.append(self._predictor.prediction(face, smooth, self._abstain, top))
        return Moment(frame, tuple(number for number, _ in tracked), tuple(predictions))


def read_moments(frames: Iterable[Frame], predictor: Predictor, **options) -> Iterator[Moment]:
    """Read every frame's faces.

    Args:
        frames: a :class:`Video`, a :class:`Camera`, or any iterable of frames in order.
        predictor: finds and reads the faces.
        options: of :class:`Reader`.
    """
    reader = Reader(predictor, **options)
    for frame in frames:
        yield reader.read(frame)


class VideoWriter(AbstractContextManager):
    """Annotated frames in a video file with a constant rate, as long as the original.

    A frame that is shown longer is written more often, and one that is shown for less than half an interval may be left
    out. A pause is shortened where it would take more than :data:`MOST_COPIES` written frames per frame read.

    The name's ending decides the kind: ``.webm`` (VP8) plays in any browser; anything else is MPEG-4, such as ``.mp4``,
    three times as fast to write but for players only. OpenCV comes without an H.264 encoder, which would be both.

    Nothing is written, nor is the file made, before the first frame.

    Args:
        path: the file; its folder is made.
        frames_per_second: of the original, such as ``Video.frames_per_second``; at most :data:`HIGHEST_RATE` are written.

    Raises:
        VideoError: the file cannot be opened for writing.
        OSError: the disk is nearly full; what was written until then stays playable.
    """

    _ROOM = (
        16 * 2**20
    )  # bytes that must be left: OpenCV does not say when a write fails, and the index comes last

    def __init__(self, path: str | os.PathLike, frames_per_second: float):
        self.path = Path(path)
        # Three decimals, as OpenCV keeps no more: frames are counted by the very rate that players will use.
        self._rate = round(min(max(frames_per_second, LOWEST_RATE), HIGHEST_RATE), 3)
        self._writer = None
        self._read = 0
        self._written = 0
        self._skipped = 0  # frames of pauses that were shortened

    @property
    def shortened(self) -> bool:
        """Whether a pause was shortened, so that the copy is shorter than the original."""
        return self._skipped > 0

    def write(self, moment: Moment) -> None:
        """Add a frame with its boxes and labels."""
        import cv2

        self._read += 1
        until = round(moment.frame.time_s * self._rate) + 1 - self._skipped
        most = MOST_COPIES * self._read + SPARE_COPIES
        if until > most:
            self._skipped += until - most
            until = most
        if self._writer is None:
            self._open(moment.frame.image)
        if shutil.disk_usage(self.path.parent).free < self._ROOM:
            raise OSError(errno.ENOSPC, "less than 16 MiB left on the disk", printable(self.path))
        if until <= self._written:
            return
        image = annotate(moment.frame.image, moment.predictions, moment.track_ids)
        picture = cv2.cvtColor(image[: self._size[1], : self._size[0]], cv2.COLOR_RGB2BGR)
        if (
            picture.shape[1::-1] != self._size
        ):  # a video may change its size; OpenCV would leave such frames out
            picture = cv2.resize(picture, self._size)
        for _ in range(self._written, until):
            self._writer.write(picture)
        self._written = until

    def _open(self, image: np.ndarray) -> None:
        import cv2

        height, width = image.shape[:2]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._size = (width // 2 * 2, height // 2 * 2)  # the codec wants even sides
        code = cv2.VideoWriter.fourcc(*("VP80" if self.path.suffix == ".webm" else "mp4v"))
        with openable(self.path) as opened:
            self._writer = cv2.VideoWriter(opened, code, self._rate, self._size)
        if not self._writer.isOpened():
            raise VideoError(
                f"Expected to write {printable(self.path)}. Received: it cannot be opened. Choose another file."
            )

    def __exit__(self, *_):
        if self._writer is not None:
            self._writer.release()


def show_live(
    predictor: Predictor,
    source: int | str | os.PathLike = 0,
    *,
    on_moment: Callable[[Moment], None] = lambda moment: None,
    show: Callable[[np.ndarray], bool] | None = None,
    **options,
) -> float:
    """Read a camera until its window is closed, q or Escape is pressed, or the camera is gone.

    Args:
        predictor: finds and reads the faces.
        source: number of the camera, or a video file to play as one.
        on_moment: called with every moment, such as a timeline's ``write``.
        show: takes an annotated RGB frame and says whether to go on; None: a window of OpenCV's.
        options: of :func:`read_moments`.

    Returns:
        Seconds from the first to the last frame.

    Raises:
        VideoError: no such camera, or no display for the window.
    """
    show = show or window()
    seconds = 0.0
    with Camera(source) as camera:
        for moment in read_moments(camera, predictor, **options):
            on_moment(moment)
            seconds = moment.frame.time_s
            if not show(annotate(moment.frame.image, moment.predictions, moment.track_ids)):
                break
    return seconds


def window(title: str = "Emotion lab (q to close)") -> Callable[[np.ndarray], bool]:
    """A window for :func:`show_live`.

    Raises:
        VideoError: there is no display.
    """
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        raise VideoError(
            "Expected a display for the camera's window. Received: none (DISPLAY is not set). Run it on the desktop itself, "
            "use --no-window to write the timeline alone, or open `make app` from a machine with a camera."
        )
    import cv2

    def show(image: np.ndarray) -> bool:
        cv2.imshow(title, cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
        key = cv2.waitKey(1) & 0xFF
        return key not in (ord("q"), 27) and cv2.getWindowProperty(title, cv2.WND_PROP_VISIBLE) >= 1

    return show
