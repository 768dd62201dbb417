"""Checks that a network takes images and gives one probability per class."""

from collections.abc import Sequence

import numpy as np

from ..artifacts import ArtifactError
from ..errors import ModelError
from ..labels import canonical
from .networks import Network

# Of sums of probabilities. Half precision gives 0.002.
TOLERANCE = 0.01


def are_probabilities(rows: np.ndarray) -> bool:
    """Return whether each row of scores ``(n, num_classes)`` is a distribution without NaN."""
    if rows.ndim != 2 or rows.shape[1] == 1:  # a softmax over a single output is always 1
        return False
    sums = rows.sum(axis=1, dtype=np.float32)
    return bool((rows >= 0).all() and (np.abs(sums - 1.0) <= TOLERANCE).all())


def check_network(network: Network, class_names: Sequence[str]) -> None:
    """Check a network and the names of its classes.

    Args:
        network: its outputs are checked for a few fixed images.
        class_names: one per output, in order.

    Raises:
        ModelError: the network does not take images, or the class names do not fit its outputs.
        ArtifactError: the outputs are no probabilities, or cannot be computed.
    """
    if network.num_classes == 1:
        raise ArtifactError(no_probabilities(np.zeros((1, 1)), 1))
    if network.num_classes != len(class_names):
        raise ModelError(
            f"Expected {network.num_classes} class names, one per output. "
            f"Received: {len(class_names)}: {class_names}."
        )
    if len(set(class_names)) < len(class_names):
        raise ModelError(
            f"Expected class names that differ. Received: {class_names}. "
            "Give each output its own name."
        )
    shape = network.input_shape
    if len(shape) != 3 or None in shape or shape[2] not in (1, 3):
        flat = " Put keras.layers.Flatten() before it." if len(shape) == 1 else ""
        raise ModelError(
            "Expected a model for pictures (height, width, 1 or 3) of one size. "
            f"Received: input shape {shape}.{flat}"
        )
    _check_outputs(network)


def _check_outputs(network: Network) -> None:
    images = np.zeros((3, *network.input_shape), np.uint8)
    images[1] = 255
    # Noise by Knuth's multiplicative hash: importing numpy.random would take 8 ms of a command's
    # start.
    numbers = np.arange(images[2].size, dtype=np.uint32) * np.uint32(2654435761)
    images[2] = (numbers >> 24).reshape(network.input_shape)
    try:
        rows = network(images)
    except ArtifactError:
        raise
    except Exception as error:  # of any library that computes it
        first_line = (str(error).splitlines() or [""])[0]
        raise ArtifactError(
            f"Expected a model that computes pictures {network.input_shape}. Received: "
            f"{type(error).__name__} ({first_line[:200]}). Export it again."
        ) from error
    if not are_probabilities(rows):
        raise ArtifactError(no_probabilities(rows, network.num_classes))


def no_probabilities(rows: np.ndarray, num_classes: int) -> str:
    """Return an error message for outputs that are no probabilities, with what to do.

    Args:
        rows: the outputs, of any shape.
        num_classes: number of outputs that the model should have.
    """
    expected = (
        f"Expected {num_classes} outputs of the model that are probabilities and sum to 1. "
        "Received:"
    )
    if not np.isfinite(rows).all():
        return (
            f"{expected} NaN or infinite values. The weights are damaged or training diverged: "
            "take another checkpoint."
        )
    if rows.ndim != 2:
        return f"{expected} an array of shape {rows.shape}. Use a model with one row per picture."
    if rows.shape[1] == 1:
        return (
            "Expected one output of the model per class, at least two. Received: only one. If it "
            "is a sigmoid, the probability of the second of two classes, "
            "emotion_lib.models.wrapping.as_probabilities(model) makes two outputs of it, and "
            "`emotion export FILE --class-names FIRST,SECOND ...` a file."
        )
    sums = rows.sum(axis=-1)
    received = (
        f"{expected} values from {rows.min():.3g} to {rows.max():.3g}, "
        f"with sums from {sums.min():.3g} to {sums.max():.3g}."
    )
    if len(rows) > 1 and np.allclose(rows.sum(axis=0), 1, atol=TOLERANCE):
        return f"{received} The softmax is over the pictures of a batch: give it axis=-1."
    return (
        f"{received} If they are logits, add the softmax: "
        "emotion_lib.models.wrapping.as_probabilities(model, logits=True), or `emotion export FILE "
        "--logits ...`. A model of several labels per picture (sigmoid) can be evaluated on such "
        "data, but has no most probable class."
    )


def check_names(given: Sequence[str], own: Sequence[str], model: str) -> None:
    """Refuse class names that contradict those that a model came with.

    Other words for the same classes are no contradiction; the name of another output is.

    Args:
        given: by the user, in the order of the outputs.
        own: of the model's file or record.
        model: printable name of the model, for the message.

    Raises:
        ModelError: a name that is given to one output is another output's own.
    """
    own_meanings = [_meaning(name) for name in own]
    for name, own_name in zip(given, own, strict=False):
        meaning = _meaning(name)
        if meaning in own_meanings and meaning != _meaning(own_name):
            raise ModelError(
                f"Expected the class names that {model} holds: {','.join(own)}. "
                f"Received: {','.join(given)}, with {name} for the output {own_name}. "
                "Leave the class names out."
            )


def _meaning(name: str) -> str:
    """Return the project's name for a class, or the name itself."""
    known = canonical([name])
    return known[0] if known else name.strip()
