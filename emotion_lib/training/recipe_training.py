"""Training of one network by a recipe, resumed if it was interrupted."""

from collections.abc import Sequence
from pathlib import Path

import keras
import pandas as pd

from .. import training
from ..datasets import Split, transforms
from ..datasets.batches import Batches
from ..models.heads import HEADS, LABEL, PERCEIVED
from .losses import LogitAdjustedCrossentropy
from .recipe import Recipe

_VALIDATION_BATCH_SIZE = 256


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
    """Train one network by a recipe; an interrupted training is resumed.

    Args:
        recipe: settings of the training.
        train_split: images with labels ``(n,)`` or label distributions ``(n, num_classes)``, which
            are smoothed too; for a recipe with a second head, the distributions of both
            ``(n, 2, num_classes)``, of which the second is not smoothed.
        val_split: with such labels, too; its accuracy (the first head's) chooses the checkpoint.
        num_classes: number of classes.
        folder: for history and checkpoints; :func:`finish` deletes these.
        epochs: number of epochs; None: as many as fit into ``seconds``.
        seconds: time budget.
        seed: of weights, order of images and augmentation.

    Returns:
        The model with its best weights, one output per head, and the history. The column "side"
        holds the height and width in pixels of the images in each epoch.

    Raises:
        ValueError: both or neither of epochs and seconds, no time at all, or labels that are not
            those of the recipe's heads.

    Example:
        >>> model, history = train(  # doctest: +SKIP
        ...     Recipe(), dataset.train, dataset.val, dataset.num_classes, folder, epochs=30
        ... )
    """
    if (epochs is None) == (seconds is None):
        raise ValueError(f"Expected either epochs or seconds. Received: {epochs} and {seconds}.")
    if seconds is not None and not seconds > 0:
        raise ValueError(f"Expected a time budget above 0 seconds. Received: {seconds}.")
    if bool(recipe.perceived) != (train_split.labels.ndim == 3):
        raise ValueError(
            "Expected labels (n, 2, num_classes), one distribution per head, for a recipe with "
            "`perceived`, and no such labels without it. "
            f"Received: {train_split.labels.shape}, perceived={recipe.perceived}. "
            "See ferplus.two_headed."
        )
    smoothed = transforms.one_hot(train_split, num_classes, recipe.label_smoothing)
    if recipe.perceived:
        # Votes are distributions already, and a share of 1/7 would be more than rare classes have.
        smoothed.labels[:, 1] = train_split.labels[:, 1]
    val = transforms.one_hot(val_split, num_classes)
    images = smoothed.images if smoothed.images.ndim == 4 else smoothed.images[..., None]
    _, height, width, channels = images.shape
    model = recipe.model((height, width, channels), num_classes, seed)
    small_side = 2 * height // 3
    if epochs is None:
        epochs = _affordable_epochs(recipe, model, smoothed, small_side, seconds, folder)
    small_epochs = min(round(recipe.small_share * epochs), epochs - 1)
    if not small_epochs:
        history = _fit(recipe, model, smoothed, val, folder, 0, epochs, epochs, seed)
        return model, history.assign(side=height)
    small_model = recipe.model((small_side, small_side, channels), num_classes, seed)
    small_train = transforms.resized(smoothed, small_side)
    small_val = transforms.resized(val, small_side)
    first = _fit(
        recipe, small_model, small_train, small_val, folder / "small", 0, small_epochs, epochs, seed
    )
    model.set_weights(small_model.get_weights())
    second = _fit(
        recipe, model, smoothed, val, folder / "large", small_epochs, epochs, epochs, seed
    )
    return model, _joined([first.assign(side=small_side), second.assign(side=height)])


def finish(folder: Path) -> None:
    """Delete files that a finished training by a recipe no longer needs."""
    training.finish(folder, "small", "large")


def _affordable_epochs(
    recipe: Recipe,
    model: keras.Model,
    train_split: Split,
    small_side: int,
    seconds: float,
    folder: Path,
) -> int:
    """Return the number of epochs that fit into a time budget, some of them with small images."""
    batches = Batches(train_split, recipe.batch_size, shuffle=True, transform=recipe.transform(1))
    _compile(recipe, model, batches, 0, 1)
    # Not all of a step's cost grows with the area of the image, so the exponent is below 2.
    relative_cost = (small_side / train_split.images.shape[1]) ** 1.5
    saved_share = recipe.small_share * (1 - relative_cost)
    return training.affordable_epochs(model, batches, seconds / (1 - saved_share), folder)


def _fit(
    recipe: Recipe,
    model: keras.Model,
    train_split: Split,
    val_split: Split,
    folder: Path,
    first: int,
    last: int,
    epochs: int,
    seed: int,
) -> pd.DataFrame:
    """Train the epochs from ``first`` to before ``last`` of a training of ``epochs`` epochs."""
    transform = recipe.transform(epochs, first)
    batches = Batches(
        train_split, recipe.batch_size, shuffle=True, seed=seed + first, transform=transform
    )
    by_head = transforms.ByHead() if recipe.perceived else None
    val = Batches(val_split, _VALIDATION_BATCH_SIZE, transform=by_head)
    _compile(recipe, model, batches, first, epochs)
    return training.fit(
        model,
        batches,
        val,
        folder,
        epochs=last - first,
        monitor=f"val_{LABEL}_accuracy" if recipe.perceived else "val_accuracy",
        identity=f"{recipe} seed {seed} of {epochs} epochs",
    )


def _joined(histories: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the history of a training in parts as one, with the attributes of its last part."""
    history = pd.concat(histories, ignore_index=True)
    computed_on = []
    for part in histories:
        computed_on += part.attrs["computed_on"]
    history = history.assign(epoch=history.index)
    history.attrs = histories[-1].attrs | {"computed_on": computed_on}
    return history


def _compile(recipe: Recipe, model: keras.Model, batches: Batches, first: int, epochs: int) -> None:
    """Compile a model with the optimizer of a recipe, for the epochs from ``first`` on."""
    warmup = min(1.0, epochs / 4)
    schedule = training.cosine_decay(
        recipe.learning_rate, epochs, batches, warmup, first_epoch=first
    )
    options = {
        "momentum": 0.9,
        "nesterov": True,
        "weight_decay": recipe.weight_decay or None,
    }
    if recipe.average:
        window = max(1.0, recipe.average * epochs * len(batches))
        options["use_ema"] = True
        options["ema_momentum"] = 1 - 1 / window
    if recipe.muon:
        # rms_rate=None: the step of every layer has the norm that the learning rate says.
        optimizer = training.Muon(
            schedule,
            **options,
            adam_lr_ratio=1 / 30,
            adam_weight_decay=recipe.weight_decay or None,
            rms_rate=None,
        )
    else:
        optimizer = keras.optimizers.SGD(schedule, **options)
    if recipe.weight_decay:
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    if recipe.perceived:
        shares = batches.split.labels[:, 1].mean(axis=0)
        losses = {LABEL: "categorical_crossentropy", PERCEIVED: LogitAdjustedCrossentropy(shares)}
        weights = {LABEL: 1.0, PERCEIVED: recipe.perceived}
        metrics = {name: ["accuracy"] for name in HEADS}
        model.compile(optimizer, losses, loss_weights=weights, metrics=metrics)
    else:
        model.compile(optimizer, "categorical_crossentropy", metrics=["accuracy"])
