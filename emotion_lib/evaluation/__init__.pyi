from .bootstrap import bootstrap_difference, bootstrap_interval, intervals_table
from .comparison import Comparison, compare
from .evaluation import Evaluation
from .intervals import wilson_interval
from .leakage import Leakage, find_leakage
from .pairs import compare_all, paired_tests, pairs_sentence
from .power import detectable_difference, detectable_unpaired, paired_power
from .ranking import ranking_groups
from .reporting import Report, report, summary_table
from .scoring import evaluate, mean
from .seeds import SeedsComparison, compare_seeds
from .thresholds import fit_thresholds

__all__ = [
    "Comparison",
    "Evaluation",
    "Leakage",
    "Report",
    "SeedsComparison",
    "bootstrap_difference",
    "bootstrap_interval",
    "compare",
    "compare_all",
    "compare_seeds",
    "detectable_difference",
    "detectable_unpaired",
    "evaluate",
    "find_leakage",
    "fit_thresholds",
    "intervals_table",
    "mean",
    "paired_power",
    "paired_tests",
    "pairs_sentence",
    "ranking_groups",
    "report",
    "summary_table",
    "wilson_interval",
]
