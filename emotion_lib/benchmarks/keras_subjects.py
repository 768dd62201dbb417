"""Subjects of the benchmark: training, inference and evaluation with Keras.

A subject is a function that returns ``(step, amount)``: a function to be timed, and the amount of
work of one call. A subject runs in its own process (:mod:`.worker`), because precision,
threads and peak memory belong to a process.
"""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import keras

Subject = tuple[Callable[[], object], float]

# Widths of the convolution blocks of :func:`emotion_lib.models.sequential_cnn.sequential_cnn`.
REFERENCE = (32, 64, 128, 256)
WIDE = (64, 128, 256, 512)
NOTEBOOK_01 = (32, 64, 128, 192)
# Beside the mirror image, which is on by default.
ALL_AUGMENTATIONS: dict[str, Any] = {
    "rotation": 12,
    "shift": 0.1,
    "zoom": 0.1,
    "brightness": 0.15,
    "contrast": 0.2,
    "erasing": 0.3,
}


def random_batch(batch_size: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return noise as images, uint8 ``(batch_size, size, size, 1)``, and labels from 0 to 6."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (batch_size, size, size, 1), dtype=np.uint8)
    return images, rng.integers(0, 7, batch_size)


def multiply_adds(widths: Sequence[int], size: int = 48) -> int:
    """Return the multiply-adds of one image through a sequential CNN.

    Training takes three times as many: one pass forward, two backward.

    Args:
        widths: of the convolution blocks.
        size: side of the image in px.
    """
    total = 0
    channels = 1
    for width in widths:
        total += size * size * 9 * width * (channels + width)
        channels = width
        size //= 2
    return total + channels * 7


def keras_network(
    widths: Sequence[int],
    size: int,
    *,
    fast: bool,
    augmented: bool = False,
    dropout: float = 0.0,
) -> "keras.Model":
    """Return the library's sequential CNN.

    Args:
        widths: of the convolution blocks.
        size: side of the images in px.
        fast: with the library's batch normalisation; otherwise with Keras's own.
        augmented: with all augmentations.
        dropout: rate after each block.
    """
    import keras

    from ..models.augmentation import Augmentation
    from ..models.normalization import BatchNormalization
    from ..models.sequential_cnn import sequential_cnn

    augmentation = Augmentation(**ALL_AUGMENTATIONS, seed=0) if augmented else None
    model = sequential_cnn(
        (size, size, 1), widths=tuple(widths), dropout=dropout, augmentation=augmentation
    )
    if fast:
        return model

    def plain(layer):
        if isinstance(layer, BatchNormalization):
            return layer.portable()
        return type(layer).from_config(layer.get_config())

    return keras.models.clone_model(model, clone_function=plain)


def keras_training(
    widths: Sequence[int],
    precision: str,
    fast: bool,
    batch_size: int = 128,
    size: int = 48,
    augmented: bool = False,
    dropout: float = 0.0,
) -> Subject:
    """Measure training steps of Adam on one batch in memory; with JAX, ``fit`` of twenty steps."""
    from ..training import set_precision

    set_precision(precision)
    model = keras_network(widths, size, fast=fast, augmented=augmented, dropout=dropout)
    model.compile("adam", "sparse_categorical_crossentropy")
    return _training_steps(model, *random_batch(batch_size, size))


def _training_steps(model: "keras.Model", images: np.ndarray, labels: np.ndarray) -> Subject:
    import keras

    if keras.backend.backend() == "tensorflow":
        # Not fit: with TensorFlow, each call waits for a tuning thread that sleeps ever longer.
        return lambda: model.train_on_batch(images, labels), len(images)
    # JAX computes ahead of Python; only a whole fit shows its true speed.
    batch_size = len(images)
    images = np.concatenate([images] * 20)
    labels = np.concatenate([labels] * 20)
    return lambda: model.fit(images, labels, batch_size=batch_size, verbose=0), len(images)


def augmentation(batch_size: int = 128, size: int = 48) -> Subject:
    """Measure all seven augmentations in one compiled step, with hardly any network."""
    import keras

    from ..models.augmentation import Augmentation

    layers = [
        keras.Input((size, size, 1)),
        Augmentation(**ALL_AUGMENTATIONS, seed=0),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(7),
    ]
    model = keras.Sequential(layers)
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return _training_steps(model, *random_batch(batch_size, size))


def keras_inference(precision: str | None, batch_size: int = 256) -> Subject:
    """Measure the shipped model, whose normalisation is already folded, with Keras."""
    from .. import artifacts
    from ..models.folding import folded
    from ..paths import best_dir

    model, _ = artifacts.load_model(best_dir() / "model.keras")
    if precision:
        model = folded(model, precision)
    images, _ = random_batch(batch_size, model.input_shape[1])
    return lambda: model.predict_on_batch(images), batch_size


def evaluation(flip: bool, precision: str | None) -> Subject:
    """Measure :func:`emotion_lib.evaluation.evaluate` of the shipped model on 7,178 images.

    Both test splits of FER-2013 together have as many.
    """
    from .. import artifacts
    from ..datasets import Split
    from ..evaluation import evaluate
    from ..paths import best_dir

    model, class_names = artifacts.load_model(best_dir() / "model.keras")
    images, labels = random_batch(7178, model.input_shape[1])
    split = Split(images[..., 0], labels)
    return lambda: evaluate(model, split, class_names, flip=flip, precision=precision), len(split)


def matrix_product(precision: str, side: int = 2048) -> Subject:
    """Measure a product of two square matrices, the processor's best: ``side**3`` multiply-adds."""
    import keras

    matrix = keras.ops.cast(np.random.default_rng(0).normal(size=(side, side)), precision)
    return lambda: float(keras.ops.matmul(matrix, matrix)[0, 0]), 1


def parity(precision: str, fast: bool, seed: int, epochs: int) -> Subject:
    """Measure a short training of notebook 01's network at half its widths, on all of FER-2013.

    The amount is the number of images seen. The step returns the accuracies of the last epoch's
    weights, so that nothing is chosen on any split.
    """
    import keras

    from .. import datasets
    from ..datasets.batches import Batches
    from ..evaluation import evaluate
    from ..training import cosine_decay, set_precision

    set_precision(precision)
    data = datasets.load("fer2013")
    keras.utils.set_random_seed(seed)
    widths = [width // 2 for width in NOTEBOOK_01]
    model = keras_network(widths, 48, fast=fast, dropout=0.1)
    batches = Batches(data.train, 64, shuffle=True, seed=seed)
    optimizer = keras.optimizers.AdamW(cosine_decay(2e-3, epochs, batches), weight_decay=1e-4)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])

    def step() -> dict:
        start = time.perf_counter()
        history = model.fit(batches, epochs=epochs, verbose=0, shuffle=False).history
        seconds = time.perf_counter() - start
        val = evaluate(model, data.val, data.class_names)
        test = evaluate(model, data.test, data.class_names)
        return {
            "n_train": len(data.train),
            "epochs": epochs,
            "n_val": val.n,
            "n_test": test.n,
            "train_accuracy": history["accuracy"][-1],
            "val_accuracy": val.accuracy,
            "test_accuracy": test.accuracy,
            "train_loss": history["loss"][-1],
            "seconds": seconds,
        }

    return step, epochs * len(data.train)
