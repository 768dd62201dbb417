"""The network of notebook 02 with the hyper-parameters of a search."""

from collections.abc import Mapping, Sequence

import keras

from ..datasets.batches import Batches
from ..models.augmentation import Augmentation
from ..models.sequential_cnn import sequential_cnn
from .schedule import cosine_decay


def searched_cnn(
    values: Mapping[str, float],
    train: Batches,
    num_classes: int,
    *,
    epochs: int,
    widths: Sequence[int],
    knobs: Mapping[str, float],
    seed: int,
) -> keras.Model:
    """Build and compile a sequential network with augmentation.

    Args:
        values: of "learning_rate" (the highest of the cosine schedule), "weight_decay" (of AdamW),
            "dropout", and "augmentation", the factor of all ``knobs``; at 0 no face is changed.
        train: training batches.
        num_classes: number of classes.
        epochs: of the schedule.
        widths: filters of each stage.
        knobs: maxima of :class:`emotion_lib.models.augmentation.Augmentation`, without "flip".
        seed: of the initial weights, of dropout and of the augmentation.

    Example:
        >>> values = {"learning_rate": 2e-3, "weight_decay": 1e-4, "dropout": 0.25}
        >>> model = searched_cnn(
        ...     values | {"augmentation": 0.5}, train, 7, epochs=6, widths=[16, 32],
        ...     knobs={"rotation": 12.0}, seed=0,
        ... )  # doctest: +SKIP
        >>> model.layers[0].options["rotation"]  # doctest: +SKIP
        6.0
    """
    keras.utils.set_random_seed(seed)
    strength = values["augmentation"]
    scaled = {name: strength * maximum for name, maximum in knobs.items()}
    images, _ = train[0]
    model = sequential_cnn(
        images.shape[1:],
        num_classes,
        widths=tuple(widths),
        dropout=values["dropout"],
        augmentation=Augmentation(flip=strength > 0, **scaled, seed=seed),
    )
    schedule = cosine_decay(values["learning_rate"], epochs, train)
    model.compile(
        optimizer=keras.optimizers.AdamW(schedule, weight_decay=values["weight_decay"]),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model
