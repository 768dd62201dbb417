import json

import numpy as np
import pytest

from emotion_lib.evaluation import Evaluation, wilson_interval

# Six images, three classes; predictions 0 0 1 1 2 0 against labels 0 1 1 1 2 2:
# confusion matrix [[1,0,0],[1,2,0],[1,0,1]]
Y_TRUE = np.array([0, 1, 1, 1, 2, 2])
Y_PRED = np.array([0, 0, 1, 1, 2, 0])
EXAMPLE = Evaluation(Y_TRUE, np.eye(3)[Y_PRED] * 0.8 + 0.1, ("a", "b", "c"))

# Four images, three labels; predictions at 0.5: [1,0,0] [1,1,0] [0,1,0] [0,0,1]
LABELS = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0], [1, 0, 1]], bool)
SCORES = np.array([[0.9, 0.1, 0.2], [0.8, 0.6, 0.3], [0.2, 0.7, 0.1], [0.4, 0.3, 0.9]])
MULTI_LABEL = Evaluation(LABELS, SCORES, ("a", "b", "c"))


def test_single_label_metrics_worked_out_by_hand():
    assert EXAMPLE.n == 6
    assert EXAMPLE.accuracy == pytest.approx(4 / 6)
    assert EXAMPLE.accuracy_interval == wilson_interval(4, 6)
    assert EXAMPLE.confusion_matrix.tolist() == [[1, 0, 0], [1, 2, 0], [1, 0, 1]]
    assert EXAMPLE.recall == pytest.approx({"a": 1.0, "b": 2 / 3, "c": 1 / 2})
    assert EXAMPLE.balanced_accuracy == pytest.approx((1 + 2 / 3 + 1 / 2) / 3)
    # F1: a 2*1/(2*1+2+0) = 1/2, b 2*2/(4+0+1) = 4/5, c 2*1/(2+0+1) = 2/3
    assert EXAMPLE.macro_f1 == pytest.approx((1 / 2 + 4 / 5 + 2 / 3) / 3)


def test_recall_has_an_interval_per_class():
    assert EXAMPLE.recall_interval["a"] == wilson_interval(1, 1)
    assert EXAMPLE.recall_interval["b"] == wilson_interval(2, 3)
    # Label a is predicted for two of its three images.
    assert MULTI_LABEL.recall_interval["a"] == wilson_interval(2, 3)


def test_class_without_images():
    evaluation = Evaluation(np.array([0, 0]), np.array([[0.9, 0.1], [0.2, 0.8]]), ("a", "b"))
    assert np.isnan(evaluation.recall["b"])
    assert evaluation.recall_interval["b"] == (0, 1)
    assert evaluation.balanced_accuracy == 0.5
    assert evaluation.macro_f1 == pytest.approx(2 / 3)
    assert evaluation.summary()["recall"]["b"] is None


def test_where_selects_images():
    part = EXAMPLE.where(np.array([True, False, True, True, True, False]))
    assert part.n == 4
    assert part.accuracy == 1.0
    assert part.class_names == EXAMPLE.class_names


def test_summary_can_be_written_as_json():
    assert json.loads(json.dumps(EXAMPLE.summary()))["n"] == 6


def test_wrong_scores_are_rejected():
    message = r"Expected y_score of shape \(6, 3\).*Received: \(6, 2\)"
    with pytest.raises(ValueError, match=message):
        Evaluation(Y_TRUE, np.zeros((6, 2)), ("a", "b", "c"))
    with pytest.raises(ValueError, match="NaN"):
        Evaluation(Y_TRUE, np.full((6, 3), np.nan), ("a", "b", "c"))


def test_labels_out_of_range_are_rejected():
    with pytest.raises(ValueError, match=r"Received: 0 to 2. Pass label_names"):
        Evaluation(Y_TRUE, np.zeros((6, 2)), ("a", "b"))


def test_multi_label_metrics_worked_out_by_hand():
    assert MULTI_LABEL.multi_label
    assert MULTI_LABEL.correct.tolist() == [True, False, True, False]
    assert MULTI_LABEL.accuracy == 0.5
    assert MULTI_LABEL.accuracy_interval == wilson_interval(2, 4)
    assert MULTI_LABEL.hamming_loss == pytest.approx(2 / 12)
    assert MULTI_LABEL.recall == pytest.approx({"a": 2 / 3, "b": 1, "c": 1})
    matrices = [[[1, 0], [1, 2]], [[2, 1], [0, 1]], [[3, 0], [0, 1]]]
    assert MULTI_LABEL.confusion_matrix.tolist() == matrices
    # F1: a 2*2/(2*2+0+1) = 4/5, b 2*1/(2+1+0) = 2/3, c 1; all decisions: 2*4/(8+1+1)
    assert MULTI_LABEL.macro_f1 == pytest.approx((4 / 5 + 2 / 3 + 1) / 3)
    assert MULTI_LABEL.micro_f1 == pytest.approx(0.8)
    # Truth sorted by descending score: a 1 1 1 0, b begins with 1, c begins with 1.
    assert MULTI_LABEL.average_precision == pytest.approx({"a": 1, "b": 1, "c": 1})
    assert MULTI_LABEL.mean_average_precision == 1
    assert MULTI_LABEL.prevalence == pytest.approx({"a": 3 / 4, "b": 1 / 4, "c": 1 / 4})
    assert MULTI_LABEL.co_occurrence.tolist() == [[2, 1, 1], [0, 1, 0], [0, 0, 1]]
    assert MULTI_LABEL.summary()["mean_average_precision"] == 1
    assert MULTI_LABEL.where([0, 1]).n == 2


def test_per_label_table():
    table = MULTI_LABEL.per_label()
    assert list(table.index) == ["a", "b", "c"]
    assert table.loc["b", "precision"] == 0.5


def test_multi_label_shapes_are_checked():
    with pytest.raises(ValueError, match="Expected y_score of shape"):
        Evaluation(LABELS[:, :2], SCORES, ("a", "b", "c"))
    with pytest.raises(ValueError, match="multi-label task only"):
        Evaluation(Y_TRUE, EXAMPLE.y_score, ("a", "b", "c"), np.full(3, 0.5))
    with pytest.raises(ValueError, match="one per class"):
        Evaluation(LABELS, SCORES, ("a", "b", "c"), np.full(2, 0.5))


def test_calibration_error_and_risk_worked_out_by_hand():
    scores = np.array([[0.9, 0.1], [0.9, 0.1], [0.2, 0.8], [0.4, 0.6]])
    evaluation = Evaluation(np.array([0, 1, 1, 0]), scores, ("a", "b"))
    # Three bins hold images: 0.9 (two images, one correct), 0.8 (one, correct), 0.6 (one, wrong).
    assert evaluation.calibration_error == pytest.approx((2 * 0.4 + 0.2 + 0.6) / 4)
    assert evaluation.reliability()["n"].tolist() == [1, 1, 2]
    thresholds, coverage, risk = evaluation.risk_coverage()
    np.testing.assert_allclose(thresholds, [0.9, 0.9, 0.8, 0.6])
    np.testing.assert_allclose(coverage, [0.25, 0.5, 0.75, 1])
    np.testing.assert_allclose(risk, [0, 1 / 2, 1 / 3, 1 / 2])
    assert evaluation.summary()["calibration_error"] == evaluation.calibration_error
