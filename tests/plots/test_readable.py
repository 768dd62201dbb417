"""Every figure fits into a notebook, and its text can be read there."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from emotion_lib import plots
from emotion_lib.datasets import Split
from emotion_lib.evaluation import Evaluation
from emotion_lib.evaluation.groups import break_down
from emotion_lib.labels import EIGHT_EXPRESSIONS

RNG = np.random.default_rng(0)
NAMES = EIGHT_EXPRESSIONS
MANY = tuple(f"disquietment {index}" for index in range(26))
FACES = RNG.integers(0, 256, (21, 48, 48)).astype(np.uint8)
SCORES = RNG.dirichlet(np.ones(8), 400)
SINGLE = Evaluation(RNG.integers(0, 8, 400), SCORES, NAMES)
SEVERAL = {f"04_vgg16_class_weights/scratch-{index}": SINGLE for index in range(6)}
MULTI = Evaluation(RNG.random((400, 26)) < 0.3, RNG.random((400, 26)), MANY)
LABELS = RNG.integers(0, 8, 21)
HISTORY = pd.DataFrame({"epoch": range(24), "val_accuracy": RNG.random(24)}).assign(
    accuracy=0.5, loss=1.0, val_loss=1.0
)
KNOBS = {"flip": True, "rotation": 12, "shift": 0.1, "zoom": 0.1, "contrast": 0.2, "erasing": 0.2}
GROWTH = pd.DataFrame(
    {"quantity": [*"abcd"], "value": 1, "seconds": 1.0, "memory_mib": 1.0}
).assign(time_exponent=1.0, memory_exponent=1.0)
RATES = pd.DataFrame({"network": [*"abc"], "variant": "ours", "images_per_second": 9.0})
SEARCH = pd.DataFrame(
    {"state": ["complete", "pruned"] * 10, "epochs": 6, "accuracy": RNG.random(20)},
    index=np.arange(1, 21),
).assign(learning_rate=RNG.random(20), weight_decay=RNG.random(20), dropout=RNG.random(20))

KINDS = [f"corruption {index}" for index in range(15)]
STRENGTHS = pd.DataFrame(RNG.random((15, 5)), index=KINDS, columns=range(1, 6))
RISKS = pd.DataFrame({"risk": 0.3, "low": 0.2, "high": 0.4}, index=KINDS)
MODELS = ("C1", "C2", "residual", "student", "three C1")
CASCADE = pd.DataFrame({"share": [0, 1], "correlation": [1, 0], "low": [1, -0.1], "high": [1, 0.1]})
ORDERS = {f"order {index} of the places": RNG.random((4, 12)) for index in range(8)}
GROUPS = break_down(SINGLE, {"place": ["an office", "a street"] * 200, "year": ["2020"] * 400})

VOTES = RNG.multinomial(10, np.ones(8) / 8, 400)

FIGURES = {
    "accuracy_against_agreement": lambda: plots.accuracy_against_agreement({"a": SINGLE}, VOTES),
    "augmentation_knobs": lambda: plots.augmentation_knobs(FACES[0], KNOBS),
    "average_precision": lambda: plots.average_precision({"one": MULTI, "two": MULTI}),
    "cascade": lambda: plots.cascade({"Grad-CAM": CASCADE, "occlusion": CASCADE}),
    "class_weights": lambda: plots.class_weights(
        np.arange(8).repeat(np.arange(1, 9)),
        {"none": None, "balanced": dict.fromkeys(range(8), 2)},
        NAMES,
    ),
    "co_occurrence": lambda: plots.co_occurrence(MULTI, "a title"),
    "confident_mistakes": lambda: plots.confident_mistakes(MULTI.where(np.arange(21)), FACES),
    "confusion_matrix": lambda: plots.confusion_matrix(SINGLE, "a title"),
    "corruption_heat_map": lambda: plots.corruption_heat_map(dict.fromkeys(MODELS, STRENGTHS)),
    "corruption_points": lambda: plots.corruption_points(
        dict.fromkeys(MODELS, RISKS), "risk", "share of wrong answers", 0.25
    ),
    "examples": lambda: plots.examples(Split(FACES, LABELS), NAMES),
    "feature_maps": lambda: plots.feature_maps(RNG.random((12, 12, 16))),
    "filters": lambda: plots.filters(RNG.random((3, 3, 1, 16))),
    "focal_loss": plots.focal_loss,
    "gallery": lambda: plots.gallery(FACES, rows=["original", "shifted", "at random"]),
    "groups": lambda: plots.groups(GROUPS.table),
    "growth": lambda: plots.growth(GROWTH),
    "history": lambda: plots.history(HISTORY, "04_vgg16_class_weights/scratch-0"),
    "hog": lambda: plots.hog(FACES[:7], NAMES[:7]),
    "hog_cell": lambda: plots.hog_cell(FACES[0], 2, 3),
    "importances": lambda: plots.importances(pd.Series({"learning_rate": 0.7, "dropout": 0.3})),
    "label_confusions": lambda: plots.label_confusions(MULTI),
    "mean_maps": lambda: plots.mean_maps({"Grad-CAM": RNG.random((8, 6, 6))}, NAMES),
    "overlay": lambda: plots.overlay(FACES[:7], RNG.random((7, 12, 12)), ["happy 90%"] * 7),
    "pairs": lambda: plots.pairs(FACES[:8], FACES[8:16], ["surprise, neutral\n0.98"] * 8),
    "precision_recall": lambda: plots.precision_recall(SINGLE),
    "predictions": lambda: plots.predictions(SINGLE.where(np.arange(21)), FACES),
    "projection": lambda: plots.projection(
        {"a": FACES[:, 0, :2], "b": FACES[:, 0, :2]}, LABELS, NAMES
    ),
    "recall": lambda: plots.recall(SEVERAL),
    "recall_against_accuracy": lambda: plots.recall_against_accuracy(
        {name: [SINGLE] for name in SEVERAL}, "disgust"
    ),
    "replacement_curves": lambda: plots.replacement_curves(
        {"places covered": ORDERS, "places restored": ORDERS}
    ),
    "reliability": lambda: plots.reliability(SEVERAL),
    "risk_coverage": lambda: plots.risk_coverage(SEVERAL, 0.4),
    "search_curves": lambda: plots.search_curves(
        pd.DataFrame(RNG.random((6, 20)), columns=SEARCH.index), SEARCH["state"]
    ),
    "search_history": lambda: plots.search_history(SEARCH),
    "search_values": lambda: plots.search_values(SEARCH, ["learning_rate"]),
    "soft_labels": lambda: plots.soft_labels(
        FACES[:2], {"taggers": SCORES[:2], "b": SCORES[2:4]}, NAMES
    ),
    "throughput": lambda: plots.throughput(RATES.assign(q1=8.0, q3=10.0)),
    "validation_curves": lambda: plots.validation_curves(dict.fromkeys(SEVERAL, HISTORY)),
}


def assert_readable(figure):
    figure.draw_without_rendering()
    width, height = figure.get_size_inches()
    assert width < 10.01
    for text in figure.findobj(Text):
        assert text.get_fontsize() >= 8 or not text.get_text(), text
    drawn = figure.get_tightbbox()
    assert drawn.x0 > -0.01 and drawn.x1 < width + 0.01
    assert drawn.y0 > -0.01 and drawn.y1 < height + 0.01


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_fits_into_a_notebook(name):
    assert_readable(FIGURES[name]())


def test_class_counts_fit_into_a_notebook(dataset):
    assert_readable(plots.class_counts(dataset))


def test_every_figure_is_here():
    # Those of notebook 99 and of costs have tests of their own.
    own = ("emotion_lib.plots.comparison", "emotion_lib.plots.cost")
    others = {name for name in plots.__all__ if vars(plots)[name].__module__ in own}
    assert {*FIGURES, "class_counts"} == set(plots.__all__) - others
