"""Robustness of a model: its answers under fifteen corruptions at five strengths.

After D. Hendrycks and T. Dietterich, "Benchmarking neural network robustness to common corruptions
and perturbations", ICLR 2019.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from .calibration import Scaling
from .evaluation import Evaluation
from .scoring import mean

RESAMPLES = 2000  # of a bootstrap over the images


@dataclass(frozen=True)
class Robustness:
    """Evaluations of one model on the same images, clean and corrupted.

    Attributes:
        clean: evaluation of the images as they are.
        corrupted: evaluations by corruption and strength.
    """

    clean: Evaluation
    corrupted: Mapping[tuple[str, int], Evaluation]

    @property
    def corruptions(self) -> tuple[str, ...]:
        """Names of the corruptions, in order."""
        return tuple(dict.fromkeys(name for name, _ in self.corrupted))

    @cached_property
    def accuracy(self) -> pd.DataFrame:
        """Accuracy, one row per corruption, one column per strength."""
        rows: dict[str, dict[int, float]] = {name: {} for name in self.corruptions}
        for (name, strength), evaluation in self.corrupted.items():
            rows[name][strength] = evaluation.accuracy
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("corruption")

    def strengths(self, name: str) -> list[Evaluation]:
        """Return the evaluations of a corruption, one per strength."""
        return [part for (other, _), part in self.corrupted.items() if other == name]

    def pooled(self, name: str) -> Evaluation:
        """Return one evaluation of all strengths of a corruption; an image counts once for each."""
        parts = self.strengths(name)
        labels = np.concatenate([part.y_true for part in parts])
        scores = np.concatenate([part.y_score for part in parts])
        return replace(self.clean, y_true=labels, y_score=scores)

    def scaled(self, scaling: Scaling) -> "Robustness":
        """Return the robustness that the scaled model would have."""
        changed = {key: scaling.apply(part) for key, part in self.corrupted.items()}
        return Robustness(scaling.apply(self.clean), changed)

    def relabelled(self, labels: np.ndarray, index: np.ndarray) -> "Robustness":
        """Return the robustness on some of the images, by other labels of them.

        Args:
            labels: int ``(m,)``.
            index: of the images that they belong to, int ``(m,)``.
        """
        changed = {}
        for key, part in self.corrupted.items():
            changed[key] = replace(part, y_true=labels, y_score=part.y_score[index])
        clean = replace(self.clean, y_true=labels, y_score=self.clean.y_score[index])
        return Robustness(clean, changed)

    def corruption_errors(self, baseline: "Robustness") -> pd.DataFrame:
        """Return error and relative error of each corruption, divided by the baseline's.

        The *corruption error* (CE) is the sum of the errors at all strengths; the *relative* one is
        the sum of what the errors exceed the clean error by, which is what the corruption costs.
        Both are divided by the same sum of the baseline: below 1 is better than the baseline.

        Args:
            baseline: another model on the same images and corruptions.

        Returns:
            Columns "CE" and "relative CE", one row per corruption. The relative error is NaN where
            the corruption does not cost the baseline anything.

        Raises:
            ValueError: the baseline was evaluated on other images or corruptions.
        """
        self._check_same(baseline)
        weights = np.ones((1, self.clean.n))
        errors, relative = self._divided_errors(baseline, weights)
        table = {"CE": errors[0], "relative CE": relative[0]}
        return pd.DataFrame(table, index=pd.Index(self.corruptions, name="corruption"))

    def mean_corruption_error(self, baseline: "Robustness", seed: int = 0) -> dict[str, float]:
        """Return the means of :meth:`corruption_errors`, with 95 % intervals.

        The intervals are percentiles of a bootstrap over the images, which draws the same images
        for both models and all corruptions. They say nothing about other trainings of the models.

        Args:
            baseline: another model on the same images and corruptions.
            seed: random seed of the bootstrap.

        Returns:
            "mCE", "low" and "high" of it, and "relative mCE", "relative low" and "relative high",
            which leave out corruptions that do not cost the baseline anything.

        Raises:
            ValueError: the baseline was evaluated on other images or corruptions.
        """
        self._check_same(baseline)
        n = self.clean.n
        drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), RESAMPLES)
        weights = np.concatenate([np.ones((1, n)), drawn])
        figures = {}
        errors, relative = self._divided_errors(baseline, weights)
        for prefix, name, table in (("", "mCE", errors), ("relative ", "relative mCE", relative)):
            known = (~np.isnan(table)).sum(axis=1)
            means = np.nansum(table, axis=1) / np.where(known, known, np.nan)
            figures[name] = float(means[0])
            low, high = np.nanquantile(means, (0.025, 0.975))
            figures[f"{prefix}low"] = float(low)
            figures[f"{prefix}high"] = float(high)
        return figures

    def selective(self, threshold: float, seed: int = 0) -> pd.DataFrame:
        """Return coverage and risk of answering from a confidence threshold on.

        Args:
            threshold: lowest confidence with which an image is answered.
            seed: random seed of the bootstrap.

        Returns:
            Columns "coverage" (share of images answered), "risk" (share of these answers that are
            wrong), "low" and "high", one row for the clean images and one per corruption, all
            strengths together. The interval of 95 % is of a bootstrap over the images, as the
            strengths of one image are not independent.
        """
        n = self.clean.n
        drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), RESAMPLES)
        rows = {}
        for name in ("clean", *self.corruptions):
            parts = self.strengths(name) or [self.clean]
            confident = np.stack([part.y_score.max(axis=1) >= threshold for part in parts])
            right = np.stack([part.correct for part in parts])
            answered = confident.sum(axis=0)
            wrong = (confident & ~right).sum(axis=0)
            risks = (drawn @ wrong) / np.maximum(drawn @ answered, 1)
            low, high = np.quantile(risks, (0.025, 0.975))
            rows[name] = {
                "coverage": float(confident.mean()),
                "risk": float(wrong.sum() / max(1, answered.sum())),
                "low": float(low),
                "high": float(high),
            }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("corruption")

    def _divided_errors(
        self, baseline: "Robustness", weights: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return corruption errors and relative ones, ``(rows, corruptions)``.

        Args:
            baseline: another model on the same images and corruptions.
            weights: of the images, one row per result, ``(rows, n)``; each row sums to n.
        """
        own, own_excess = self._weighted_errors(weights)
        other, other_excess = baseline._weighted_errors(weights)
        positive = np.where(other_excess > 0, other_excess, np.nan)
        return own / np.maximum(other, 1e-12), own_excess / positive

    def _weighted_errors(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return errors summed over the strengths, and their excess over the clean error."""
        n = self.clean.n
        clean = weights @ ~self.clean.correct / n
        errors = []
        excess = []
        for name in self.corruptions:
            parts = self.strengths(name)
            wrong = np.sum([~part.correct for part in parts], axis=0)
            errors.append(weights @ wrong / n)
            excess.append(errors[-1] - len(parts) * clean)
        return np.stack(errors, axis=1), np.stack(excess, axis=1)

    def _check_same(self, baseline: "Robustness") -> None:
        same_images = np.array_equal(self.clean.y_true, baseline.clean.y_true)
        if not same_images or list(self.corrupted) != list(baseline.corrupted):
            raise ValueError(
                "Expected a baseline on the same images and corruptions. "
                f"Received: n = {self.clean.n} and {baseline.clean.n}, with "
                f"{len(self.corrupted)} and {len(baseline.corrupted)} corruptions. "
                "Evaluate both with the same split, corruptions and strengths."
            )


def mean_robustness(members: Sequence[Robustness]) -> Robustness:
    """Return the robustness of an ensemble: the mean probabilities of several models.

    Args:
        members: of the same images and corruptions.

    Raises:
        ValueError: the members were evaluated on different images or classes.
    """
    changed = {}
    for key in members[0].corrupted:
        changed[key] = mean([member.corrupted[key] for member in members])
    return Robustness(mean([member.clean for member in members]), changed)
