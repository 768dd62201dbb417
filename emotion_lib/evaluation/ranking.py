"""Ranking groups: models that cannot be told apart share a rank."""

from collections.abc import Mapping

import pandas as pd

from .evaluation import Evaluation
from .pairs import LEVEL, paired_tests


def ranking_groups(evaluations: Mapping[str, Evaluation]) -> dict[str, int]:
    """Return the rank of each model; those that cannot be told apart from a better one share it.

    The models are sorted by accuracy. The first opens a group. Those that follow join it as long as
    they cannot be told apart *from the first of the group*: the p-value of McNemar's exact test on
    the same images, adjusted by Benjamini and Hochberg's procedure over all pairs, is 0.05 or more.
    The first that can be told apart opens the next group, and its place is the group's rank, as in
    sports: 1, 1, 1, 4.

    "Cannot be told apart" is not "equal", and it is not transitive: of three models the first and
    the second, and the second and the third may be indistinguishable, but not the first and the
    third. So the last of a group may be indistinguishable from the first of the next one, and two
    of the same group may differ. What a rank says is only this: against the best of its group a
    model does not show a difference.

    Args:
        evaluations: by name, of the same images in the same order.

    Returns:
        Rank by name, best accuracy first.

    Raises:
        ValueError: two were not evaluated on the same images.

    Example:
        The second model errs on 4 images of 40, the third on 8. Both are too few to tell neighbours
        apart, but not the third from the first:

        >>> import numpy as np
        >>> labels = np.zeros(40, int)
        >>> models = {}
        >>> for name, right in {"a": 40, "b": 36, "c": 32}.items():
        ...     scores = np.where(np.arange(40)[:, None] < right, [0.9, 0.1], [0.1, 0.9])
        ...     models[name] = Evaluation(labels, scores, ("happy", "sad"))
        >>> ranking_groups(models)
        {'a': 1, 'b': 1, 'c': 3}
    """
    order = sorted(evaluations, key=lambda name: -evaluations[name].accuracy)
    apart = _told_apart(paired_tests({name: evaluations[name] for name in order}))
    ranks: dict[str, int] = {}
    first = ""
    for place, name in enumerate(order, 1):
        if not ranks or (first, name) in apart:
            first = name
            ranks[name] = place
        else:
            ranks[name] = ranks[first]
    return ranks


def _told_apart(pairs: pd.DataFrame) -> set[tuple[str, str]]:
    """Return the pairs of names that differ, the better one first."""
    different = pairs[pairs["p_adjusted"] < LEVEL]
    return set(zip(different["first"], different["second"], strict=True))
