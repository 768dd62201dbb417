"""Identity of a training."""

import json

import keras

from ..datasets.batches import Batches
from ..files import digest_of, digest_of_arrays
from ..models.keras_internals import flat_layers


def identity_of(model: keras.Model, train: Batches, epochs: int, options: dict) -> str:
    """Changes whenever a checkpoint would no longer belong to this training. Names of layers do not matter, nor does the
    backend, so that what a GPU began with JAX can be finished elsewhere with TensorFlow."""
    layers = [
        (type(layer).__name__, {**layer.get_config(), "name": None}) for layer in flat_layers(model)
    ]
    parts = [
        [(kind, config) for kind, config in layers if kind not in ("Sequential", "Functional")],
        {**model.optimizer.get_config(), "name": None},
        {**model.get_compile_config(), "optimizer": None, "jit_compile": None},
        [
            len(train.split),
            train.batch_size,
            train.seed,
            epochs,
            digest_of_arrays(train.split.labels, train.split.images),
            *([train.transform] if train.transform else []),
        ],
        options,
    ]
    return digest_of(json.dumps(parts, sort_keys=True, default=str), length=16)


def layer_configurations(model: keras.Model) -> str:
    """What a network's layers are, as JSON, whatever they are called."""
    return json.dumps(
        [{**layer.get_config(), "name": None} for layer in flat_layers(model)], default=str
    )
