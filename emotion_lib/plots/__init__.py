"""Figures: arrays in, matplotlib Figure out. Nothing here shows or saves a figure."""

from ..environment import require

require("seaborn")

from .benchmarks import growth, throughput
from .comparison import accuracy_against_cost, cost, differences
from .confidence import reliability, risk_coverage
from .confusion import co_occurrence, confusion_matrix, label_confusions
from .curves import history, validation_curves
from .galleries import confident_mistakes, examples, gallery, predictions
from .per_class import average_precision, recall

__all__ = [
    "accuracy_against_cost",
    "average_precision",
    "co_occurrence",
    "confident_mistakes",
    "confusion_matrix",
    "cost",
    "differences",
    "examples",
    "gallery",
    "growth",
    "history",
    "label_confusions",
    "predictions",
    "recall",
    "reliability",
    "risk_coverage",
    "throughput",
    "validation_curves",
]
