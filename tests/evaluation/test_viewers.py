"""Scalings towards what viewers perceive."""

import numpy as np
import pytest

from emotion_lib.evaluation import Evaluation
from emotion_lib.evaluation.calibration import Scaling, fit_scaling
from emotion_lib.evaluation.viewers import compromise, fit_to_votes, root_weighted


def scores(n=4000):
    """Return labels drawn from known probabilities, and these as scores."""
    rng = np.random.default_rng(0)
    powers = np.exp(rng.normal(0, 2, (n, 4)))
    true = powers / powers.sum(axis=1, keepdims=True)
    labels = (rng.random(n)[:, None] > true.cumsum(axis=1)).sum(axis=1)
    return Evaluation(labels, true, ("a", "b", "c", "d"))


def test_weights_by_root_answer_a_rare_class_more_often():
    evaluation = scores(n=8000)
    rare = evaluation.where((evaluation.y_true != 3) | (np.arange(evaluation.n) % 10 == 0))
    labels = np.eye(4)[rare.y_true]
    plain = fit_scaling(rare, bias=True).apply(rare)
    weighted = fit_scaling(rare, bias=True, targets=root_weighted(labels)).apply(rare)
    assert weighted.recall["d"] > plain.recall["d"] + 0.05
    assert weighted.balanced_accuracy > plain.balanced_accuracy
    assert weighted.accuracy < plain.accuracy


def test_the_compromise_lies_between_labels_and_votes():
    """Viewers call most images of class a ones of class b."""
    evaluation = scores()
    votes = evaluation.y_true.copy()
    votes[(votes == 0) & (np.arange(len(votes)) % 5 > 0)] = 1
    targets = compromise(evaluation.y_true, np.eye(4)[votes])
    both = fit_scaling(evaluation, bias=True, targets=targets).apply(evaluation)
    own = fit_scaling(evaluation, bias=True).apply(evaluation)
    viewed = fit_scaling(evaluation, bias=True, targets=np.eye(4)[votes]).apply(evaluation)
    agreement = [np.mean(scaled.y_pred == votes) for scaled in (own, both, viewed)]
    assert agreement == sorted(agreement)
    assert own.accuracy > both.accuracy > viewed.accuracy


def test_a_model_of_other_labels_answers_as_viewers_do_and_is_calibrated():
    """Ten viewers per image draw from probabilities that the model knows up to biases."""
    true = scores(n=6000)
    rng = np.random.default_rng(1)
    votes = np.stack([rng.multinomial(10, row) for row in true.y_score])
    votes[:5] = 0
    shares = votes / np.maximum(votes.sum(axis=1, keepdims=True), 1)
    top = np.sort(votes, axis=1)
    single = top[:, -1] > top[:, -2]
    answers = Evaluation(votes.argmax(axis=1), true.y_score, true.class_names).where(single)
    distorted = Scaling(1.0, (1.5, -1.5, 1.0, -1.0))
    found = fit_to_votes(distorted.apply(true), shares)
    before = distorted.apply(answers)
    after = found.apply(before)
    assert after.accuracy > before.accuracy + 0.1
    assert after.accuracy == pytest.approx(answers.accuracy, abs=0.01)
    assert after.calibration_error < answers.calibration_error / 2
