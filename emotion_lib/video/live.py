"""Live view of a camera with the faces annotated."""

import os
import sys
from collections.abc import Callable

import numpy as np

from ..environment import require
from ..inference.drawing import annotate
from ..inference.predictor import Predictor
from .camera import Camera
from .frames import VideoError
from .moments import Moment, read_moments

ESCAPE = 27


def show_live(
    predictor: Predictor,
    source: int | str | os.PathLike = 0,
    *,
    on_moment: Callable[[Moment], None] | None = None,
    show: Callable[[np.ndarray], bool] | None = None,
    **options,
) -> float:
    """Read a camera until its window is closed, q or Escape is pressed, or the camera is gone.

    Args:
        predictor: finds and classifies the faces.
        source: number of the camera, or a video file that is played like one.
        on_moment: called with the predictions of each frame, such as a timeline's ``write``.
        show: takes an annotated RGB frame and returns whether to continue; None: a window of
            OpenCV.
        options: of :class:`emotion_lib.video.moments.MomentReader`.

    Returns:
        Seconds from the first frame to the last.

    Raises:
        VideoError: there is no such camera, or no display for the window.
    """
    show = show or window()
    seconds = 0.0
    with Camera(source) as camera:
        for moment in read_moments(camera, predictor, **options):
            if on_moment is not None:
                on_moment(moment)
            seconds = moment.frame.time_s
            if not show(annotate(moment.frame.image, moment.predictions, moment.track_ids)):
                break
    return seconds


def window(title: str = "Emotion lab (q to close)") -> Callable[[np.ndarray], bool]:
    """Return a function that shows an RGB frame in a window and returns whether to continue.

    Raises:
        VideoError: there is no display.
    """
    display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if sys.platform.startswith("linux") and not display:
        raise VideoError(
            "Expected a display for the camera's window. Received: none (DISPLAY is not set). "
            "Run it on the desktop itself, use --no-window to write the timeline alone, or open "
            "`emotion app` from a machine with a camera."
        )
    require("cv2")
    import cv2

    def show(image: np.ndarray) -> bool:
        cv2.imshow(title, cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
        key = cv2.waitKey(1) & 0xFF
        if key in (ord("q"), ESCAPE):
            return False
        return cv2.getWindowProperty(title, cv2.WND_PROP_VISIBLE) >= 1

    return show
