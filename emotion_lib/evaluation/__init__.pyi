from .comparison import Comparison, compare
from .evaluation import Evaluation
from .intervals import wilson_interval
from .pairs import compare_all, pairs_sentence
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
    "compare_all",
    "compare_seeds",
    "evaluate",
    "fit_thresholds",
    "mean",
    "pairs_sentence",
    "report",
    "summary_table",
    "wilson_interval",
]
