import keras
import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from emotion_lib.training.losses import (
    AsymmetricLoss,
    LogitAdjustedCrossentropy,
    SharedCrossentropy,
    SparseCrossentropy,
    class_weight,
)

Y_TRUE = np.array([0, 2])
Y_PRED = np.array([[0.7, 0.2, 0.1], [0.3, 0.3, 0.4]], np.float32)


def sparse_crossentropy(**options):
    return float(SparseCrossentropy(**options)(Y_TRUE, Y_PRED))


def test_plain_crossentropy_equals_that_of_keras():
    expected = float(keras.losses.SparseCategoricalCrossentropy()(Y_TRUE, Y_PRED))
    assert sparse_crossentropy() == pytest.approx(expected, abs=1e-6)


def test_focal_loss_and_label_smoothing_by_hand():
    focal = -(0.3**2 * np.log(0.7) + 0.6**2 * np.log(0.4)) / 2
    assert sparse_crossentropy(gamma=2.0) == pytest.approx(focal, abs=1e-5)
    targets = 0.9 * np.eye(3)[Y_TRUE] + 0.1 / 3
    smoothed = -(targets * np.log(Y_PRED)).sum(axis=1).mean()
    assert sparse_crossentropy(label_smoothing=0.1) == pytest.approx(smoothed, abs=1e-5)


def test_labels_may_be_a_column():
    loss = float(SparseCrossentropy()(Y_TRUE[:, None], Y_PRED))
    assert loss == pytest.approx(sparse_crossentropy(), abs=1e-6)


def test_a_loss_is_saved_with_its_arguments():
    copy = keras.losses.deserialize(keras.losses.serialize(SparseCrossentropy(0.1, 2.0)))
    assert copy.label_smoothing == 0.1
    assert copy.gamma == 2.0


def test_impossible_options_are_refused():
    with pytest.raises(ValueError, match="Received: label_smoothing=1"):
        SparseCrossentropy(label_smoothing=1.0)


LABELS = np.repeat([0, 1, 2], [10, 40, 2])


def test_balanced_weights_are_those_of_scikit_learn():
    expected = compute_class_weight("balanced", classes=np.arange(3), y=LABELS)
    assert class_weight(LABELS, 3, "balanced") == pytest.approx(dict(enumerate(expected)))
    assert class_weight(LABELS, 3, "balanced")[2] == pytest.approx(52 / (3 * 2))


def test_effective_number_by_hand():
    weights = class_weight(LABELS, 3, "effective-number", beta=0.9)
    raw = np.array([0.1 / (1 - 0.9**count) for count in (10, 40, 2)])
    assert list(weights.values()) == pytest.approx(raw * 3 / raw.sum())


def test_no_weights_missing_classes_and_unknown_methods():
    assert class_weight(LABELS, 3, None) is None
    with pytest.raises(ValueError, match=r"none of \[3\]"):
        class_weight(LABELS, 4, "balanced")
    with pytest.raises(ValueError, match="Received: 'square'"):
        class_weight(LABELS, 3, "square")


def test_asymmetric_loss_by_hand():
    truth = np.array([[1, 0, 0]])
    p = np.array([[0.7, 0.2, 0.03]], np.float32)
    plain = float(AsymmetricLoss(0, 0, 0)(truth, p))
    binary_crossentropy = float(keras.losses.BinaryCrossentropy()(truth, p))
    assert plain == pytest.approx(binary_crossentropy, abs=1e-5)
    # The published form: the third label is below the clip and counts nothing.
    expected = -(0.3 * np.log(0.7) + 0.15**4 * np.log(0.85)) / 3
    assert float(AsymmetricLoss(1, 4, 0.05)(truth, p)) == pytest.approx(expected, abs=1e-6)
    assert AsymmetricLoss.from_config(AsymmetricLoss(1, 2, 0.1).get_config()).clip == 0.1
    with pytest.raises(ValueError, match="at least 0"):
        AsymmetricLoss(gamma_negative=-1)


def test_easy_negatives_count_less_than_hard_ones_whatever_the_label():
    """The loss knows no label frequencies: swapping two labels changes nothing."""
    loss = AsymmetricLoss()
    truth = np.array([[0, 0]])
    easy = float(loss(truth, np.array([[0.1, 0.1]], np.float32)))
    hard = float(loss(truth, np.array([[0.9, 0.1]], np.float32)))
    swapped = float(loss(truth, np.array([[0.1, 0.9]], np.float32)))
    assert easy < 1e-4 * hard
    assert hard == pytest.approx(swapped, abs=1e-7)


def test_shared_crossentropy_by_hand():
    """Labels as ones or as shares give the same loss; an image without labels has none."""
    p = np.array([[0.5, 0.25, 0.25]], np.float32)
    loss = SharedCrossentropy()
    from_ones = float(loss(np.array([[1, 1, 0]]), p))
    assert from_ones == pytest.approx(-(np.log(0.5) + np.log(0.25)) / 2, abs=1e-5)
    from_shares = float(loss(np.array([[0.5, 0.5, 0]]), p))
    assert from_shares == pytest.approx(from_ones, abs=1e-6)
    assert float(loss(np.zeros((1, 3)), p)) == 0
    assert SharedCrossentropy.from_config(loss.get_config()).name == "shared_crossentropy"


def test_logit_adjustment_by_hand():
    shares = np.array([0.5, 0.4, 0.1])
    truth = np.array([[0.0, 0.5, 0.5], [1.0, 0.0, 0.0]])
    adjusted = Y_PRED * np.sqrt(shares)
    adjusted /= adjusted.sum(axis=1, keepdims=True)
    expected = -(truth * np.log(adjusted)).sum(axis=1)
    loss = LogitAdjustedCrossentropy(shares, reduction="none")
    np.testing.assert_allclose(loss(truth, Y_PRED), expected, rtol=1e-5)
    plain = LogitAdjustedCrossentropy(shares, strength=0.0)
    crossentropy = keras.losses.CategoricalCrossentropy()
    assert float(plain(truth, Y_PRED)) == pytest.approx(float(crossentropy(truth, Y_PRED)))


def test_logit_adjustment_is_saved_with_the_shares():
    loss = LogitAdjustedCrossentropy((0.7, 0.3), strength=0.25)
    copy = keras.losses.deserialize(keras.losses.serialize(loss))
    assert copy.class_shares == (0.7, 0.3)
    assert copy.strength == 0.25
    with pytest.raises(ValueError, match="share of every class"):
        LogitAdjustedCrossentropy((1.0, 0.0))
