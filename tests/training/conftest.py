"""A small training that the tests of this folder share, also with processes that they start."""

from dataclasses import replace

import keras
import pytest

from emotion_lib import training
from emotion_lib.datasets.batches import Batches
from emotion_lib.models.augmentation import Augmentation
from emotion_lib.models.sequential_cnn import sequential_cnn
from emotion_lib.training import member_training


def compiled_model(learning_rate=1e-3):
    """Return a small model with dropout and augmentation, whose random states a resume restores."""
    keras.utils.set_random_seed(0)
    model = sequential_cnn(widths=(4,), dropout=0.1, augmentation=Augmentation(rotation=10, seed=1))
    optimizer = keras.optimizers.Adam(learning_rate)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def fit_model(dataset, folder, model=None, epochs=4, **options):
    """Train a model on a data set; return the model and its history."""
    model = model or compiled_model()
    train = Batches(dataset.train, 16, shuffle=True, seed=0)
    val = Batches(dataset.val, 16)
    history = training.fit(model, train, val, folder, epochs=epochs, verbose=0, **options)
    return model, history


def add_callback(model, callback):
    """Let ``model.fit`` also use a callback; return the model."""
    original = model.fit

    def fit_with_callback(*arguments, **options):
        options["callbacks"] = [*options["callbacks"], callback]
        return original(*arguments, **options)

    model.fit = fit_with_callback
    return model


def validation_accuracy(model, dataset):
    scores = model.predict(dataset.val.images[..., None], verbose=0)
    return (scores.argmax(1) == dataset.val.labels).mean()


class Interrupt(keras.callbacks.Callback):
    """Raises KeyboardInterrupt when a certain epoch begins."""

    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch:
            raise KeyboardInterrupt


@pytest.fixture
def compiled():
    """Return :func:`compiled_model`."""
    return compiled_model


@pytest.fixture
def fit():
    """Return :func:`fit_model`."""
    return fit_model


@pytest.fixture
def with_callback():
    """Return :func:`add_callback`."""
    return add_callback


@pytest.fixture
def accuracy():
    """Return :func:`validation_accuracy`."""
    return validation_accuracy


@pytest.fixture
def interrupt_before():
    """Return a function that trains a model and is interrupted before an epoch."""

    def interrupt(epoch, dataset, folder, model):
        with pytest.raises(KeyboardInterrupt):
            fit_model(dataset, folder, add_callback(model, Interrupt(epoch)))

    return interrupt


TINY_MEMBER = {
    "stem": [4],
    "widths": [4],
    "blocks": [1],
    "small_share": 0.0,
    "batch_size": 16,
    "muon": False,  # compiles in a third of the time
}


@pytest.fixture
def tiny_member():
    """Return the settings of a member that trains in seconds."""
    return TINY_MEMBER


@pytest.fixture
def full_dataset(dataset):
    """Return the drawn faces as if they were the whole of FER-2013, which runs are recorded of."""
    return replace(dataset, full=True, name="fer2013")


@pytest.fixture
def train_member(full_dataset):
    """Return a function that trains a tiny member for one epoch and records it."""

    def train(name="14_test/member-1", seed=1, data=None):
        data = data or member_training.TrainingData(full_dataset, full_dataset.train)
        return member_training.train_member(
            name,
            TINY_MEMBER | {"seed": seed},
            data,
            epochs=1,
            parameters={"SEED": 3, "RUN_NAME": "14_test"},
        )

    return train
