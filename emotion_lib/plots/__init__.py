"""Figures: arrays in, matplotlib Figure out. Nothing here shows or saves a figure."""

from ..environment import require
from ..paths import is_smoke_run

require("seaborn")

from .benchmarks import growth, throughput
from .comparison import differences, p_values, rank_groups, ranking
from .confidence import reliability, risk_coverage
from .confusion import co_occurrence, confusion_matrix, label_confusions
from .corruptions import corruption_heat_map, corruption_points
from .cost import accuracy_against_cost, cost
from .counts import class_counts, class_weights
from .curves import history, validation_curves
from .explanations import cascade, mean_maps, replacement_curves
from .galleries import confident_mistakes, examples, gallery, pairs, predictions
from .groups import groups
from .hog import hog, hog_cell
from .knobs import augmentation_knobs
from .losses import focal_loss
from .network_views import feature_maps, filters, overlay
from .per_class import average_precision, recall
from .precision_recall import precision_recall
from .projection import projection
from .search import importances, search_curves, search_history, search_values
from .smoke_mark import mark_figures
from .soft_labels import soft_labels
from .trade_offs import accuracy_against_agreement, recall_against_accuracy

if is_smoke_run():
    mark_figures()

__all__ = [
    "accuracy_against_agreement",
    "accuracy_against_cost",
    "augmentation_knobs",
    "average_precision",
    "cascade",
    "class_counts",
    "class_weights",
    "co_occurrence",
    "confident_mistakes",
    "confusion_matrix",
    "corruption_heat_map",
    "corruption_points",
    "cost",
    "differences",
    "examples",
    "feature_maps",
    "filters",
    "focal_loss",
    "gallery",
    "groups",
    "growth",
    "history",
    "hog",
    "hog_cell",
    "importances",
    "label_confusions",
    "mean_maps",
    "overlay",
    "p_values",
    "pairs",
    "precision_recall",
    "predictions",
    "projection",
    "rank_groups",
    "ranking",
    "recall",
    "recall_against_accuracy",
    "reliability",
    "replacement_curves",
    "risk_coverage",
    "search_curves",
    "search_history",
    "search_values",
    "soft_labels",
    "throughput",
    "validation_curves",
]
