"""What is measured. Each subject returns ``(step, amount)``: a function to be timed, and what one call gets done.

A subject runs in a process of its own (:mod:`.worker`), because precision, threads and peak memory belong to a process.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

Subject = tuple[Callable[[], object], float]

REFERENCE = (32, 64, 128, 256)
WIDE = (64, 128, 256, 512)
NOTEBOOK_01 = (32, 64, 128, 192)
EVERY_AUGMENTATION = {
    "rotation": 12,
    "shift": 0.1,
    "zoom": 0.1,
    "brightness": 0.15,
    "contrast": 0.2,
    "erasing": 0.3,
}  # fmt: skip  (and flip)


def _random_batch(batch_size: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (batch_size, size, size, 1), dtype=np.uint8)
    return images, rng.integers(0, 7, batch_size)


def multiply_adds(widths: tuple[int, ...], size: int = 48) -> int:
    """Multiply-adds of one image through :func:`emotion_lib.models.sequential_cnn.sequential_cnn`; training takes three times that."""
    total, channels = 0, 1
    for width in widths:
        total += size * size * 9 * width * (channels + width)
        channels, size = width, size // 2
    return total + channels * 7


# ---- Keras ----------------------------------------------------------------------------------------------------------


def keras_network(widths, size: int, *, fast: bool, augmented: bool = False, dropout: float = 0.0):
    """The library's network; ``fast=False`` puts Keras's own normalisation into it."""
    import keras

    from ..models.augmentation import Augmentation
    from ..models.normalization import BatchNormalization
    from ..models.sequential_cnn import sequential_cnn

    augmentation = Augmentation(**EVERY_AUGMENTATION, seed=0) if augmented else None
    model = sequential_cnn(
        (size, size, 1), widths=tuple(widths), dropout=dropout, augmentation=augmentation
    )
    if fast:
        return model

    def plain(layer):
        return (
            layer.portable()
            if isinstance(layer, BatchNormalization)
            else type(layer).from_config(layer.get_config())
        )

    return keras.models.clone_model(model, clone_function=plain)


def keras_training(
    widths,
    precision: str,
    fast: bool,
    batch_size: int = 128,
    size: int = 48,
    augmented: bool = False,
    dropout: float = 0.0,
) -> Subject:
    """Training steps of Adam on one batch in memory; under JAX, twenty steps of ``fit``."""

    from ..training import set_precision

    set_precision(precision)
    model = keras_network(widths, size, fast=fast, augmented=augmented, dropout=dropout)
    model.compile("adam", "sparse_categorical_crossentropy")
    return _keras_steps(model, *_random_batch(batch_size, size))


def _keras_steps(model, images: np.ndarray, labels: np.ndarray) -> Subject:
    import keras

    if keras.backend.backend() == "tensorflow":
        # Not fit: on TensorFlow each call ends by waiting for a tuning thread that sleeps ever longer.
        return lambda: model.train_on_batch(images, labels), len(images)
    # JAX runs ahead of Python; only a whole fit gives its true pace.
    images, labels = (np.concatenate([array] * 20) for array in (images, labels))
    return lambda: model.fit(images, labels, batch_size=len(images) // 20, verbose=0), len(images)


def augmentation(batch_size: int = 128, size: int = 48) -> Subject:
    """All seven augmentations alone, on batches as training sees them: in one compiled step, with next to no network."""
    import keras

    from ..models.augmentation import Augmentation

    layers = [
        Augmentation(**EVERY_AUGMENTATION, seed=0),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(7),
    ]
    model = keras.Sequential([keras.Input((size, size, 1)), *layers])
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return _keras_steps(model, *_random_batch(batch_size, size))


def keras_inference(precision: str | None, batch_size: int = 256) -> Subject:
    """The shipped model, whose normalisation is folded already, by Keras."""
    from .. import artifacts
    from ..models.folding import folded
    from ..paths import best_dir

    model, _ = artifacts.load_model(best_dir() / "model.keras")
    if precision:
        model = folded(model, precision)
    images, _ = _random_batch(batch_size, model.input_shape[1])
    return lambda: model.predict_on_batch(images), batch_size


def evaluation(flip: bool, precision: str | None) -> Subject:
    """:func:`emotion_lib.evaluation.evaluate` of the shipped model on 7,178 images, as both test splits of FER-2013 hold."""
    from .. import artifacts
    from ..datasets import Split
    from ..evaluation import evaluate
    from ..paths import best_dir

    model, class_names = artifacts.load_model(best_dir() / "model.keras")
    images, labels = _random_batch(7178, model.input_shape[1])
    split = Split(images[..., 0], labels)
    return lambda: evaluate(model, split, class_names, flip=flip, precision=precision), len(split)


def matrix_product(precision: str, side: int = 2048) -> Subject:
    """A product of two square matrices: what the processor does at best; ``side**3`` multiply-adds."""
    import keras

    a = keras.ops.cast(np.random.default_rng(0).normal(size=(side, side)), precision)
    return lambda: float(keras.ops.matmul(a, a)[0, 0]), 1


def epoch(
    n: int, widths=(8, 16, 32, 64), batch_size: int = 128, precision: str = "auto"
) -> Subject:
    """One epoch of a narrow network over ``n`` memory-mapped rows, everything included: reading, shuffling, training."""
    from ..datasets.batches import Batches
    from ..training import set_precision

    set_precision(precision)
    model = keras_network(widths, 48, fast=True)
    model.compile("adam", "sparse_categorical_crossentropy")
    batches = Batches(_mapped_split(n), batch_size, shuffle=True)
    return lambda: model.fit(batches, verbose=0, shuffle=False), n


def reading(n: int, batch_size: int = 128) -> Subject:
    """Every batch of ``n`` memory-mapped rows, shuffled, read and thrown away."""
    from ..datasets.batches import Batches

    batches = Batches(_mapped_split(n), batch_size, shuffle=True)

    def step():
        for index in range(len(batches)):
            batches[index]

    return step, n


def _mapped_split(n: int):
    """``n`` rows of noise on disk, mapped into memory as a cached data set is."""
    from ..datasets import Split

    folder = tempfile.TemporaryDirectory(prefix="emotion-bench-")
    file = Path(folder.name) / "images.npy"
    images = np.lib.format.open_memmap(file, "w+", np.uint8, (n, 48, 48))
    block = np.random.default_rng(0).integers(0, 256, (1000, 48, 48), dtype=np.uint8)
    for start in range(0, n, len(block)):
        images[start : start + len(block)] = block[: n - start]
    images.flush()
    del images  # the written pages count as this process's; what is read below is opened anew
    split = Split(np.load(file, mmap_mode="r"), np.random.default_rng(0).integers(0, 7, n))
    split.images.folder = folder  # deleted with the array
    return split


def parity(precision: str, fast: bool, seed: int, epochs: int) -> Subject:
    """A short training of notebook 01's network at half its widths, on all of FER-2013; the "amount" is the images seen.

    The step returns accuracies of the last epoch's weights, so that nothing is chosen on any split.
    """
    import keras

    from .. import datasets
    from ..datasets.batches import Batches
    from ..evaluation import evaluate
    from ..training import cosine_decay, set_precision

    set_precision(precision)
    data = datasets.load("fer2013")
    keras.utils.set_random_seed(seed)
    model = keras_network([width // 2 for width in NOTEBOOK_01], 48, fast=fast, dropout=0.1)
    batches = Batches(data.train, 64, shuffle=True, seed=seed)
    optimizer = keras.optimizers.AdamW(cosine_decay(2e-3, epochs, batches), weight_decay=1e-4)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])

    def step():
        start = time.perf_counter()
        history = model.fit(batches, epochs=epochs, verbose=0, shuffle=False).history
        seconds = time.perf_counter() - start
        val, test = (evaluate(model, split, data.class_names) for split in (data.val, data.test))
        return {
            "n_train": len(data.train), "epochs": epochs, "n_val": val.n, "n_test": test.n,
            "train_accuracy": history["accuracy"][-1], "val_accuracy": val.accuracy, "test_accuracy": test.accuracy,
            "train_loss": history["loss"][-1], "seconds": seconds,
        }  # fmt: skip

    return step, epochs * len(data.train)


# ---- PyTorch --------------------------------------------------------------------------------------------------------


def torch_network(widths, dropout: float = 0.0):
    """The same network in PyTorch, channels last."""
    import torch
    from torch import nn

    parts, channels = [], 1
    for width in widths:
        for _ in range(2):
            convolution = nn.Conv2d(channels, width, 3, padding=1, bias=False)
            parts += [
                convolution,
                nn.BatchNorm2d(width, eps=1e-3, momentum=0.01),
                nn.ReLU(inplace=True),
            ]
            channels = width
        parts += [nn.MaxPool2d(2), *([nn.Dropout(dropout)] if dropout else [])]
    head = [
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        *([nn.Dropout(2 * dropout)] if dropout else []),
        nn.Linear(channels, 7),
    ]
    return nn.Sequential(*parts, *head).to(memory_format=torch.channels_last)


def torch_training(
    widths, batch_size: int = 128, size: int = 48, dropout: float = 0.0, compiled: bool = False
) -> Subject:
    """Training steps of Adam in bfloat16 autocast on one batch in memory, or on a GPU twenty of them."""
    import os

    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.set_num_threads(os.cpu_count())
    model = torch_network(widths, dropout).to(device)
    network = torch.compile(model) if compiled else model
    optimizer = torch.optim.Adam(model.parameters(), 1e-3, fused=device == "cuda")
    loss_function = torch.nn.CrossEntropyLoss()
    images, labels = _random_batch(batch_size, size)
    images = torch.from_numpy(images.transpose(0, 3, 1, 2)).to(device)
    labels = torch.from_numpy(labels).to(device)

    def step():
        optimizer.zero_grad(set_to_none=True)
        pixels = (images.float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)
        with torch.autocast(device, torch.bfloat16):
            loss = loss_function(network(pixels), labels)
        loss.backward()
        optimizer.step()
        return loss

    if device == "cpu":
        return lambda: step().item(), batch_size
    return lambda: [step() for _ in range(20)][-1].item(), 20 * batch_size
