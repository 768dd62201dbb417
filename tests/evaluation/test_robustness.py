import numpy as np
import pytest

from emotion_lib.evaluation import Evaluation, corrupted_scoring, evaluate
from emotion_lib.evaluation.calibration import Scaling, selective
from emotion_lib.evaluation.corrupted_scoring import evaluate_corrupted
from emotion_lib.evaluation.robustness import Robustness, mean_robustness

N = 20


def evaluation(wrong, confidence=0.8):
    """Return an evaluation whose first ``wrong`` of 20 answers are wrong."""
    scores = np.tile([confidence, 1 - confidence], (N, 1))
    return Evaluation((np.arange(N) < wrong).astype(int), scores, ("a", "b"))


def robustness(clean, **corrupted):
    """Return a robustness from numbers of wrong answers, one per strength."""
    parts = {}
    for name, numbers in corrupted.items():
        for strength, number in enumerate(numbers, start=1):
            part = evaluation(number)
            # The labels are the same for all; the answers differ.
            scores = np.where(part.y_true[:, None] == [0, 1], 0.8, 0.2)
            labels = np.zeros(N, int)
            parts[name, strength] = Evaluation(labels, scores, ("a", "b"))
    whole = evaluation(clean)
    scores = np.where(whole.y_true[:, None] == [0, 1], 0.8, 0.2)
    return Robustness(Evaluation(np.zeros(N, int), scores, ("a", "b")), parts)


def test_accuracy_is_a_table_of_corruptions_and_strengths():
    table = robustness(2, blur=[4, 10], noise=[2, 5]).accuracy
    assert table.index.tolist() == ["blur", "noise"]
    assert table.columns.tolist() == [1, 2]
    assert table.loc["blur"].tolist() == [0.8, 0.5]
    assert table.loc["noise", 2] == 0.75


def test_corruption_errors_by_hand():
    baseline = robustness(4, blur=[6, 10], noise=[8, 12])
    model = robustness(2, blur=[4, 8], noise=[2, 3])
    errors = model.corruption_errors(baseline)
    # Errors of 20 images: (4 + 8) / (6 + 10), and (2 + 3) / (8 + 12).
    assert errors["CE"].tolist() == pytest.approx([0.75, 0.25])
    # Over the clean errors: (12 - 2 * 2) / (16 - 2 * 4), and (5 - 4) / (20 - 8).
    assert errors["relative CE"].tolist() == pytest.approx([1.0, 1 / 12])
    figures = model.mean_corruption_error(baseline)
    assert figures["mCE"] == pytest.approx(0.5)
    assert figures["relative mCE"] == pytest.approx((1 + 1 / 12) / 2)


def test_the_baseline_has_a_mean_corruption_error_of_1():
    model = robustness(2, blur=[4, 8], noise=[3, 6])
    figures = model.mean_corruption_error(model)
    assert figures == pytest.approx(dict.fromkeys(figures, 1.0))


def test_a_corruption_that_costs_the_baseline_nothing_has_no_relative_error():
    baseline = robustness(4, blur=[4, 4], noise=[8, 12])
    model = robustness(2, blur=[4, 8], noise=[2, 3])
    errors = model.corruption_errors(baseline)
    assert np.isnan(errors.loc["blur", "relative CE"])
    assert errors.loc["blur", "CE"] == pytest.approx(1.5)
    assert model.mean_corruption_error(baseline)["relative mCE"] == pytest.approx(1 / 12)


def test_interval_is_that_of_a_ratio_of_two_errors():
    rng = np.random.default_rng(0)
    scores = np.tile([0.8, 0.2], (2000, 1))

    def independent(error):
        return Evaluation((rng.random(2000) < error).astype(int), scores, ("a", "b"))

    labels = np.zeros(2000, int)
    clean = Evaluation(labels, scores, ("a", "b"))
    parts = []
    for error in (0.2, 0.4):
        flipped = independent(error).y_true
        answers = np.where(flipped[:, None] == [0, 1], 0.8, 0.2)
        parts.append(Robustness(clean, {("blur", 1): Evaluation(labels, answers, ("a", "b"))}))
    figures = parts[0].mean_corruption_error(parts[1])
    # Delta method: variance of the logarithm of a ratio of two independent shares.
    deviation = np.sqrt(0.8 / (0.2 * 2000) + 0.6 / (0.4 * 2000))
    width = np.log(figures["high"]) - np.log(figures["low"])
    assert width == pytest.approx(2 * 1.96 * deviation, rel=0.1)
    assert figures["low"] < 0.5 < figures["high"]


def test_another_baseline_is_refused():
    model = robustness(2, blur=[4, 8])
    with pytest.raises(ValueError, match="same images and corruptions"):
        model.corruption_errors(robustness(2, noise=[4, 8]))


def test_selective_pools_the_strengths():
    labels = np.zeros(4, int)
    first = np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.6, 0.4]])
    second = np.array([[0.6, 0.4], [0.2, 0.8], [0.1, 0.9], [0.4, 0.6]])
    parts = {
        ("blur", 1): Evaluation(labels, first, ("a", "b")),
        ("blur", 2): Evaluation(labels, second, ("a", "b")),
    }
    model = Robustness(Evaluation(labels, first, ("a", "b")), parts)
    table = model.selective(0.7)
    assert table.index.tolist() == ["clean", "blur"]
    # Clean: three answers, one wrong. Blur: five answers, three wrong.
    assert table.loc["clean", ["coverage", "risk"]].tolist() == pytest.approx([3 / 4, 1 / 3])
    assert table.loc["blur", ["coverage", "risk"]].tolist() == pytest.approx([5 / 8, 3 / 5])
    assert selective(model.pooled("blur"), 0.7) == pytest.approx({"coverage": 5 / 8, "risk": 3 / 5})
    assert (table["low"] <= table["risk"]).all()
    assert (table["risk"] <= table["high"]).all()
    assert model.selective(0.95)["risk"].tolist() == [0, 0]


def test_scaling_changes_every_part():
    model = robustness(2, blur=[4, 8])
    scaling = Scaling(2.0, (0.0, 0.0))
    scaled = model.scaled(scaling)
    expected = scaling.apply(model.pooled("blur"))
    np.testing.assert_allclose(scaled.pooled("blur").y_score, expected.y_score)
    assert scaled.clean.accuracy == model.clean.accuracy


def test_a_model_is_evaluated_on_every_corruption(small_model, dataset, capfd):
    found = evaluate_corrupted(
        small_model, dataset.test, dataset.class_names, corruptions=("brightness", "shift")
    )
    clean = evaluate(small_model, dataset.test, dataset.class_names)
    np.testing.assert_array_equal(found.clean.y_score, clean.y_score)
    assert found.accuracy.shape == (2, 5)
    assert found.corrupted["shift", 5].n == len(dataset.test)
    differences = []
    for strength in (1, 5):
        scores = found.corrupted["brightness", strength].y_score
        differences.append(np.abs(scores - clean.y_score).mean())
    assert 0 < differences[0] < differences[1]
    assert "2/2" in capfd.readouterr().err


def test_a_second_run_takes_scores_from_the_cache(small_model, dataset, monkeypatch):
    options = {"corruptions": ("contrast",), "seed": 5}
    first = evaluate_corrupted(small_model, dataset.test, dataset.class_names, **options)
    monkeypatch.setattr(corrupted_scoring, "corrupted", None)
    again = evaluate_corrupted(small_model, dataset.test, dataset.class_names, **options)
    for key, part in first.corrupted.items():
        np.testing.assert_array_equal(again.corrupted[key].y_score, part.y_score)
    with pytest.raises(TypeError):  # other images are not in the cache
        evaluate_corrupted(small_model, dataset.val, dataset.class_names, **options)


def test_other_labels_of_some_images():
    model = robustness(2, blur=[4, 8])
    index = np.array([5, 0, 0])
    found = model.relabelled(np.array([0, 1, 0]), index)
    # At strength 1 the answers of the images 0 to 3 are class 1, at strength 2 those of 0 to 7.
    assert found.clean.correct.tolist() == [True, True, False]
    assert found.corrupted["blur", 1].correct.tolist() == [True, True, False]
    assert found.corrupted["blur", 2].correct.tolist() == [False, True, False]


def test_an_ensemble_is_the_mean_of_its_members():
    first = robustness(2, blur=[4, 8])
    second = robustness(0, blur=[0, 20])
    found = mean_robustness([first, second])
    np.testing.assert_allclose(found.corrupted["blur", 2].y_score[:8], [[0.2, 0.8]] * 8)
    np.testing.assert_allclose(found.corrupted["blur", 2].y_score[8:], [[0.5, 0.5]] * 12)
    np.testing.assert_allclose(found.clean.y_score[0], [0.5, 0.5])
