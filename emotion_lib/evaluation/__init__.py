"""Metrics of a model's scores on a split, with confidence intervals."""

from ..environment import require

require("keras")

from .comparison import Comparison, compare
from .evaluation import Evaluation
from .intervals import wilson_interval
from .reporting import Report, report, summary_table
from .scoring import evaluate, mean
from .seeds import SeedsComparison, compare_seeds
from .thresholds import fit_thresholds

__all__ = [
    "Comparison",
    "Evaluation",
    "Report",
    "SeedsComparison",
    "compare",
    "compare_seeds",
    "evaluate",
    "fit_thresholds",
    "mean",
    "report",
    "summary_table",
    "wilson_interval",
]
