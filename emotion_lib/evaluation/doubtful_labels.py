"""Labels that are probably wrong, found by confident learning, and what can be done about them.

C. Northcutt, L. Jiang & I. Chuang, "Confident learning: Estimating uncertainty in dataset labels",
Journal of Artificial Intelligence Research 70, 2021. The method is that of the package cleanlab.
"""

import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd

from ..environment import require


def is_doubtful(labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Return which labels confident learning takes for wrong.

    A class's threshold is the mean probability that it gets on the images of its own label. The
    images of label i whose probability of j reaches the threshold of j estimate how many labels i
    should be j; so many of them are marked, those with the largest margin between both first. A
    label that the scores agree with is never marked.

    Args:
        labels: given labels, int ``(n,)``.
        scores: probabilities ``(n, num_classes)`` of a model that has *not* seen these images in
            training; a model agrees with labels that it has learned.

    Returns:
        bool ``(n,)``.

    Raises:
        ValueError: there are not as many scores as labels, or the labels are all of one class.
        MissingPackageError: cleanlab is not installed.

    Example:
        >>> labels = np.array([0] * 10 + [1] * 10)
        >>> scores = np.eye(2)[labels] * 0.8 + 0.1
        >>> scores[0] = [0.05, 0.95]
        >>> np.flatnonzero(is_doubtful(labels, scores)).tolist()
        [0]
    """
    if len(labels) != len(scores):
        raise ValueError(
            f"Expected one row of scores per label. Received: {len(scores)} rows for "
            f"{len(labels)} labels."
        )
    present = np.unique(labels)
    if len(present) < 2:
        raise ValueError(
            "Expected labels of at least two classes, as doubt is about which class an image "
            f"belongs to. Received: labels of {len(present)}. Add images of the other classes."
        )
    require("cleanlab")
    from cleanlab.filter import find_label_issues

    with warnings.catch_warnings():
        # A data set may lack classes of the model; cleanlab warns of each of them.
        warnings.filterwarnings("ignore", "May not flag all label issues")
        return find_label_issues(np.asarray(labels), np.asarray(scores, np.float64), n_jobs=1)


def best_alternative(labels: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the most probable class other than the label, and how far it is ahead.

    Args:
        labels: int ``(n,)``.
        scores: probabilities ``(n, num_classes)``.

    Returns:
        int64 ``(n,)``, and the probability of this class minus that of the label, float ``(n,)``:
        negative where the model agrees with the label.

    Example:
        >>> classes, margins = best_alternative(np.array([0]), np.array([[0.2, 0.7, 0.1]]))
        >>> int(classes[0]), round(float(margins[0]), 2)
        (1, 0.5)
    """
    rows = np.arange(len(labels))
    others = np.array(scores, np.float64)
    of_label = others[rows, labels]
    others[rows, labels] = -1
    return others.argmax(axis=1), others.max(axis=1) - of_label


def doubtful_table(
    names: Sequence[str], labels: np.ndarray, scores: np.ndarray, class_names: Sequence[str]
) -> pd.DataFrame:
    """Return the doubtful labels of :func:`is_doubtful`, the most suspicious first.

    Args:
        names: of the files, ``(n,)``.
        labels: int ``(n,)``.
        scores: probabilities ``(n, num_classes)`` of a model that has not seen these images.
        class_names: names of the classes, in order.

    Returns:
        One row per doubtful label, with its position as the index. Columns: file, label,
        suggested, "of label" and "of suggested" (the two probabilities); sorted by their
        difference.
    """
    suggested, margins = best_alternative(labels, scores)
    found = np.flatnonzero(is_doubtful(labels, scores))
    found = found[np.argsort(-margins[found], kind="stable")]
    columns = {
        "file": [names[row] for row in found.tolist()],
        "label": [class_names[label] for label in labels[found].tolist()],
        "suggested": [class_names[label] for label in suggested[found].tolist()],
        "of label": scores[found, labels[found]],
        "of suggested": scores[found, suggested[found]],
    }
    return pd.DataFrame(columns, index=found)


def equally_many_at_random(labels: np.ndarray, marked: np.ndarray, seed: int = 0) -> np.ndarray:
    """Return a random mask with as many images of each class as another mask has.

    It is the control for dropping images: dropping costs training images, and it changes how
    frequent the classes are.

    Args:
        labels: int ``(n,)``.
        marked: bool ``(n,)``.
        seed: random seed.

    Returns:
        bool ``(n,)``.

    Example:
        >>> mask = equally_many_at_random(np.array([0, 0, 0, 1]), np.array([1, 0, 0, 1], bool))
        >>> int(mask[:3].sum()), bool(mask[3])
        (1, True)
    """
    rng = np.random.default_rng(seed)
    chosen = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        of_class = np.flatnonzero(labels == label)
        chosen[rng.choice(of_class, int(marked[of_class].sum()), replace=False)] = True
    return chosen
