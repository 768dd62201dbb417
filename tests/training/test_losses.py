import keras
import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from emotion_lib.training.losses import (
    AsymmetricLoss,
    SharedCrossentropy,
    SparseCrossentropy,
    class_weight,
)

Y_TRUE = np.array([0, 2])
Y_PRED = np.array([[0.7, 0.2, 0.1], [0.3, 0.3, 0.4]], np.float32)


def value(**options):
    return float(SparseCrossentropy(**options)(Y_TRUE, Y_PRED))


def test_plain_is_kerass_own():
    assert value() == pytest.approx(
        float(keras.losses.SparseCategoricalCrossentropy()(Y_TRUE, Y_PRED)), abs=1e-6
    )


def test_values_worked_out_by_hand():
    assert value(gamma=2.0) == pytest.approx(
        -(0.3**2 * np.log(0.7) + 0.6**2 * np.log(0.4)) / 2, abs=1e-5
    )
    targets = 0.9 * np.eye(3)[Y_TRUE] + 0.1 / 3
    assert value(label_smoothing=0.1) == pytest.approx(
        -(targets * np.log(Y_PRED)).sum(axis=1).mean(), abs=1e-5
    )


def test_labels_may_be_a_column():
    assert float(SparseCrossentropy()(Y_TRUE[:, None], Y_PRED)) == pytest.approx(value(), abs=1e-6)


def test_saved_and_loaded():
    copy = keras.losses.deserialize(keras.losses.serialize(SparseCrossentropy(0.1, 2.0)))
    assert (copy.label_smoothing, copy.gamma) == (0.1, 2.0)


def test_bad_options_are_refused():
    with pytest.raises(ValueError, match="Received: label_smoothing=1"):
        SparseCrossentropy(label_smoothing=1.0)


LABELS = np.repeat([0, 1, 2], [10, 40, 2])


def test_balanced_is_scikit_learns():
    expected = compute_class_weight("balanced", classes=np.arange(3), y=LABELS)
    assert class_weight(LABELS, 3, "balanced") == pytest.approx(dict(enumerate(expected)))


def test_effective_number_by_hand():
    weights = class_weight(LABELS, 3, "effective-number", beta=0.9)
    raw = np.array([0.1 / (1 - 0.9**n) for n in (10, 40, 2)])
    assert list(weights.values()) == pytest.approx(raw * 3 / raw.sum())


def test_none_and_mistakes():
    assert class_weight(LABELS, 3, None) is None
    with pytest.raises(ValueError, match=r"none of \[3\]"):
        class_weight(LABELS, 4, "balanced")
    with pytest.raises(ValueError, match="Received: 'square'"):
        class_weight(LABELS, 3, "square")


def test_asymmetric_loss():
    truth, p = np.array([[1, 0, 0]]), np.array([[0.7, 0.2, 0.03]], np.float32)
    plain = float(AsymmetricLoss(0, 0, 0)(truth, p))
    assert plain == pytest.approx(float(keras.losses.BinaryCrossentropy()(truth, p)), abs=1e-5)
    # The published form: the third label lies below the clip and counts nothing.
    expected = -(0.3 * np.log(0.7) + 0.15**4 * np.log(0.85)) / 3
    assert float(AsymmetricLoss(1, 4, 0.05)(truth, p)) == pytest.approx(expected, abs=1e-6)
    assert AsymmetricLoss.from_config(AsymmetricLoss(1, 2, 0.1).get_config()).clip == 0.1
    with pytest.raises(ValueError, match="at least 0"):
        AsymmetricLoss(gamma_negative=-1)


def test_shared_crossentropy():
    """Labels as ones or as shares: the same loss. An image without any label has none."""
    p = np.array([[0.5, 0.25, 0.25]], np.float32)
    loss = SharedCrossentropy()
    assert float(loss(np.array([[1, 1, 0]]), p)) == pytest.approx(
        -(np.log(0.5) + np.log(0.25)) / 2, abs=1e-5
    )
    assert float(loss(np.array([[0.5, 0.5, 0]]), p)) == pytest.approx(
        float(loss(np.array([[1, 1, 0]]), p)), abs=1e-6
    )
    assert float(loss(np.zeros((1, 3)), p)) == 0
    assert SharedCrossentropy.from_config(loss.get_config()).name == "shared_crossentropy"
