"""What a model's scores on a split are worth: metrics with intervals."""

from .comparison import Comparison, compare
from .inference import evaluate, mean
from .metrics import Evaluation, fit_thresholds, wilson_interval

__all__ = [
    "Comparison",
    "Evaluation",
    "compare",
    "evaluate",
    "fit_thresholds",
    "mean",
    "wilson_interval",
]
