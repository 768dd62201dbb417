from dataclasses import replace

import numpy as np

from emotion_lib.datasets import Split
from emotion_lib.datasets.transforms import shifted
from emotion_lib.evaluation import (
    Evaluation,
    Report,
    evaluate,
    fit_thresholds,
    report,
    summary_table,
)
from emotion_lib.models.sequential_cnn import sequential_cnn
from emotion_lib.models.wrapping import from_raw_pixels

VAL = Evaluation(np.array([0, 1]), np.eye(2), ("a", "b"))
TEST = Evaluation(np.array([1, 1, 0, 0]), np.eye(2)[[0, 1, 0, 0]], ("a", "b"))


def test_report_equals_the_single_evaluations(small_model, dataset):
    names = dataset.class_names
    result = report(small_model, dataset, flip=True, shift_seed=3)
    moved = shifted(dataset.val, seed=3)
    expected = {
        "validation": evaluate(small_model, dataset.val, names),
        "test": evaluate(small_model, dataset.test, names),
        "validation, mirror image": evaluate(small_model, dataset.val, names, flip=True),
        "test, mirror image": evaluate(small_model, dataset.test, names, flip=True),
        "validation, shifted": evaluate(small_model, moved, names),
    }
    assert set(result.evaluations) >= set(expected)
    for name, evaluation in expected.items():
        np.testing.assert_array_equal(result.evaluations[name].y_score, evaluation.y_score)


def test_a_model_may_order_its_classes_in_another_way(small_model, dataset):
    names = dataset.class_names
    other_order = from_raw_pixels(
        small_model,
        dataset.input_shape,
        scaling="none",
        class_names=names,
        target_names=names[::-1],
    )
    result = report(other_order, dataset, names[::-1], flip=True)
    expected = report(small_model, dataset, flip=True)
    for name, evaluation in expected.evaluations.items():
        np.testing.assert_allclose(result.evaluations[name].y_score, evaluation.y_score, atol=1e-6)
        assert result.evaluations[name].class_names == dataset.class_names


def test_only_what_is_asked_for_is_evaluated(small_model, dataset):
    result = report(small_model, dataset)
    assert result.further == {}


def test_multi_label_thresholds_are_fitted_on_validation(dataset):
    model = sequential_cnn(widths=(4,))
    one_hot = np.eye(7, dtype=bool)
    val = Split(dataset.val.images, one_hot[dataset.val.labels])
    test = Split(dataset.test.images, one_hot[dataset.test.labels])
    result = report(model, replace(dataset, multi_label=True, val=val, test=test))
    expected = fit_thresholds(evaluate(model, val, dataset.class_names))
    np.testing.assert_array_equal(result.val.thresholds, expected)
    np.testing.assert_array_equal(result.test.thresholds, expected)
    assert result.without_twins is None
    assert list(result.table().columns[-2:]) == ["micro-F1", "mAP"]


def test_twins_are_left_out_where_they_are_known():
    known = Report(VAL, TEST, has_twin=np.array([True, False, False, False]))
    assert known.without_twins.accuracy == 1
    assert list(known.table().index) == ["validation", "test", "test without twins"]
    unknown = Report(VAL, TEST)
    assert unknown.without_twins is None
    assert list(unknown.table().index) == ["validation", "test"]


def test_table_has_one_row_per_evaluation():
    table = Report(VAL, TEST, further={"test, cropped": VAL}).table()
    row = table.loc["test"]
    assert row["n"] == 4
    assert row["accuracy"] == 0.75
    assert (row["low"], row["high"]) == tuple(np.round(TEST.accuracy_interval, 3))
    assert table.loc["test, cropped", "accuracy"] == 1


def test_summary_table_has_one_row_per_model():
    has_twin = np.array([True, False, False, False])
    first = Report(VAL, TEST, has_twin, {"validation, shifted": TEST})
    second = Report(VAL, TEST.where([1, 2]), has_twin[1:3])
    table = summary_table({"first": first, "second": second})
    assert table.loc["first", "validation"] == 1
    assert table.loc["first", "accuracy"] == 0.75
    assert table.loc["first", "without twins"] == 1
    assert table.loc["first", "validation, shifted, balanced"] == 0.75
    assert list(table["n"]) == [4, 2]
