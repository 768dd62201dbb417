"""The training recipe of all compact networks: ensemble members, students and ablations."""

from dataclasses import dataclass, field
from typing import Any, Literal

import keras

from ..datasets import transforms
from ..models.augmentation import Augmentation
from ..models.heads import HEADS
from ..models.residual import residual
from ..models.vgg import squeezed_vgg


def _default_augmentation() -> dict:
    return {"flip": True, "rotation": 10, "shift": 0.08, "zoom": 0.1}


@dataclass(frozen=True)
class Recipe:
    """All settings of a training except its data, its length and its random seed.

    Attributes:
        network: "residual" for :func:`emotion_lib.models.residual.residual`, or "vgg" for
            :func:`emotion_lib.models.vgg.squeezed_vgg`, which has neither stem nor strides.
        stem: see :func:`emotion_lib.models.residual.residual`, as ``stem_stride``, ``widths``,
            ``blocks``, ``strides``, ``squeeze``, ``squeeze_from`` and ``dropout``.
        widths: channels of each stage.
        blocks: residual blocks of each stage.
        squeeze: reduction ratio of the squeeze-and-excitation, or None (then 16 in "vgg").
        dropout: share of the features dropped before the last layer.
        batch_size: images per step.
        muon: optimize with :class:`emotion_lib.training.Muon`; else with SGD and Nesterov's
            momentum, as is customary.
        learning_rate: the highest, after one epoch of warm-up (a quarter of a training of less than
            four epochs); it falls to 0 by half a cosine. With Muon it is the spectral norm of a
            step, and AdamW, which trains all but the kernels of convolutions, gets a thirtieth.
        weight_decay: of kernels alone, not of normalisation and biases; decoupled from the gradient
            (Loshchilov & Hutter, "Decoupled weight decay regularization", ICLR 2019). It keeps
            weights small enough for updates to matter to the end.
        label_smoothing: see :func:`emotion_lib.datasets.transforms.one_hot`.
        mixup: see :class:`emotion_lib.datasets.transforms.Mixing`, as ``cutmix``.
        cutmix: share of the batches that are cut and pasted.
        plain_share: share of the epochs, the last ones, in which nothing is mixed.
        augmentation: arguments of :class:`emotion_lib.models.augmentation.Augmentation`.
        degradation: factor of the probabilities of
            :class:`emotion_lib.datasets.transforms.Degradation`; 0: no degradation.
        small_share: share of the epochs, the first ones, in which images have two thirds of their
            height and width and cost little more than half (progressive learning: Tan & Le,
            "EfficientNetV2", ICML 2021). The last epoch always has full size.
        perceived: weight of the loss of a second head that learns what viewers perceive (see
            :mod:`emotion_lib.models.heads`); 0: no such head.
        average: window of the moving average of the weights, as a share of all steps, so that it
            lags behind no more in a short training than in a long one; 0: no average.

    Example:
        >>> Recipe(widths=(32, 64), blocks=(1, 1)).model((48, 48, 1), 7).count_params()
        107751
    """

    network: Literal["residual", "vgg"] = "residual"
    stem: tuple[int, ...] = (32, 64)
    stem_stride: int = 2
    widths: tuple[int, ...] = (64, 128, 256)
    blocks: tuple[int, ...] = (2, 2, 2)
    strides: tuple[int, ...] = ()
    squeeze: int | None = None
    squeeze_from: int = 0
    dropout: float = 0.3
    batch_size: int = 128
    muon: bool = True
    learning_rate: float = 0.1
    weight_decay: float = 0.01
    label_smoothing: float = 0.05
    mixup: float = 0.0
    cutmix: float = 0.0
    plain_share: float = 0.15
    augmentation: dict = field(default_factory=_default_augmentation)
    degradation: float = 0.2
    small_share: float = 0.5
    average: float = 0.03
    perceived: float = 0.0

    def model(
        self, input_shape: tuple[int, int, int], num_classes: int, seed: int = 0
    ) -> keras.Model:
        """Return the network, uncompiled, with its augmentation.

        Args:
            input_shape: height, width, channels of the raw pixels 0..255.
            num_classes: number of classes.
            seed: of initial weights and augmentation.
        """
        keras.utils.set_random_seed(seed)
        options: dict[str, Any] = {
            "widths": tuple(self.widths),
            "blocks": tuple(self.blocks),
            "dropout": self.dropout,
            "heads": HEADS if self.perceived else (),
            "augmentation": Augmentation(**self.augmentation, seed=seed),
        }
        if self.network == "vgg":
            return squeezed_vgg(input_shape, num_classes, squeeze=self.squeeze or 16, **options)
        return residual(
            input_shape,
            num_classes,
            stem=tuple(self.stem),
            stem_stride=self.stem_stride,
            strides=tuple(self.strides),
            squeeze=self.squeeze,
            squeeze_from=self.squeeze_from,
            **options,
        )

    def transform(self, epochs: int, first_epoch: int = 0) -> transforms.Sequence:
        """Return the transform of the training batches.

        Args:
            epochs: of the whole training.
            first_epoch: of the part of the training that the batches are for.
        """
        last_mixed = round((1 - self.plain_share) * epochs) - first_epoch
        steps: list[Any] = [transforms.Mixing(self.mixup, self.cutmix, until=last_mixed)]
        if self.degradation:
            steps.insert(0, transforms.Degradation().scaled(self.degradation))
        if self.perceived:
            steps.append(transforms.ByHead())
        return transforms.Sequence(tuple(steps))
