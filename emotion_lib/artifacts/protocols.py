# ruff: noqa: D102  (the attributes are documented where they are implemented)
"""The parts of data sets and evaluations that a record is made from.

This package cannot import the packages that define them: serving imports this one, and must not
load the lab.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np


class DatasetLike(Protocol):
    """A data set, such as :class:`emotion_lib.datasets.Dataset`."""

    @property
    def name(self) -> str: ...
    @property
    def class_names(self) -> tuple[str, ...]: ...
    @property
    def fingerprint(self) -> str: ...
    @property
    def full(self) -> bool: ...
    @property
    def notes(self) -> Sequence[str]: ...
    @property
    def train(self) -> Any: ...
    @property
    def val(self) -> Any: ...
    @property
    def test(self) -> Any: ...


class EvaluationLike(Protocol):
    """Scores with their figures, such as :class:`emotion_lib.evaluation.Evaluation`."""

    @property
    def y_true(self) -> np.ndarray: ...
    @property
    def y_score(self) -> np.ndarray: ...
    @property
    def y_pred(self) -> np.ndarray: ...
    @property
    def multi_label(self) -> bool: ...
    def summary(self) -> dict[str, Any]: ...
    def where(self, keep: Any) -> "EvaluationLike": ...
