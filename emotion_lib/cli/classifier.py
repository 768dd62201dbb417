"""Classifiers of pictures from model files: loading them, and the shapes they take."""

from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ModelError
from ..files import printable
from .options import split_names
from .terminal import say

if TYPE_CHECKING:
    import keras


def load_classifier(
    path: Path, class_names: str | None, logits: bool = False
) -> tuple["keras.Model", tuple[str, ...]]:
    """Load a model file of any kind, and the names of its outputs.

    Args:
        path: a .keras file, or an older .h5 or .hdf5.
        class_names: the names of its outputs, separated by commas; None if the file holds them, or
            the run.json beside it.
        logits: whether its outputs are logits.

    Returns:
        The model, whose outputs are probabilities if its last layer says how (see
        :func:`emotion_lib.models.wrapping.as_probabilities`), and the names.

    Raises:
        ModelError: it is not a classifier of pictures, not as many names as outputs are known, or
            they contradict those in the file.
    """
    from .. import artifacts
    from ..inference.network_checks import check_names
    from ..models.hdf5 import is_hdf5, load_hdf5
    from ..models.wrapping import as_probabilities

    names = split_names(class_names)
    own_names = None
    if is_hdf5(path):
        network, rebuilt = load_hdf5(path)
        if rebuilt:
            say(
                "note: Keras 3 refuses or changes this file; the network was rebuilt from its "
                "description, with the weights of the file"
            )
    else:
        network, own_names = artifacts.load_model(path)
        if own_names is None and (record := artifacts.record_beside(path)):
            own_names = record.class_names
    picture_shape(network)
    if names and own_names:
        check_names(names, own_names, printable(path))
    names = names or own_names
    classifier = as_probabilities(network, logits=logits)
    num_classes = classifier.output_shape[-1]
    if names is None or len(names) != num_classes:
        raise ModelError(
            f"Expected {num_classes} class names for {printable(path)}, one per class. "
            f"Received: {names or 'none'}. Pass --class-names angry,disgust,... in the order of "
            "the model's outputs."
        )
    if classifier is not network and network.output_shape[-1] == 1:
        say(
            f"note: the model's one output is taken as the probability of {names[1]}; {names[0]} "
            "gets the rest"
        )
    return classifier, names


def picture_shape(network: "keras.Model") -> tuple[int | None, int | None, int]:
    """Return the height, width and channels of a network's input; None for a side left open.

    Raises:
        ModelError: the network is not a classifier of pictures.
    """
    inputs = [tuple(tensor.shape[1:]) for tensor in network.inputs]
    outputs = [tuple(tensor.shape[1:]) for tensor in network.outputs]
    one_picture = len(inputs) == 1 and len(inputs[0]) == 3 and inputs[0][2] in (1, 3)
    one_score_per_class = len(outputs) == 1 and len(outputs[0]) == 1
    if not (one_picture and one_score_per_class):
        raise ModelError(
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
        ModelError: the size is open and not given, or given although the network has its own, or
            the network is not a classifier of pictures.
    """
    height, width, channels = picture_shape(network)
    if height is None and image_size is None:
        raise ModelError(
            "Expected --image-size, because the model takes pictures of any size. Received: none."
        )
    if height is not None and image_size not in (None, height):
        raise ModelError(
            f"Expected no --image-size, because the model takes pictures of {width}x{height} px. "
            f"Received: {image_size}. Leave it out: pictures of any size are scaled to the model's."
        )
    side = height or image_size
    return side, side, channels
