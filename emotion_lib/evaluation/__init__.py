"""What a model's scores on a split are worth: metrics with intervals."""

from .comparison import Comparison, compare
from .metrics import Evaluation, fit_thresholds, wilson_interval
from .scoring import evaluate, mean

__all__ = [
    "Comparison",
    "Evaluation",
    "compare",
    "evaluate",
    "fit_thresholds",
    "mean",
    "wilson_interval",
]
