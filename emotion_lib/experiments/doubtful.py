"""Decisions in doubt: images whose two highest scores are too close for rounded scores to order.

Scores are kept with three digits, and another machine's arithmetic changes the last digits of a
network's scores. Either may change the answer for an image whose two highest scores are nearly
equal. That gives the figures no tolerance: all must follow from *one* choice of these answers.
So a single wrong figure is found, however many decisions are in doubt.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ..artifacts import Figures
from ..evaluation import Evaluation

_FURTHER_CHANGES = 4  # changed answers beyond those that the recall of each class asks for
_MOST_STATES = 100_000  # of the search, 5 s
_EXACT = 1e-9

# A changed answer: the label, the answer and the other answer, as indices of classes.
Change = tuple[int, int, int]


class Decided(NamedTuple):
    """An evaluation with doubtful answers chosen so that recorded figures follow from it.

    Attributes:
        evaluation: with these answers.
        changes: number of answers that were changed.
        macro_f1: its value; or, where there are too many choices to try all, the least and the
            largest value of those that were tried.
    """

    evaluation: Evaluation
    changes: int
    macro_f1: tuple[float, float]


def decided_as_recorded(evaluation: Evaluation, recorded: Figures, margin: float) -> Decided | None:
    """Return the choice of doubtful answers from which recorded figures follow.

    The recall of each class says how many of its images are correct; macro-F1 must hold as well.

    Args:
        evaluation: of a single-label task.
        recorded: figures of the same images.
        margin: an answer is in doubt if another class's score is this close to the highest.

    Returns:
        The choice with the fewest changed answers; None if there is none.
    """
    if evaluation.multi_label or set(recorded.recall) != set(evaluation.class_names):
        return None
    images = _doubtful(evaluation, margin)
    needed = _needed(evaluation, recorded)
    if needed is None or not images:
        return None
    tried: list[tuple[float, list[Change]]] = []
    choices = _Choices({change: len(found) for change, found in images.items()}, needed)
    for changes, more_answers in choices:
        macro_f1 = _macro_f1(evaluation, needed, more_answers)
        tried.append((macro_f1, changes))
        if abs(macro_f1 - recorded.macro_f1) < _EXACT:
            changed = _changed(evaluation, images, changes)
            if changed is not None:
                return Decided(changed, len(changes), (macro_f1, macro_f1))
    if choices.complete or not tried:
        return None
    low = min(tried)[0]
    high = max(tried)[0]
    nearest = min(tried, key=lambda pair: abs(pair[0] - recorded.macro_f1))[1]
    changed = _changed(evaluation, images, nearest)
    if changed is None or not low <= recorded.macro_f1 <= high:
        return None
    return Decided(changed, len(nearest), (low, high))


def _macro_f1(
    evaluation: Evaluation, more_correct: np.ndarray, more_answers: tuple[int, ...]
) -> float:
    """Return macro-F1 after changes of the correct images, and of the answers, of each class."""
    answers = np.bincount(evaluation.y_pred, minlength=len(more_correct)) + more_answers
    present = evaluation.support > 0
    hits = evaluation.hits + more_correct
    return float(np.mean(2 * hits[present] / (evaluation.support + answers)[present]))


def _doubtful(evaluation: Evaluation, margin: float) -> dict[Change, list[int]]:
    """Return the images of each possible change of an answer."""
    scores = evaluation.y_score
    answers = evaluation.y_pred
    highest = scores.max(axis=1, keepdims=True)
    close = scores >= highest - margin
    close[np.arange(len(scores)), answers] = False
    found: dict[Change, list[int]] = {}
    for image, other in np.argwhere(close).tolist():
        change = (int(evaluation.y_true[image]), int(answers[image]), other)
        found.setdefault(change, []).append(image)
    return found


def _needed(evaluation: Evaluation, recorded: Figures) -> np.ndarray | None:
    """Return how many more images of each class must be correct; None if no number of them is."""
    values = np.array([recorded.recall[name] for name in evaluation.class_names], np.float64)
    has_images = evaluation.support > 0
    if np.isnan(values[has_images]).any():
        return None
    hits = np.where(has_images, values * evaluation.support, 0)
    if np.abs(hits - hits.round()).max() > 1e-6:
        return None
    return hits.round().astype(int) - evaluation.hits


class _Choices:
    """Lists of changes after which each class has the needed correct images, the shortest first.

    Beside each list is how many more images than before get each answer. Macro-F1 depends on these
    numbers alone, so of all lists that lead to the same numbers one is enough.

    Args:
        kinds: number of images of each possible change.
        needed: how many more images of each class must be correct.

    Attributes:
        complete: after the loop, whether all lists were found.
    """

    def __init__(self, kinds: dict[Change, int], needed: np.ndarray):
        self._kinds = kinds
        self._needed = tuple(needed.tolist())
        self._seen: set[tuple] = set()
        self.complete = False

    def __iter__(self) -> Iterator[tuple[list[Change], tuple[int, ...]]]:
        most = sum(map(abs, self._needed)) + _FURTHER_CHANGES
        start = (self._needed, (0,) * len(self._needed))
        reached: dict[tuple, list[Change]] = {start: []}
        self._seen = {start}
        for count in range(most + 1):
            for (open_changes, answers), chosen in reached.items():
                if not any(open_changes):
                    yield chosen, answers
            if len(self._seen) > _MOST_STATES:
                return
            reached = self._extended(reached, most - count - 1)
        self.complete = True

    def _extended(self, reached: dict[tuple, list[Change]], left: int) -> dict[tuple, list[Change]]:
        """Return the lists with one change more, of which ``left`` more changes can be enough."""
        longer: dict[tuple, list[Change]] = {}
        for (open_changes, answers), chosen in reached.items():
            for kind, images in self._kinds.items():
                state = (_after(open_changes, kind), _answers_after(answers, kind))
                is_hopeless = sum(map(abs, state[0])) > left
                if is_hopeless or state in self._seen or chosen.count(kind) == images:
                    continue
                self._seen.add(state)
                longer[state] = [*chosen, kind]
        return longer


def _after(needed: tuple[int, ...], change: Change) -> tuple[int, ...]:
    """Return how many more images of each class must be correct after a change."""
    label, answer, other = change
    counts = list(needed)
    if other == label:
        counts[label] -= 1
    elif answer == label:
        counts[label] += 1
    return tuple(counts)


def _answers_after(answers: tuple[int, ...], change: Change) -> tuple[int, ...]:
    """Return how many more images than before get each answer after a change."""
    _, answer, other = change
    counts = list(answers)
    counts[answer] -= 1
    counts[other] += 1
    return tuple(counts)


def _changed(
    evaluation: Evaluation, images: dict[Change, list[int]], changes: list[Change]
) -> Evaluation | None:
    """Return the evaluation with changed answers; None if they need one image twice."""
    scores = evaluation.y_score.copy()
    used: set[int] = set()
    for change in changes:
        free = [image for image in images[change] if image not in used]
        if not free:
            return None
        used.add(free[0])
        _, answer, other = change
        scores[free[0], [answer, other]] = scores[free[0], [other, answer]]
        # They may be equal, and the class of the lower index would stay the answer.
        scores[free[0], other] = np.nextafter(scores[free[0], other], np.float32(2))
    return replace(evaluation, y_score=scores)
