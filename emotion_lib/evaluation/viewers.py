"""Scalings of a model's scores towards what viewers perceive, fitted on validation."""

import numpy as np

from ..datasets.sources.ferplus import most_frequent
from .calibration import Scaling, fit_scaling
from .evaluation import Evaluation

# Share of wrong answers on validation that the threshold of "not sure" is set for. By the viewers'
# most frequent answer the served model errs on 16 % of all images: at the 25 % of FER-2013's own
# labels it would never be unsure; at 10 % it answers for 86 %.
RISK = 0.10


def fit_to_votes(validation: Evaluation, shares: np.ndarray) -> Scaling:
    """Return the scaling that lets a model answer as viewers do.

    One bias per class is fitted to the shares of the votes, with the classes weighted by
    :func:`root_weighted`. Scores that follow the votes are less certain than their most frequent
    answer is correct, as viewers divide; so the temperature is then fitted to these answers.

    Args:
        validation: softmax scores; its labels are not used.
        shares: of the viewers' votes, ``(n, num_classes)``; zeros where nobody voted.

    Example:
        >>> shares = ferplus.two_headed(faces).val.labels[:, 1]  # doctest: +SKIP
        >>> val = evaluate(model, faces.val, faces.class_names)  # doctest: +SKIP
        >>> fit_to_votes(val, shares).fold(model)  # doctest: +SKIP
    """
    by_votes = fit_scaling(validation, bias=True, targets=root_weighted(shares))
    labels, single = most_frequent(shares)
    answers = Evaluation(labels[single], validation.y_score[single], validation.class_names)
    return by_votes.then(fit_scaling(by_votes.apply(answers)))


def root_weighted(targets: np.ndarray) -> np.ndarray:
    """Return targets with each class weighted by one over the root of its share.

    A scaling that is fitted to them lies halfway between the class frequencies of the data and
    equal ones. So it answers rare classes more often, which raises balanced accuracy at a small
    cost of accuracy.

    Args:
        targets: shares ``(n, num_classes)``.

    Example:
        >>> root_weighted(np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))[-1]
        array([0., 2.])
    """
    shares = np.mean(targets, axis=0)
    return targets / np.sqrt(np.where(shares > 0, shares, 1))


def compromise(labels: np.ndarray, perceived: np.ndarray) -> np.ndarray:
    """Return targets for :func:`fit_scaling` that are half labels and half votes.

    It is for a model that was trained on FER-2013's labels alone: its scores know more of what
    viewers perceive than its answers say. The classes are weighted by :func:`root_weighted`.

    Args:
        labels: FER-2013's own, int ``(n,)``.
        perceived: shares of the viewers' votes, ``(n, num_classes)``.
    """
    own = np.eye(perceived.shape[1])[labels]
    return root_weighted((own + perceived) / 2)
