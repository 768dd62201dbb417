"""Smoothing of each tracked face's probabilities over time."""

from collections import Counter, deque
from typing import Literal, get_args

import numpy as np

Smoothing = Literal["exponential", "majority", "none"]


class Smoother:
    """Probabilities of each tracked face, smoothed over time.

    Args:
        kind: "exponential": a running mean that halves the weight of earlier frames every
            ``half_life`` seconds. "majority": the mean of the last ``window`` frames; the label is
            the class that was the most probable one in most of them. "none": each frame alone.
        half_life: seconds.
        window: number of frames.

    Raises:
        ValueError: there is no such kind.

    Example:
        >>> smoother = Smoother("exponential", half_life=0.2)
        >>> smoother.update(1, 0.0, np.array([1.0, 0.0]))
        (array([1., 0.]), 0)
        >>> smoother.update(1, 0.4, np.array([0.0, 1.0]))
        (array([0.25, 0.75]), 1)
    """

    def __init__(self, kind: Smoothing = "exponential", half_life: float = 0.1, window: int = 6):
        if kind not in get_args(Smoothing):
            raise ValueError(
                f'Expected the smoothing "exponential", "majority" or "none". Received: {kind!r}.'
            )
        self._kind = kind
        self._half_life = half_life
        self._window = window
        self._means: dict[int, tuple[float, np.ndarray]] = {}  # by track: time and running mean
        self._rows: dict[int, deque[np.ndarray]] = {}  # by track: rows of the last frames

    def keep(self, track_ids: set[int]) -> None:
        """Forget all tracks but these, so that memory does not grow."""
        for state in (self._means, self._rows):
            for gone in state.keys() - track_ids:
                del state[gone]

    def update(self, track_id: int, time_s: float, row: np.ndarray) -> tuple[np.ndarray, int]:
        """Add the next frame of a track.

        Args:
            track_id: number of the track.
            time_s: time of the frame in seconds; must not fall.
            row: probabilities that the network gives for this frame, ``(num_classes,)``.

        Returns:
            The smoothed probabilities ``(num_classes,)``, and the index of the class for the label.
        """
        if self._kind == "majority":
            return self._majority(track_id, row)
        if self._kind == "exponential":
            before = self._means.get(track_id)
            if before is not None:
                before_s, mean = before
                weight = 0.5 ** ((time_s - before_s) / self._half_life)
                row = weight * mean + (1 - weight) * row
            self._means[track_id] = (time_s, row)
        return row, int(row.argmax())

    def _majority(self, track_id: int, row: np.ndarray) -> tuple[np.ndarray, int]:
        rows = self._rows.setdefault(track_id, deque(maxlen=self._window))
        rows.append(row)
        votes = Counter(int(each.argmax()) for each in rows)
        mean = np.mean(rows, axis=0)
        # Of classes with equally many votes the more probable one.
        return mean, max(votes, key=lambda index: (votes[index], mean[index]))
