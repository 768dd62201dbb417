"""Losses and weights for classes of unequal size: of FER-2013's training images 1.5 % show disgust, 25 % happiness."""

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable("emotion_lib")
class SparseCrossentropy(keras.losses.Loss):
    """Cross-entropy of integer labels, with label smoothing and focus on hard examples as options.

    Args:
        label_smoothing: this share of the probability is asked for all classes in equal parts
            (Szegedy et al., "Rethinking the Inception Architecture", 2016).
        gamma: of the focal loss: each class's term is scaled by ``(1 - p)^gamma``, so that what is
            already known counts less (Lin et al., "Focal Loss for Dense Object Detection", 2017). 0: plain.

    Labels: integers ``(batch,)`` or ``(batch, 1)``; predictions: probabilities ``(batch, num_classes)``.
    """

    def __init__(
        self,
        label_smoothing: float = 0.0,
        gamma: float = 0.0,
        name: str = "sparse_crossentropy",
        **kwargs,
    ):
        if not 0 <= label_smoothing < 1 or gamma < 0:
            raise ValueError(
                "Expected label_smoothing in [0, 1) and gamma of at least 0. "
                f"Received: label_smoothing={label_smoothing}, gamma={gamma}."
            )
        super().__init__(name=name, **kwargs)
        self.label_smoothing, self.gamma = label_smoothing, gamma

    def call(self, y_true, y_pred):
        """Loss of each example: float32 ``(batch,)``."""
        y_pred = ops.cast(y_pred, "float32")
        labels = ops.reshape(ops.cast(y_true, "int32"), (-1,))
        targets = ops.one_hot(labels, y_pred.shape[-1], dtype="float32")
        if self.gamma == 0:
            return keras.losses.categorical_crossentropy(
                targets, y_pred, label_smoothing=self.label_smoothing
            )
        return keras.losses.categorical_focal_crossentropy(
            targets, y_pred, alpha=1.0, gamma=self.gamma, label_smoothing=self.label_smoothing
        )

    def get_config(self):
        """The arguments, for saving."""
        return {
            **super().get_config(),
            "label_smoothing": self.label_smoothing,
            "gamma": self.gamma,
        }


@keras.saving.register_keras_serializable("emotion_lib")
class AsymmetricLoss(keras.losses.Loss):
    """Binary cross-entropy for several labels an image, most of which it does not have: what is absent, and known to be,
    counts less (Ridnik et al., "Asymmetric Loss for Multi-Label Classification", ICCV 2021).

    Args:
        gamma_positive, gamma_negative: focus on hard labels, present and absent; 0 both: binary cross-entropy.
        clip: absent labels below this probability count nothing.

    Labels: 0 or 1, ``(batch, num_classes)``; predictions: probabilities of the same shape.
    """

    def __init__(
        self,
        gamma_positive: float = 0.0,
        gamma_negative: float = 4.0,
        clip: float = 0.05,
        name="asymmetric",
        **kwargs,
    ):
        if min(gamma_positive, gamma_negative) < 0 or not 0 <= clip < 1:
            raise ValueError(
                "Expected gamma_positive and gamma_negative of at least 0 and clip in [0, 1). "
                f"Received: {gamma_positive}, {gamma_negative}, {clip}."
            )
        super().__init__(name=name, **kwargs)
        self.gamma_positive, self.gamma_negative, self.clip = gamma_positive, gamma_negative, clip

    def call(self, y_true, y_pred):
        """Loss of each example, the mean over its labels: float32 ``(batch,)``."""
        y_true, p = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
        shifted = ops.maximum(p - self.clip, 0.0)
        present = ops.power(1 - p, self.gamma_positive) * ops.log(ops.maximum(p, 1e-7))
        absent = ops.power(shifted, self.gamma_negative) * ops.log(ops.maximum(1 - shifted, 1e-7))
        return -ops.mean(y_true * present + (1 - y_true) * absent, axis=-1)

    def get_config(self):
        """The arguments, for saving."""
        own = {
            "gamma_positive": self.gamma_positive,
            "gamma_negative": self.gamma_negative,
            "clip": self.clip,
        }
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable("emotion_lib")
class SharedCrossentropy(keras.losses.Loss):
    """Cross-entropy of several labels an image against a softmax, whose one probability they share in equal parts.

    Labels that are left as ones do not sum to one. TensorFlow's gradient takes for granted that they do
    (``tf.nn.softmax_cross_entropy_with_logits``), pushes all logits up together, and the training diverges.

    Labels: 0 or 1, ``(batch, num_classes)``; predictions: probabilities of the same shape.
    """

    def __init__(self, name="shared_crossentropy", **kwargs):
        super().__init__(name=name, **kwargs)

    def call(self, y_true, y_pred):
        """Loss of each example: float32 ``(batch,)``; 0 where there is no label."""
        y_true = ops.cast(y_true, "float32")
        share = y_true / ops.maximum(ops.sum(y_true, axis=-1, keepdims=True), 1.0)
        return keras.losses.categorical_crossentropy(share, ops.cast(y_pred, "float32"))


def class_weight(
    labels: np.ndarray, num_classes: int, method: str | None, beta: float = 0.999
) -> dict[int, float] | None:
    """Weights of the classes for ``fit(class_weight=...)``.

    Args:
        labels: integers ``(n,)`` of the training images.
        num_classes: number of classes.
        method: None: all alike; "balanced": ``n / (num_classes * count)``, as scikit-learn's ``compute_class_weight``;
            "effective-number": ``(1 - beta) / (1 - beta^count)``, scaled to a mean of 1 (Cui et al.,
            "Class-Balanced Loss Based on Effective Number of Samples", 2019): gentler on large counts.
        beta: of "effective-number".

    Returns:
        label -> weight, or None.

    Raises:
        ValueError: another method, or a class without any image.
    """
    if method is None:
        return None
    counts = np.bincount(labels, minlength=num_classes).astype(float)
    if not counts.all():
        absent = np.flatnonzero(counts == 0).tolist()
        raise ValueError(
            f"Expected training images of all {num_classes} classes. Received: none of {absent}. "
            "Leave the class out of class_names, or use no class weights."
        )
    if method == "balanced":
        weights = len(labels) / (num_classes * counts)
    elif method == "effective-number":
        weights = (1 - beta) / (1 - beta**counts)
        weights *= num_classes / weights.sum()
    else:
        raise ValueError(f"Expected None, 'balanced' or 'effective-number'. Received: {method!r}.")
    return dict(enumerate(weights.tolist()))
