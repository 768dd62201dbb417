"""How a compact network is trained to be as good as it can be: one recipe, for members, students and ablations alike."""

from dataclasses import dataclass, field
from pathlib import Path

import keras
import pandas as pd

from .. import training
from ..datasets import Split
from ..datasets.batches import Batches
from ..datasets.transforms import Degradation, Mixing, Sequence, one_hot, resized
from ..models.augmentation import Augmentation
from ..models.residual import residual


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a training but its data, its length and its seed.

    Attributes:
        stem, widths, blocks, squeeze, dropout: of :func:`emotion_lib.models.residual.residual`.
        batch_size: images a step.
        muon: train by :class:`emotion_lib.training.Muon`; else by SGD with Nesterov's momentum, as is customary.
        learning_rate: the highest, after an epoch of warm-up (a quarter of a training of less than four); falls to 0 by a
            half cosine. With Muon it is the spectral norm of a step, and AdamW, which takes what is no kernel of a
            convolution, gets a thirtieth of it.
        weight_decay: of kernels alone, not of norms and biases; decoupled from the gradient (Loshchilov & Hutter, "Decoupled
            weight decay regularization", ICLR 2019). It keeps weights small enough for updates to matter to the end.
        label_smoothing: see :func:`emotion_lib.datasets.transforms.one_hot`.
        mixup, cutmix: see :class:`emotion_lib.datasets.transforms.Mixing`.
        plain_share: share of the epochs, the last ones, in which nothing is mixed.
        augmentation: arguments of :class:`emotion_lib.models.augmentation.Augmentation`.
        degradation: scales the probabilities of :class:`emotion_lib.datasets.transforms.Degradation`; 0: faces as they come.
        small_share: share of the epochs, the first ones, in which pictures have two thirds of their side and cost little
            more than half (progressive learning: Tan & Le, "EfficientNetV2", ICML 2021); the last epoch never has.
        average: window of the moving average of the weights that is kept, as a share of all steps, so that it lags behind
            no more in a short training than in a long one; 0: the weights themselves.

    Example:
        >>> wide = Recipe(widths=(96, 192, 384), dropout=0.4)
        >>> model, history = train(  # doctest: +SKIP
        ...     wide, dataset.train, dataset.val, dataset.num_classes, folder, epochs=40
        ... )
    """

    stem: tuple[int, ...] = (32, 64)
    widths: tuple[int, ...] = (64, 128, 256)
    blocks: tuple[int, ...] = (2, 2, 2)
    squeeze: int | None = None
    dropout: float = 0.3
    batch_size: int = 128
    muon: bool = True
    learning_rate: float = 0.1
    weight_decay: float = 0.01
    label_smoothing: float = 0.05
    mixup: float = 0.0
    cutmix: float = 0.0
    plain_share: float = 0.15
    augmentation: dict = field(
        default_factory=lambda: {
            "flip": True,
            "rotation": 10,
            "shift": 0.08,
            "zoom": 0.1,
        }
    )
    degradation: float = 0.2
    small_share: float = 0.5
    average: float = 0.03

    def model(
        self, input_shape: tuple[int, int, int], num_classes: int, seed: int = 0
    ) -> keras.Model:
        """The network, uncompiled, with its augmentation."""
        keras.utils.set_random_seed(seed)
        return residual(
            input_shape,
            num_classes,
            stem=tuple(self.stem),
            widths=tuple(self.widths),
            blocks=tuple(self.blocks),
            squeeze=self.squeeze,
            dropout=self.dropout,
            augmentation=Augmentation(**self.augmentation, seed=seed),
        )

    def transform(self, epochs: int, first_epoch: int = 0) -> Sequence:
        """What batches go through in a training of so many epochs, or in a part of it that begins later."""
        mixing = Mixing(
            self.mixup, self.cutmix, until=round((1 - self.plain_share) * epochs) - first_epoch
        )
        return Sequence(
            (Degradation().scaled(self.degradation), mixing) if self.degradation else (mixing,)
        )


def train(
    recipe: Recipe,
    train_split: Split,
    val_split: Split,
    num_classes: int,
    folder: Path,
    *,
    epochs: int | None = None,
    seconds: float | None = None,
    seed: int = 0,
) -> tuple[keras.Model, pd.DataFrame]:
    """Train one network by a recipe; resumes where it was interrupted.

    Args:
        recipe: how.
        train_split: images with labels ``(n,)`` or shares ``(n, num_classes)``, which are smoothed too.
        val_split: by whose accuracy the checkpoint is chosen.
        num_classes: number of classes.
        folder: for history and checkpoints; :func:`finish` deletes these.
        epochs: how many; None: as many as fit into ``seconds``.
        seconds: the time there is.
        seed: of weights, order and draws.

    Returns:
        The model with its best weights, and the history; "side" tells which epochs had small pictures.

    Raises:
        ValueError: both or neither of epochs and seconds.
    """
    if (epochs is None) == (seconds is None):
        raise ValueError(f"Expected either epochs or seconds. Received: {epochs} and {seconds}.")
    smoothed, val = (
        one_hot(train_split, num_classes, recipe.label_smoothing),
        one_hot(val_split, num_classes),
    )
    shape = smoothed.images.shape[1:]
    side, small_side = shape[0], 2 * shape[0] // 3
    model = recipe.model(shape if len(shape) == 3 else (*shape, 1), num_classes, seed)
    if epochs is None:
        timed = Batches(smoothed, recipe.batch_size, shuffle=True, transform=recipe.transform(1))
        _compile(recipe, model, timed, 0, 1)
        saved = recipe.small_share * (
            1 - (small_side / side) ** 1.5
        )  # not all of a step's cost grows with the picture
        epochs = training.affordable_epochs(model, timed, seconds / (1 - saved), folder)
    small_epochs = min(round(recipe.small_share * epochs), epochs - 1)
    if not small_epochs:
        return model, _fit(recipe, model, smoothed, val, folder, 0, epochs, epochs, seed).assign(
            side=side
        )
    small = recipe.model((small_side, small_side, *model.input_shape[3:]), num_classes, seed)
    splits = resized(smoothed, small_side), resized(val, small_side)
    first = _fit(recipe, small, *splits, folder / "small", 0, small_epochs, epochs, seed)
    model.set_weights(small.get_weights())
    then = _fit(recipe, model, smoothed, val, folder / "large", small_epochs, epochs, epochs, seed)
    history = pd.concat([first.assign(side=small_side), then.assign(side=side)], ignore_index=True)
    history.attrs = then.attrs | {
        "computed_on": first.attrs["computed_on"] + then.attrs["computed_on"]
    }
    return model, history.assign(epoch=history.index)


def finish(folder: Path) -> None:
    """Delete what a finished training by a recipe needs no more."""
    training.finish(folder, "small", "large")


def _fit(
    recipe: Recipe,
    model,
    train_split,
    val_split,
    folder: Path,
    first: int,
    last: int,
    epochs: int,
    seed: int,
):
    """The epochs from ``first`` to before ``last`` of a training of ``epochs``."""
    transform = recipe.transform(epochs, first)
    batches = Batches(
        train_split, recipe.batch_size, shuffle=True, seed=seed + first, transform=transform
    )
    _compile(recipe, model, batches, first, epochs)
    identity = f"{recipe} seed {seed} of {epochs} epochs"
    return training.fit(
        model, batches, Batches(val_split, 256), folder, epochs=last - first, identity=identity
    )


def _compile(recipe: Recipe, model, batches: Batches, first: int, epochs: int) -> None:
    """With the optimizer as it is from the epoch ``first`` on."""
    warmup = min(1.0, epochs / 4)
    schedule = training.cosine_decay(
        recipe.learning_rate, epochs, batches, warmup, first_epoch=first
    )
    window = max(1.0, recipe.average * epochs * len(batches))
    averaging = {"use_ema": True, "ema_momentum": 1 - 1 / window} if recipe.average else {}
    options = {
        "momentum": 0.9,
        "nesterov": True,
        "weight_decay": recipe.weight_decay or None,
        **averaging,
    }
    if recipe.muon:
        # rms_rate=None: the step of every layer has the norm that the learning rate says.
        options |= {
            "adam_lr_ratio": 1 / 30,
            "adam_weight_decay": recipe.weight_decay or None,
            "rms_rate": None,
        }
    optimizer = (training.Muon if recipe.muon else keras.optimizers.SGD)(schedule, **options)
    if recipe.weight_decay:
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    model.compile(optimizer, "categorical_crossentropy", metrics=["accuracy"])
