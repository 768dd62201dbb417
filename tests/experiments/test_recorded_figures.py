"""Figures over several seeds; those of single runs are tested through the prose that holds them."""

import re

import numpy as np
import pytest
from scipy.stats import ttest_ind

from emotion_lib import artifacts, paths
from emotion_lib.experiments.recorded_figures import (
    answered,
    answered_wrongly,
    calibration_error,
    scaled_calibration_error,
    temperature,
)
from emotion_lib.experiments.recorded_scores import evaluation_of
from emotion_lib.experiments.recorded_seeds import (
    further_difference,
    further_mean,
    seeds,
    seeds_change,
    seeds_deviation,
    seeds_difference,
    seeds_mean,
)

PLAIN = "01_sequential_cnn/seed-*"
AUGMENTED = "02_augmented_cnn/seed-*"


@pytest.fixture(autouse=True)
def tracked(monkeypatch):
    monkeypatch.setenv("ARTIFACTS_DIR", str(paths.ROOT / "artifacts"))


def accuracies(pattern, split="test"):
    found = []
    for seed in range(3):
        metrics = artifacts.load_run(pattern.replace("*", str(seed))).record.metrics
        found.append(getattr(metrics, split).accuracy)
    return found


def test_mean_over_seeds_with_lowest_and_highest():
    values = accuracies(PLAIN)
    expected = f"{sum(values) / 3:.3f} ({min(values):.3f} to {max(values):.3f})"
    assert seeds_mean(PLAIN) == expected
    assert seeds_deviation(PLAIN) == f"{np.std(values, ddof=1):.3f}"
    assert seeds(PLAIN) == "3"


def test_the_change_of_another_figure_is_welchs():
    values = []
    for pattern in (AUGMENTED, PLAIN):
        found = [evaluation_of(artifacts.load_run(pattern.replace("*", n))) for n in "012"]
        values.append([one.calibration_error for one in found])
    test = ttest_ind(*values, equal_var=False)
    low, high = test.confidence_interval()
    difference = np.mean(values[0]) - np.mean(values[1])
    text = seeds_change(AUGMENTED, PLAIN, "calibration_error")
    assert text.startswith(f"{difference:+.3f} [{low:+.3f}, {high:+.3f}], p ")
    assert seeds_change(PLAIN, PLAIN, "average_precision", "val", "disgust").startswith("+0.000 ")


def test_mean_over_seeds_of_another_figure_keeps_its_digits():
    assert re.fullmatch(
        r"0\.\d\d \(0\.\d\d to 0\.\d\d\)", seeds_mean(PLAIN, "recall", "test", "disgust")
    )
    assert re.fullmatch(r"0\.7\d \(0\.7\d to 0\.7\d\)", seeds_mean(PLAIN, "training_accuracy"))


def test_difference_over_seeds_is_that_of_the_means():
    text = seeds_difference(AUGMENTED, PLAIN, "val")
    difference = sum(accuracies(AUGMENTED, "val")) / 3 - sum(accuracies(PLAIN, "val")) / 3
    assert text.startswith(f"{100 * difference:+.1f} points [")


def test_difference_of_one_class():
    first = artifacts.load_run("01_sequential_cnn/seed-0").record.metrics.test.recall["disgust"]
    assert first > 0
    text = seeds_difference(AUGMENTED, PLAIN, "test", "disgust")
    assert float(text.split()[0]) < -20


def test_seeds_within_one_record():
    run = "16_recipe_ablation/the-recipe/seed-0"
    figures = artifacts.load_run(run).record.metrics
    values = [figures.val.accuracy]
    values += [figures.further[f"validation, seed {seed}"].accuracy for seed in (1, 2)]
    assert further_mean(run).startswith(f"{sum(values) / 3:.3f} ({min(values):.3f} to ")
    assert further_difference(run, run).startswith("+0.0 points [")


def test_a_class_that_is_not_there():
    with pytest.raises(ValueError, match="Expected a class among"):
        seeds_difference(AUGMENTED, PLAIN, "test", "bored")


SERVED = "17_distillation/born-again/student/perceived"


def test_confidence_of_a_run_as_notebook_18_computes_it():
    assert 1.5 < float(temperature("01_sequential_cnn")) < 2.1
    before = float(calibration_error("01_sequential_cnn"))
    assert 0 < float(scaled_calibration_error("01_sequential_cnn")) < before
    assert float(answered(SERVED, 0.05)) < float(answered(SERVED, 0.1)) < 1
    assert float(answered_wrongly(SERVED, 0.1)) == pytest.approx(0.1, abs=0.02)
