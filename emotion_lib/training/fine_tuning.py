"""Teaching a trained model new classes, or the same ones on other pictures, from few examples."""

from pathlib import Path

import keras
import numpy as np
import pandas as pd

from .. import training
from ..datasets import Dataset
from ..datasets.batches import Batches
from ..files import digest_of
from ..models.augmentation import Augmentation
from ..models.backbones import split_at_features, unfreeze, with_new_head
from ..models.keras_internals import flat_layers
from .losses import SparseCrossentropy, class_weight


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
    """A new head on the frozen base first, then all of it at a small learning rate; the better of both is kept.

    Classes are weighted ("balanced"), as folders of one's own are rarely even. Validation accuracy decides which epoch
    counts. Interrupted, it goes on from its last epoch when called again.

    Args:
        base: raw pixels 0..255 of the data set's shape -> probabilities.
        base_names: what its outputs mean; the head starts with what it knows of classes of the same name.
        dataset: the pictures.
        folder: for checkpoints and history.
        head_epochs, epochs: of the two phases; 0 leaves a phase out.
        learning_rate: of the second phase.
        batch_size, seed, verbose: as in :func:`emotion_lib.training.fit`.

    Returns:
        The model, and the history of both phases with a column ``phase``.

    Raises:
        ValueError: the data set's pictures are not of the base's input shape, or both phases are left out, or Keras is
            configured for other networks.
    """
    training.check_configuration()
    if tuple(base.input_shape[1:]) != dataset.input_shape:
        raise ValueError(
            f"Expected pictures of the model's input shape {tuple(base.input_shape[1:])}. Received: {dataset.input_shape}."
        )
    if head_epochs + epochs < 1:
        raise ValueError("Expected at least one epoch. Received: head_epochs=0 and epochs=0.")
    keras.utils.set_random_seed(seed)
    augmentation = Augmentation(
        flip=True, rotation=10, shift=0.06, zoom=0.08, brightness=0.1, contrast=0.2, seed=seed
    )
    model = with_new_head(base, base_names, dataset.class_names, augmentation=augmentation)
    weight = class_weight(dataset.train.labels, dataset.num_classes, "balanced")
    options = {"class_weight": weight, "verbose": verbose}
    phases = {}
    if head_epochs:
        features, head = split_at_features(model)
        cached = [
            training.cached_features(features, split, folder / "cached_features" / f"{name}.npy")
            for name, split in (("train", dataset.train), ("val", dataset.val))
        ]
        head.compile(
            keras.optimizers.Adam(3e-3),
            SparseCrossentropy(label_smoothing=0.05),
            metrics=["accuracy"],
        )
        train, val = (
            Batches(cached[0], batch_size, shuffle=True, seed=seed),
            Batches(cached[1], batch_size),
        )
        phases["head"] = training.fit(
            head, train, val, folder / "head", epochs=head_epochs, **options
        )
    if epochs:
        before = model.get_weights()
        unfreeze(model)
        for layer in flat_layers(model.get_layer("backbone")):
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.trainable = False  # a few hundred pictures have no statistics worth having
        train, val = (
            Batches(dataset.train, batch_size, shuffle=True, seed=seed),
            Batches(dataset.val, batch_size),
        )
        optimizer = keras.optimizers.Adam(training.cosine_decay(learning_rate, epochs, train))
        model.compile(optimizer, SparseCrossentropy(label_smoothing=0.05), metrics=["accuracy"])
        start = digest_of(*before)
        phases["all"] = training.fit(
            model, train, val, folder / "all", epochs=epochs, identity=start, **options
        )
        if (
            head_epochs
            and phases["all"]["val_accuracy"].max() < phases["head"]["val_accuracy"].max()
        ):
            model.set_weights(before)
    history = pd.concat(phases, names=["phase"]).reset_index("phase").reset_index(drop=True)
    history["epoch"] = np.arange(len(history))
    return model, history
