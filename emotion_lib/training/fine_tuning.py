"""Fine-tuning of a trained model on few images, for new classes or the same ones."""

from pathlib import Path

import keras
import numpy as np
import pandas as pd

from .. import training
from ..datasets import Dataset, Split
from ..datasets.batches import Batches
from ..files import digest_of
from ..models.augmentation import Augmentation
from ..models.backbones import split_at_features, unfreeze, with_new_head
from ..models.keras_internals import flat_layers
from .losses import SparseCrossentropy, class_weight

_HEAD_LEARNING_RATE = 3e-3
_LABEL_SMOOTHING = 0.05


def fine_tune(
    base: keras.Model,
    base_names: tuple[str, ...],
    dataset: Dataset,
    folder: Path,
    *,
    head_epochs: int = 40,
    epochs: int = 15,
    learning_rate: float = 3e-4,
    batch_size: int = 32,
    seed: int = 0,
    verbose: int = 0,
) -> tuple[keras.Model, pd.DataFrame]:
    """Train a new head on the frozen base, then all layers; keep the better of the two phases.

    Classes are weighted ("balanced"), because image folders of users are rarely balanced.
    Validation accuracy chooses the epoch and the phase. An interrupted training is resumed from its
    last epoch when the function is called again.

    Args:
        base: raw pixels 0..255 of the data set's shape -> probabilities.
        base_names: class names of its outputs; the head keeps the weights of classes that the data
            set has too.
        dataset: the images.
        folder: for checkpoints and history.
        head_epochs: of the first phase; 0 leaves it out.
        epochs: of the second phase; 0 leaves it out.
        learning_rate: of the second phase.
        batch_size: images per step.
        seed: of head, order of images and augmentation.
        verbose: as in ``keras.Model.fit``.

    Returns:
        The model, and the history of both phases with a column ``phase``: "head" or "all".

    Raises:
        ValueError: the images do not have the base's input shape, or both phases are left out, or
            Keras is configured for other networks.

    Example:
        >>> base, names = artifacts.load_model("model.keras")  # doctest: +SKIP
        >>> model, history = fine_tune(base, names, dataset, folder)  # doctest: +SKIP
    """
    training.check_configuration()
    if tuple(base.input_shape[1:]) != dataset.input_shape:
        raise ValueError(
            f"Expected pictures of the model's input shape {tuple(base.input_shape[1:])}. "
            f"Received: {dataset.input_shape}."
        )
    if head_epochs + epochs < 1:
        raise ValueError("Expected at least one epoch. Received: head_epochs=0 and epochs=0.")
    keras.utils.set_random_seed(seed)
    augmentation = Augmentation(
        flip=True, rotation=10, shift=0.06, zoom=0.08, brightness=0.1, contrast=0.2, seed=seed
    )
    model = with_new_head(base, base_names, dataset.class_names, augmentation=augmentation)
    weights = class_weight(dataset.train.labels, dataset.num_classes, "balanced")
    options = {"class_weight": weights, "verbose": verbose}
    histories = {}
    if head_epochs:
        histories["head"] = _fit_head(
            model, dataset, folder, batch_size, seed, epochs=head_epochs, **options
        )
    if epochs:
        weights_before = model.get_weights()
        histories["all"] = _fit_all_layers(
            model, dataset, folder, batch_size, seed, learning_rate, epochs=epochs, **options
        )
        if head_epochs and _best(histories["all"]) < _best(histories["head"]):
            model.set_weights(weights_before)
    history = pd.concat(histories, names=["phase"]).reset_index("phase").reset_index(drop=True)
    history["epoch"] = np.arange(len(history))
    return model, history


def _fit_head(
    model: keras.Model, dataset: Dataset, folder: Path, batch_size: int, seed: int, **options
) -> pd.DataFrame:
    """Train the head on the cached features of the frozen backbone."""
    features, head = split_at_features(model)
    cache = folder / "cached_features"
    train_split = training.cached_features(features, dataset.train, cache / "train.npy")
    val_split = training.cached_features(features, dataset.val, cache / "val.npy")
    _compile(head, keras.optimizers.Adam(_HEAD_LEARNING_RATE))
    train, val = _batches(train_split, val_split, batch_size, seed)
    return training.fit(head, train, val, folder / "head", **options)


def _fit_all_layers(
    model: keras.Model,
    dataset: Dataset,
    folder: Path,
    batch_size: int,
    seed: int,
    learning_rate: float,
    *,
    epochs: int,
    **options,
) -> pd.DataFrame:
    """Train all layers but batch normalisation."""
    initial_weights = digest_of(*model.get_weights())
    unfreeze(model)
    for layer in flat_layers(model.get_layer("backbone")):
        if isinstance(layer, keras.layers.BatchNormalization):
            # The statistics of a few hundred images are worse than those of the base's training.
            layer.trainable = False
    train, val = _batches(dataset.train, dataset.val, batch_size, seed)
    _compile(model, keras.optimizers.Adam(training.cosine_decay(learning_rate, epochs, train)))
    return training.fit(
        model, train, val, folder / "all", epochs=epochs, identity=initial_weights, **options
    )


def _batches(
    train_split: Split, val_split: Split, batch_size: int, seed: int
) -> tuple[Batches, Batches]:
    train = Batches(train_split, batch_size, shuffle=True, seed=seed)
    return train, Batches(val_split, batch_size)


def _compile(model: keras.Model, optimizer: keras.optimizers.Optimizer) -> None:
    loss = SparseCrossentropy(label_smoothing=_LABEL_SMOOTHING)
    model.compile(optimizer, loss, metrics=["accuracy"])


def _best(history: pd.DataFrame) -> float:
    return history["val_accuracy"].max()
