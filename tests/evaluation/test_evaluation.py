import keras
import numpy as np
import pytest

from emotion_lib.datasets import Split
from emotion_lib.evaluation import (
    Evaluation,
    compare,
    evaluate,
    fit_thresholds,
    mean,
    wilson_interval,
)
from emotion_lib.models.cnn import sequential_cnn

# Six images, three classes; predictions 0 0 1 1 2 0 against 0 1 1 1 2 2:
# confusion [[1,0,0],[1,2,0],[1,0,1]]
Y_TRUE = np.array([0, 1, 1, 1, 2, 2])
Y_PRED = np.array([0, 0, 1, 1, 2, 0])
EXAMPLE = Evaluation(Y_TRUE, np.eye(3)[Y_PRED] * 0.8 + 0.1, ("a", "b", "c"))


def test_values_worked_out_by_hand():
    assert EXAMPLE.n == 6
    assert EXAMPLE.accuracy == pytest.approx(4 / 6)
    assert EXAMPLE.confusion_matrix.tolist() == [[1, 0, 0], [1, 2, 0], [1, 0, 1]]
    assert EXAMPLE.recall == pytest.approx({"a": 1.0, "b": 2 / 3, "c": 1 / 2})
    assert EXAMPLE.balanced_accuracy == pytest.approx((1 + 2 / 3 + 1 / 2) / 3)
    # F1: a 2*1/(2*1+2+0)=1/2, b 2*2/(4+0+1)=4/5, c 2*1/(2+0+1)=2/3
    assert EXAMPLE.macro_f1 == pytest.approx((1 / 2 + 4 / 5 + 2 / 3) / 3)


def test_wilson_interval_by_hand():
    # n = 100, p = 0.5: centre 0.5, half width 1.96/(1+3.84/100)*sqrt(0.0025+3.84/40000)
    low, high = wilson_interval(50, 100)
    assert (low, high) == (pytest.approx(0.4038, abs=1e-4), pytest.approx(0.5962, abs=1e-4))
    assert wilson_interval(0, 10)[0] == 0 and wilson_interval(10, 10)[1] == pytest.approx(1)
    assert wilson_interval(0, 0) == (0.0, 1.0)
    assert EXAMPLE.accuracy_interval == wilson_interval(4, 6)


def test_a_class_never_seen_or_predicted():
    e = Evaluation(np.array([0, 0]), np.array([[0.9, 0.1], [0.2, 0.8]]), ("a", "b"))
    assert np.isnan(e.recall["b"]) and e.balanced_accuracy == 0.5
    assert e.macro_f1 == pytest.approx(2 / 3)


def test_where():
    part = EXAMPLE.where(np.array([True, False, True, True, True, False]))
    assert part.n == 4 and part.accuracy == 1.0 and part.class_names == EXAMPLE.class_names


def test_summary_is_plain():
    import json

    assert json.loads(json.dumps(EXAMPLE.summary()))["n"] == 6


def test_scores_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"Expected y_score of shape \(6, 3\).*Received: \(6, 2\)"):
        Evaluation(Y_TRUE, np.zeros((6, 2)), ("a", "b", "c"))
    with pytest.raises(ValueError, match="NaN"):
        Evaluation(Y_TRUE, np.full((6, 3), np.nan), ("a", "b", "c"))


def test_evaluate_runs_the_model_over_a_split(small_model, dataset):
    e = evaluate(small_model, dataset.test, dataset.class_names, batch_size=8)
    np.testing.assert_allclose(
        e.y_score, np.asarray(small_model(dataset.test.images[..., None])), atol=1e-5
    )
    assert np.array_equal(e.y_true, dataset.test.labels)


def test_a_model_is_folded_into_one_network_that_follows_its_weights(dataset, monkeypatch):
    """What a backend has compiled belongs to that network."""
    computing = []
    predict = keras.Model.predict_on_batch
    monkeypatch.setattr(
        keras.Model,
        "predict_on_batch",
        lambda self, x: computing.append((self, x.shape)) or predict(self, x),
    )
    model = sequential_cnn(widths=(4,))
    for _ in range(2):
        model.set_weights([w + 0.1 for w in model.get_weights()])
        for batch_size in (16, 16, 256):
            e = evaluate(model, dataset.val, dataset.class_names, batch_size=batch_size)
            np.testing.assert_allclose(
                e.y_score, np.asarray(model(dataset.val.images[..., None])), atol=1e-5
            )
        model.layers[
            -1
        ].activation = (
            keras.activations.sigmoid
        )  # another network, which must not be answered by the old
    networks = {id(network) for network, _ in computing}
    assert len(networks) == 2
    assert {shape for _, shape in computing} == {(16, 48, 48, 1), (32, 48, 48, 1)}


def test_labels_that_the_model_does_not_know_count_as_wrong(small_model, dataset):
    names = ("contempt", *dataset.class_names[::-1])  # another order, too
    moved = np.array([names.index(name) for name in dataset.class_names])
    labels = np.append(moved[dataset.val.labels[:-1]], 0)
    known = evaluate(small_model, dataset.val, dataset.class_names)
    wider = evaluate(
        small_model, Split(dataset.val.images, labels), dataset.class_names, label_names=names
    )
    assert (
        wider.class_names == names
        and wider.recall["contempt"] == 0
        and not wider.y_score[:, 0].any()
    )
    np.testing.assert_array_equal(wider.correct[:-1], known.correct[:-1])
    with pytest.raises(ValueError, match="Say label_names"):
        evaluate(small_model, Split(dataset.val.images, labels), dataset.class_names)
    with pytest.raises(ValueError, match=r"without \['surprise'\]"):
        evaluate(small_model, dataset.val, dataset.class_names, label_names=names[:1] + names[2:])


def test_evaluate_with_flip_averages_image_and_mirror_image(small_model, dataset):
    images = dataset.test.images[..., None]
    expected = (np.asarray(small_model(images)) + np.asarray(small_model(images[:, :, ::-1]))) / 2
    e = evaluate(small_model, dataset.test, dataset.class_names, flip=True)
    np.testing.assert_allclose(e.y_score, expected, atol=1e-5)


def test_evaluate_in_bfloat16_is_close(small_model, dataset):
    exact, quick = (
        evaluate(small_model, dataset.test, dataset.class_names, precision=p)
        for p in (None, "mixed_bfloat16")
    )
    np.testing.assert_allclose(quick.y_score, exact.y_score, atol=0.02)


def with_right(right):
    """An evaluation of ten images whose k-th is right where ``right`` says so."""
    y_true = np.zeros(10, int)
    return Evaluation(y_true, np.eye(2)[np.where(right, 0, 1)].astype(float), ("a", "b"))


def test_comparison_by_hand():
    first, second = with_right([1] * 8 + [0] * 2), with_right([1] * 2 + [0] * 7 + [1])
    c = compare(first, second)
    assert (c.only_first, c.only_second, c.difference) == (6, 1, 0.5)
    assert c.p_value == pytest.approx(
        2 * (7 + 1) / 2**7
    )  # two-sided binomial: P(X >= 6 of 7) twice
    assert c.interval[0] < 0.5 < c.interval[1] and c.interval[0] == pytest.approx(
        0.5 - 1.96 * np.sqrt(0.045), abs=0.1
    )
    same = compare(first, first)
    assert (same.difference, same.p_value, same.interval) == (0, 1, (0, 0))
    with pytest.raises(ValueError, match="same images"):
        compare(first, EXAMPLE)


# ---- several labels an image ----------------------------------------------------------------------------------------

# Four images, three labels; at 0.5 predicted: [1,0,0] [1,1,0] [0,1,0] [0,0,1]
LABELS = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0], [1, 0, 1]], bool)
SCORES = np.array([[0.9, 0.1, 0.2], [0.8, 0.6, 0.3], [0.2, 0.7, 0.1], [0.4, 0.3, 0.9]])
MULTI = Evaluation(LABELS, SCORES, ("a", "b", "c"))


def test_multi_label_values_worked_out_by_hand():
    assert MULTI.multi_label and MULTI.correct.tolist() == [True, False, True, False]
    assert MULTI.accuracy == 0.5 and MULTI.accuracy_interval == wilson_interval(2, 4)
    assert MULTI.hamming_loss == pytest.approx(2 / 12)
    assert MULTI.recall == pytest.approx({"a": 2 / 3, "b": 1, "c": 1})
    assert MULTI.confusion_matrix.tolist() == [[[1, 0], [1, 2]], [[2, 1], [0, 1]], [[3, 0], [0, 1]]]
    # F1: a 2*2/(2*2+0+1)=4/5, b 2*1/(2+1+0)=2/3, c 1; all decisions: 2*4/(8+1+1)
    assert MULTI.macro_f1 == pytest.approx(
        (4 / 5 + 2 / 3 + 1) / 3
    ) and MULTI.micro_f1 == pytest.approx(0.8)
    # Ranked by score: a yes yes yes no, b yes first, c yes first
    assert (
        MULTI.average_precision == pytest.approx({"a": 1, "b": 1, "c": 1})
        and MULTI.mean_average_precision == 1
    )
    assert MULTI.prevalence == pytest.approx({"a": 3 / 4, "b": 1 / 4, "c": 1 / 4})
    assert MULTI.co_occurrence.tolist() == [[2, 1, 1], [0, 1, 0], [0, 0, 1]]
    table = MULTI.per_label()
    assert table.loc["b", "precision"] == 0.5 and list(table.index) == ["a", "b", "c"]
    assert MULTI.summary()["mean_average_precision"] == 1 and MULTI.where([0, 1]).n == 2


def test_thresholds_are_fitted_on_validation():
    fitted = fit_thresholds(MULTI)
    assert fitted == pytest.approx(
        [0.3, 0.65, 0.6]
    )  # halfway between the last yes and the first no
    better = Evaluation(LABELS, SCORES, ("a", "b", "c"), fitted)
    assert better.accuracy == 1.0 and better.summary()["thresholds"] == pytest.approx(
        [0.3, 0.65, 0.6]
    )
    tied = Evaluation(np.array([[1], [0], [1]], bool), np.array([[0.7], [0.7], [0.2]]), ("a",))
    assert fit_thresholds(tied) == pytest.approx(
        [0.1]
    )  # cutting between equal scores is impossible
    nobody = Evaluation(np.zeros((2, 1), bool), np.array([[0.7], [0.2]]), ("a",))
    assert fit_thresholds(nobody) == [0.5] and np.isnan(nobody.average_precision["a"])


def test_multi_label_shapes_are_checked():
    with pytest.raises(ValueError, match="Expected y_score of shape"):
        Evaluation(LABELS[:, :2], SCORES, ("a", "b", "c"))
    with pytest.raises(ValueError, match="multi-label task alone"):
        Evaluation(Y_TRUE, EXAMPLE.y_score, ("a", "b", "c"), np.full(3, 0.5))
    with pytest.raises(ValueError, match="one a class"):
        Evaluation(LABELS, SCORES, ("a", "b", "c"), np.full(2, 0.5))


def test_comparison_of_multi_label_models_counts_whole_sets():
    better = Evaluation(LABELS, SCORES, ("a", "b", "c"), fit_thresholds(MULTI))
    result = compare(better, MULTI)
    assert (result.only_first, result.only_second) == (2, 0) and result.difference == 0.5


def test_ten_crops_average_corners_middle_and_mirror_images(small_model, dataset):
    split = dataset.test.take(np.arange(3))
    ten = evaluate(small_model, split, dataset.class_names, flip=True, crop=40).y_score
    np.testing.assert_allclose(ten.sum(1), 1, atol=1e-5)
    whole = evaluate(small_model, split, dataset.class_names, flip=True).y_score
    assert np.abs(ten - whole).max() > 1e-5
    np.testing.assert_allclose(
        evaluate(small_model, split, dataset.class_names, flip=True, crop=48).y_score, whole, atol=1e-5
    )  # fmt: skip
    with pytest.raises(ValueError, match="at most 48 px"):
        evaluate(small_model, split, dataset.class_names, crop=49)


def test_an_ensemble_is_the_mean_of_its_members():
    one, two = (
        Evaluation(np.array([0, 1]), s, ("a", "b")) for s in (np.eye(2), np.full((2, 2), 0.5))
    )
    np.testing.assert_allclose(mean([one, two]).y_score, [[0.75, 0.25], [0.25, 0.75]])
    with pytest.raises(ValueError, match="same images"):
        mean([one, Evaluation(np.array([1, 1]), np.eye(2), ("a", "b"))])


def test_calibration_error_and_risk_by_hand():
    scores = np.array([[0.9, 0.1], [0.9, 0.1], [0.2, 0.8], [0.4, 0.6]])
    e = Evaluation(np.array([0, 1, 1, 0]), scores, ("a", "b"))
    # Three bins hold images: 0.9 (two, half right), 0.8 (one, right), 0.6 (one, wrong).
    assert e.calibration_error == pytest.approx((2 * 0.4 + 0.2 + 0.6) / 4)
    assert e.reliability()["n"].tolist() == [1, 1, 2]
    thresholds, coverage, risk = e.risk_coverage()
    np.testing.assert_allclose(thresholds, [0.9, 0.9, 0.8, 0.6])
    np.testing.assert_allclose(coverage, [0.25, 0.5, 0.75, 1])
    np.testing.assert_allclose(risk, [0, 1 / 2, 1 / 3, 1 / 2])
    assert e.summary()["calibration_error"] == e.calibration_error
