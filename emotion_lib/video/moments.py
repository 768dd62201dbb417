"""Tracked faces of each frame, with probabilities smoothed over time."""

from collections.abc import Generator, Iterable
from dataclasses import dataclass

from ..faces.cropping import crop
from ..inference.predictor import Predictor
from ..inference.results import Prediction
from .frames import Frame
from .smoothing import Smoother, Smoothing
from .tracking import Tracker


@dataclass(frozen=True)
class Moment:
    """Predictions of one frame, from left to right.

    Attributes:
        frame: the frame.
        track_ids: number of each face, from 1; a face keeps its number from frame to frame.
        predictions: one per face, with smoothed probabilities.
        was_read: False if this frame was left out; the predictions are those of the last one that
            was read, or none since a cut.
    """

    frame: Frame
    track_ids: tuple[int, ...]
    predictions: tuple[Prediction, ...]
    was_read: bool = True


class MomentReader:
    """Predictions of successive frames: faces keep their numbers, probabilities are smoothed.

    Args:
        predictor: finds and classifies the faces.
        smoothing: see :class:`emotion_lib.video.smoothing.Smoother`; "majority" is the vote of the
            last six frames.
        half_life: seconds, of the exponential smoothing.
        search_every: seconds between searches of the whole frame, see
            :class:`emotion_lib.video.tracking.Tracker`; 0 searches every frame.
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
        self._predictor = predictor
        self._abstain = abstain
        self._tracker = Tracker(predictor.detector, search_every)
        self._smoother = Smoother(smoothing, half_life)

    def read(self, frame: Frame) -> Moment:
        """Return the predictions of the next frame, whose time must not fall.

        Raises:
            ArtifactError: the model gives no probabilities.
        """
        tracked = self._tracker.update(frame.image, frame.time_s)
        self._smoother.keep(self._tracker.known)
        if not tracked:
            return Moment(frame, (), ())
        framing = self._predictor.detector.framing
        scores = self._predictor.scores([crop(frame.image, face, framing) for _, face in tracked])
        track_ids = []
        predictions = []
        for (track_id, face), row in zip(tracked, scores, strict=True):
            smoothed, top = self._smoother.update(track_id, frame.time_s, row)
            track_ids.append(track_id)
            predictions.append(self._predictor.prediction(face, smoothed, self._abstain, top))
        return Moment(frame, tuple(track_ids), tuple(predictions))

    def skip(self, frame: Frame) -> bool:
        """Pass over a frame, whose time must not fall, and return whether it begins a new scene."""
        return self._tracker.skip(frame.image, frame.time_s)


def read_moments(
    frames: Iterable[Frame], predictor: Predictor, *, every: int = 1, **options
) -> Generator[Moment, None, None]:
    """Yield the predictions of each frame.

    Args:
        frames: a :class:`Video`, a :class:`Camera`, or any iterable of frames in order.
        predictor: finds and classifies the faces.
        every: only each ``every``-th frame is read, from the first on.
        options: of :class:`MomentReader`.

    Example:
        >>> with Video("party.mp4") as video:  # doctest: +SKIP
        ...     for moment in read_moments(video, Predictor.load()):
        ...         print(moment.frame.time_s, [p.label for p in moment.predictions])
    """
    reader = MomentReader(predictor, **options)
    last = None
    for number, frame in enumerate(frames):
        if last is None or number % every == 0:
            last = reader.read(frame)
            yield last
            continue
        if reader.skip(frame):
            last = Moment(frame, (), ())
        yield Moment(frame, last.track_ids, last.predictions, was_read=False)
