"""Every figure by groups of the pictures, such as places, cameras or ages that the user knows."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control

from .calibration import selective
from .evaluation import Evaluation
from .group_differences import group_pairs, group_tests, standardised

UNKNOWN = "unknown"  # group of the pictures of which nothing is said
FEWEST = 30  # a group of fewer pictures is shown, but not compared with others
# With fewer pictures the 95 % interval of an accuracy of one half, where it is widest, reaches more
# than 10 points to each side: Wilson's half width is 1.96 / (2 sqrt(n + 1.96 ** 2)).
SMALL = math.ceil((1.96 / 0.2) ** 2 - 1.96**2)
MOST = 50  # groups of one column; more are no groups, but names or numbers


@dataclass(frozen=True)
class Breakdown:
    """The figures of one evaluation by groups.

    Attributes:
        table: one row per column and group: column, group, n, accuracy with low and high of its
            95 % interval, standardised accuracy (see :func:`.group_differences.standardised`) with
            its interval, balanced_accuracy, macro_f1, mean_confidence, calibration_error, recall
            and n of each class; with a threshold not_sure and wrong_answers, with faces face_found.
        pairs: one row per two groups of a column, see :func:`.group_differences.group_pairs`.
        tests: one row per column, see :func:`.group_differences.group_tests`.
    """

    table: pd.DataFrame
    pairs: pd.DataFrame
    tests: pd.DataFrame


def break_down(
    evaluation: Evaluation,
    columns: Mapping[str, Sequence[str]],
    *,
    threshold: float | None = None,
    face_found: Sequence[bool] | None = None,
    seed: int = 0,
) -> Breakdown:
    """Return every figure of an evaluation by groups, and test whether the groups differ.

    Groups often differ in their classes: if one of them has more happy faces, which are easy, it
    has a higher accuracy. So each accuracy is also given for equal shares of the classes
    ("standardised"), and each test is also done within the classes.

    Args:
        evaluation: of a single-label task.
        columns: name of a column -> the group of each picture, in the order of the evaluation. An
            empty text is the group "unknown", which is shown, but not compared.
        threshold: confidence from which on the model answers; None: the share of pictures that it
            is not sure of is left out.
        face_found: whether a face was found in each picture; None: left out.
        seed: random seed of the permutation tests.

    Raises:
        ValueError: see :func:`check_columns`.

    Example:
        >>> scores = np.tile([[0.9, 0.1], [0.2, 0.8]], (40, 1))
        >>> result = Evaluation(np.zeros(80, int), scores, ("happy", "sad"))
        >>> found = break_down(result, {"place": ["office", "street"] * 40})
        >>> found.table["accuracy"].tolist()
        [1.0, 0.0]
        >>> found.pairs["difference"].tolist()
        [1.0]
    """
    check_columns(evaluation.y_true, columns)
    tables = []
    pairs = []
    tests = []
    for column, names in columns.items():
        members = _members(names)
        groups = {name: evaluation.where(mask) for name, mask in members.items()}
        compared = _compared(groups)
        shares = _common_shares(compared or groups)
        for group, part in groups.items():
            row = {"column": column, "group": group} | _figures(part, shares)
            if face_found is not None:
                row["face_found"] = float(np.asarray(face_found)[members[group]].mean())
            if threshold is not None:
                answers = selective(part, threshold)
                row["not_sure"] = 1 - answers["coverage"]
                row["wrong_answers"] = answers["risk"]
            tables.append(row)
        pairs += group_pairs(column, compared, shares, seed)
        tests += group_tests(column, compared, shares, seed)
    return Breakdown(pd.DataFrame(tables), _adjusted(pairs), pd.DataFrame(tests))


def check_columns(labels: np.ndarray, columns: Mapping[str, Sequence[str]]) -> None:
    """Check that an evaluation can be broken down by columns of groups.

    Args:
        labels: of the pictures.
        columns: see :func:`break_down`.

    Raises:
        ValueError: a multi-label task, a column of another length, or one of more than
            :data:`MOST` groups.
    """
    if labels.ndim == 2:
        raise ValueError(
            "Expected a task with one label per picture. Received: several labels per picture, "
            "which have no classes to compare groups within. Leave the groups out."
        )
    for column, names in columns.items():
        if len(names) != len(labels):
            raise ValueError(
                f"Expected {len(labels)} groups in {column}, one per picture. "
                f"Received: {len(names)}."
            )
        found = sorted(set(names))
        if len(found) > MOST:
            raise ValueError(
                f"Expected at most {MOST} groups in {column}. Received: {len(found)}, such as "
                f"{found[0]!r} and {found[1]!r}. Put ranges in place of numbers, such as 20-39."
            )


def _members(names: Sequence[str]) -> dict[str, np.ndarray]:
    """Return the pictures of each group of a column, bool ``(n,)``, by name; "unknown" last."""
    of_picture = np.array([name or UNKNOWN for name in names], dtype=object)
    found = sorted(set(of_picture), key=lambda name: (name == UNKNOWN, name))
    return {name: of_picture == name for name in found}


def _compared(groups: Mapping[str, Evaluation]) -> dict[str, Evaluation]:
    """Return the groups that are large enough to be compared."""
    found = {}
    for name, part in groups.items():
        if name != UNKNOWN and part.n >= FEWEST:
            found[name] = part
    return found


def _common_shares(groups: Mapping[str, Evaluation]) -> np.ndarray:
    """Return the share of each class in all groups together, of the classes that each group has."""
    supports = np.array([part.support for part in groups.values()])
    counts = supports.sum(axis=0) * (supports > 0).all(axis=0)
    return counts / max(1, counts.sum())


def _figures(part: Evaluation, shares: np.ndarray) -> dict:
    """Return the figures of one group by the name of their column."""
    low, high = part.accuracy_interval
    value, value_low, value_high = standardised(part, shares)
    row = {
        "n": part.n,
        "accuracy": part.accuracy,
        "low": low,
        "high": high,
        "standardised": value,
        "standardised_low": value_low,
        "standardised_high": value_high,
        "balanced_accuracy": part.balanced_accuracy,
        "macro_f1": part.macro_f1,
        "mean_confidence": float(part.y_score.max(axis=1).mean()),
        "calibration_error": part.calibration_error,
    }
    for name, support in zip(part.class_names, part.support.tolist(), strict=True):
        row |= {f"recall_{name}": part.recall[name], f"n_{name}": support}
    return row


def _adjusted(pairs: list[dict]) -> pd.DataFrame:
    """Return the pairs of all columns as a table, with p-values adjusted for their number."""
    table = pd.DataFrame(pairs)
    for name in ("p_value", "p_within_classes"):
        if pairs:
            table[name.replace("p_", "p_adjusted_", 1)] = false_discovery_control(table[name])
    return table
