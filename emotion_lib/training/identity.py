"""Identity of a training: by which a checkpoint or cached features belong to it."""

import json

import keras

from ..datasets.batches import Batches
from ..files import digest_of, digest_of_arrays
from ..models.keras_internals import flat_layers


def identity_of(model: keras.Model, train: Batches, epochs: int, options: dict) -> str:
    """Return 16 hex digits that change if a checkpoint no longer belongs to a training.

    Names of layers and the backend do not count, so that a training begun on a GPU with JAX can be
    finished on another machine with TensorFlow.

    Args:
        model: compiled.
        train: training batches.
        epochs: of the training.
        options: other settings that the training depends on.
    """
    data = [
        len(train.split),
        train.batch_size,
        train.seed,
        epochs,
        digest_of_arrays(train.split.labels, train.split.images),
    ]
    if train.transform:
        data.append(train.transform)
    parts = [
        _layers(model),
        {**model.optimizer.get_config(), "name": None},
        {**model.get_compile_config(), "optimizer": None, "jit_compile": None},
        data,
        options,
    ]
    return digest_of(json.dumps(parts, sort_keys=True, default=str), length=16)


def layer_configurations(model: keras.Model) -> str:
    """Return the configurations of a network's layers as JSON, without their names."""
    configurations = [{**layer.get_config(), "name": None} for layer in flat_layers(model)]
    return json.dumps(configurations, default=str)


def _layers(model: keras.Model) -> list[tuple[str, dict]]:
    """Return type and configuration of each layer; models contain the others and do not count."""
    layers = []
    for layer in flat_layers(model):
        kind = type(layer).__name__
        if kind not in ("Sequential", "Functional"):
            layers.append((kind, {**layer.get_config(), "name": None}))
    return layers
