"""Classifiers of pictures from model files: loading them, and the shapes they take."""

from pathlib import Path
from typing import TYPE_CHECKING

from .options import split_names
from .terminal import say

if TYPE_CHECKING:
    import keras


def load_classifier(path: Path, class_names: str | None) -> tuple["keras.Model", tuple[str, ...]]:
    """Load a model file of any kind, and the names of its outputs.

    Args:
        path: a .keras file, or an older .h5 or .hdf5.
        class_names: the names of its outputs, separated by commas; None if the file holds them.

    Raises:
        ValueError: it is not a classifier of pictures, or not as many names as outputs are known.
    """
    from .. import artifacts
    from ..models.hdf5 import is_hdf5, load_hdf5

    names = split_names(class_names)
    if is_hdf5(path):
        network, rebuilt = load_hdf5(path)
        if rebuilt:
            say(
                "note: Keras 3 refuses or changes this file; the network was rebuilt from its "
                "description, with the weights of the file"
            )
    else:
        network, names_in_file = artifacts.load_model(path)
        names = names or names_in_file
    picture_shape(network)
    if names is None or len(names) != network.output_shape[-1]:
        raise ValueError(
            f"Expected {network.output_shape[-1]} class names for {path}, one per output. "
            f"Received: {names or 'none'}. Pass --class-names angry,disgust,... in the order of "
            "the model's outputs."
        )
    return network, names


def picture_shape(network: "keras.Model") -> tuple[int | None, int | None, int]:
    """Return the height, width and channels of a network's input; None for a side left open.

    Raises:
        ValueError: the network is not a classifier of pictures.
    """
    inputs = [tuple(tensor.shape[1:]) for tensor in network.inputs]
    outputs = [tuple(tensor.shape[1:]) for tensor in network.outputs]
    one_picture = len(inputs) == 1 and len(inputs[0]) == 3 and inputs[0][2] in (1, 3)
    one_score_per_class = len(outputs) == 1 and len(outputs[0]) == 1
    if not (one_picture and one_score_per_class):
        raise ValueError(
            "Expected a model of one picture (height, width, 1 or 3 channels) to one probability "
            f"per class. Received: a model of {' and '.join(map(str, inputs))} to "
            f"{' and '.join(map(str, outputs))}."
        )
    return inputs[0]


def square_shape(network: "keras.Model", image_size: int | None) -> tuple[int, int, int]:
    """Return the shape of the pictures to read for a network: square, of its size or a given one.

    Args:
        network: a classifier of pictures.
        image_size: side in px for a network that leaves it open; None: the network's own.

    Raises:
        ValueError: the size is open and not given, or given although the network has its own, or
            the network is not a classifier of pictures.
    """
    height, width, channels = picture_shape(network)
    if height is None and image_size is None:
        raise ValueError(
            "Expected --image-size, because the model takes pictures of any size. Received: none."
        )
    if height is not None and image_size not in (None, height):
        raise ValueError(
            f"Expected no --image-size, because the model takes pictures of {width}x{height} px. "
            f"Received: {image_size}. Leave it out: pictures of any size are scaled to the model's."
        )
    side = height or image_size
    return side, side, channels
