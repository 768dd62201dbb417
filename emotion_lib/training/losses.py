"""Losses and class weights for classes of unequal size, and for several labels per image.

Of the FER-2013 images that are trained on (without twins of test images) 1.39 % show disgust and
25 % happiness.
"""

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops
from sklearn.utils.class_weight import compute_class_weight


@keras.saving.register_keras_serializable("emotion_lib")
class SparseCrossentropy(keras.losses.Loss):
    """Cross-entropy of integer labels, with label smoothing and focus on hard examples.

    Labels: integers ``(batch,)`` or ``(batch, 1)``; predictions: probabilities
    ``(batch, num_classes)``.

    Args:
        label_smoothing: share of the target probability that is spread equally over all classes
            (Szegedy et al., "Rethinking the Inception Architecture", CVPR 2016).
        gamma: focusing parameter of the focal loss. The loss of an example is scaled by
            ``(1 - p)^gamma``, so that examples that are already classified well count less (Lin et
            al., "Focal Loss for Dense Object Detection", ICCV 2017). 0: plain cross-entropy.
        name: of the loss.
        kwargs: further arguments of ``keras.losses.Loss``.

    Raises:
        ValueError: ``label_smoothing`` is not in [0, 1) or ``gamma`` is negative.

    Example:
        >>> loss = SparseCrossentropy(label_smoothing=0.1)
        >>> model.compile("adam", loss, metrics=["accuracy"])  # doctest: +SKIP
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
        self.label_smoothing = label_smoothing
        self.gamma = gamma

    def call(self, y_true, y_pred):
        """Return the loss of each example: float32 ``(batch,)``."""
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

    def get_config(self) -> dict:
        """Return the arguments, for saving."""
        return {
            **super().get_config(),
            "label_smoothing": self.label_smoothing,
            "gamma": self.gamma,
        }


@keras.saving.register_keras_serializable("emotion_lib")
class AsymmetricLoss(keras.losses.Loss):
    """Binary cross-entropy for several labels per image that down-weights easy negatives.

    An image has few of the labels, so most terms of the loss are negatives that the network already
    predicts well; these count less (Ridnik et al., "Asymmetric Loss for Multi-Label
    Classification", ICCV 2021). The loss knows no label frequencies: all labels are treated alike.

    Labels: 0 or 1, ``(batch, num_classes)``; predictions: probabilities of the same shape.

    Args:
        gamma_positive: focusing parameter of the labels that an image has.
        gamma_negative: focusing parameter of those that it does not have; with both 0 and no clip,
            the loss is binary cross-entropy.
        clip: negatives with a lower probability count nothing.
        name: of the loss.
        kwargs: further arguments of ``keras.losses.Loss``.

    Raises:
        ValueError: a negative gamma, or ``clip`` not in [0, 1).
    """

    def __init__(
        self,
        gamma_positive: float = 0.0,
        gamma_negative: float = 4.0,
        clip: float = 0.05,
        name: str = "asymmetric",
        **kwargs,
    ):
        if min(gamma_positive, gamma_negative) < 0 or not 0 <= clip < 1:
            raise ValueError(
                "Expected gamma_positive and gamma_negative of at least 0 and clip in [0, 1). "
                f"Received: {gamma_positive}, {gamma_negative}, {clip}."
            )
        super().__init__(name=name, **kwargs)
        self.gamma_positive = gamma_positive
        self.gamma_negative = gamma_negative
        self.clip = clip

    def call(self, y_true, y_pred):
        """Return the loss of each example, the mean over its labels: float32 ``(batch,)``."""
        y_true = ops.cast(y_true, "float32")
        p = ops.cast(y_pred, "float32")
        shifted = ops.maximum(p - self.clip, 0.0)
        positive = ops.power(1 - p, self.gamma_positive) * ops.log(ops.maximum(p, 1e-7))
        negative = ops.power(shifted, self.gamma_negative)
        negative = negative * ops.log(ops.maximum(1 - shifted, 1e-7))
        return -ops.mean(y_true * positive + (1 - y_true) * negative, axis=-1)

    def get_config(self) -> dict:
        """Return the arguments, for saving."""
        return {
            **super().get_config(),
            "gamma_positive": self.gamma_positive,
            "gamma_negative": self.gamma_negative,
            "clip": self.clip,
        }


@keras.saving.register_keras_serializable("emotion_lib")
class SharedCrossentropy(keras.losses.Loss):
    """Cross-entropy of a softmax against several labels per image, each with an equal share.

    Without the shares the labels would not sum to one. TensorFlow's gradient
    (``tf.nn.softmax_cross_entropy_with_logits``) assumes that they do; it would raise all logits
    together, and the training would diverge.

    Labels: 0 or 1, ``(batch, num_classes)``; predictions: probabilities of the same shape.

    Args:
        name: of the loss.
        kwargs: further arguments of ``keras.losses.Loss``.
    """

    def __init__(self, name: str = "shared_crossentropy", **kwargs):
        super().__init__(name=name, **kwargs)

    def call(self, y_true, y_pred):
        """Return the loss of each example: float32 ``(batch,)``; 0 without labels."""
        y_true = ops.cast(y_true, "float32")
        shares = y_true / ops.maximum(ops.sum(y_true, axis=-1, keepdims=True), 1.0)
        return keras.losses.categorical_crossentropy(shares, ops.cast(y_pred, "float32"))


@keras.saving.register_keras_serializable("emotion_lib")
class LogitAdjustedCrossentropy(keras.losses.Loss):
    """Cross-entropy of a softmax whose logits get a share of the logarithm of the class shares.

    A network that is trained with them answers rare classes more often without them, which is what
    inference does: with ``strength`` 1 as if all classes were equally frequent (Menon et al.,
    "Long-tail learning via logit adjustment", ICLR 2021).

    Labels: shares ``(batch, num_classes)``; predictions: probabilities of the same shape.

    Args:
        class_shares: of the training labels, one per class.
        strength: factor of their logarithms.
        name: of the loss.
        kwargs: further arguments of ``keras.losses.Loss``.

    Raises:
        ValueError: a class without a share.
    """

    def __init__(
        self,
        class_shares: Sequence[float],
        strength: float = 0.5,
        name: str = "logit_adjusted_crossentropy",
        **kwargs,
    ):
        if min(class_shares) <= 0:
            raise ValueError(f"Expected a share of every class. Received: {class_shares}.")
        super().__init__(name=name, **kwargs)
        self.class_shares = tuple(float(share) for share in class_shares)
        self.strength = strength

    def call(self, y_true, y_pred):
        """Return the loss of each example: float32 ``(batch,)``."""
        # Logits up to a constant per image, which the softmax does not see. The floor keeps the
        # gradient of a class whose probability has become 0.
        logits = ops.log(ops.maximum(ops.cast(y_pred, "float32"), 1e-20))
        adjusted = logits + self.strength * ops.log(ops.convert_to_tensor(self.class_shares))
        return keras.losses.categorical_crossentropy(
            ops.cast(y_true, "float32"), adjusted, from_logits=True
        )

    def get_config(self) -> dict:
        """Return the arguments, for saving."""
        return {
            **super().get_config(),
            "class_shares": self.class_shares,
            "strength": self.strength,
        }


def class_weight(
    labels: np.ndarray, num_classes: int, method: str | None, beta: float = 0.999
) -> dict[int, float] | None:
    """Return class weights for ``fit(class_weight=...)``.

    Args:
        labels: integers ``(n,)`` of the training images.
        num_classes: number of classes.
        method: None: no weights; "balanced": ``n / (num_classes * count)``, by scikit-learn's
            ``compute_class_weight``; "effective-number": ``(1 - beta) / (1 - beta^count)``, scaled
            to a mean of 1, which is gentler on large counts (Cui et al., "Class-Balanced Loss Based
            on Effective Number of Samples", CVPR 2019).
        beta: of "effective-number".

    Returns:
        Label -> weight, or None.

    Raises:
        ValueError: unknown method, or a class without images.

    Example:
        >>> class_weight(np.array([0, 0, 0, 1]), 2, "balanced")
        {0: 0.6666666666666666, 1: 2.0}
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
        weights = compute_class_weight("balanced", classes=np.arange(num_classes), y=labels)
    elif method == "effective-number":
        weights = (1 - beta) / (1 - beta**counts)
        weights *= num_classes / weights.sum()
    else:
        raise ValueError(f"Expected None, 'balanced' or 'effective-number'. Received: {method!r}.")
    return dict(enumerate(weights.tolist()))
