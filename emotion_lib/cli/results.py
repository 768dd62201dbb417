"""Accuracy and recall as text."""

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..evaluation import Evaluation


def print_results(results: dict[str, "Evaluation"]) -> None:
    """Print the accuracy with its interval, and the recall of each class, per evaluation."""
    for name, result in results.items():
        low, high = result.accuracy_interval
        print(
            f"{name}: accuracy {result.accuracy:.3f} [{low:.3f}, {high:.3f}], n = {result.n}, "
            f"macro-F1 {result.macro_f1:.3f}"
        )
        recalls = [f"{label} {_share(value)}" for label, value in result.recall.items()]
        print(f"  recall: {', '.join(recalls)}")


def _share(value: float) -> str:
    """Return a share with two digits, or a dash for a class without images."""
    return "–" if math.isnan(value) else f"{value:.2f}"
