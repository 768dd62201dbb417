from dataclasses import replace

import keras
import numpy as np
import pytest

from emotion_lib import training
from emotion_lib.datasets.batches import Batches
from emotion_lib.datasets.transforms import Mixing
from emotion_lib.models.conversion import portable
from emotion_lib.training.recipe import Recipe, finish, train

TINY = Recipe(
    stem=(4,),
    widths=(4, 8),
    blocks=(1, 1),
    small_share=0.0,
    batch_size=16,
    learning_rate=0.05,
    mixup=0.2,
    plain_share=0.5,
)


def test_a_training_by_the_recipe(dataset, tmp_path):
    model, history = train(TINY, dataset.train, dataset.val, 7, tmp_path, epochs=2, seed=1)
    assert len(history) == 2 and history["learning_rate"].iloc[-1] < 0.01
    scores = np.asarray(model(dataset.val.images[..., None]))
    assert (scores.argmax(1) == dataset.val.labels).mean() == pytest.approx(
        history["val_accuracy"].max(), abs=1e-6
    )
    optimizer = model.optimizer
    decayed = {
        v.path.split("/")[-1] for v in model.trainable_variables if optimizer._use_weight_decay(v)
    }
    assert decayed == {"kernel"} and optimizer.use_ema and isinstance(optimizer, training.Muon)
    with pytest.raises(ValueError, match="either epochs or seconds"):
        train(TINY, dataset.train, dataset.val, 7, tmp_path)


def test_the_customary_optimizer(dataset, tmp_path):
    model, _ = train(replace(TINY, muon=False), dataset.train, dataset.val, 7, tmp_path, epochs=1)
    assert type(model.optimizer) is keras.optimizers.SGD and model.optimizer.nesterov


def test_as_many_epochs_as_there_is_time_for(dataset, tmp_path):
    _, history = train(
        TINY, dataset.train.take(np.arange(16)), dataset.val, 7, tmp_path, seconds=1e-3
    )
    assert len(history) == 1 and (tmp_path / "epochs.json").exists()


def test_mixing_ends_before_the_training_does():
    *_, mixing = TINY.transform(10).steps
    assert mixing == Mixing(0.2, 0.0, until=5)
    assert len(Recipe(degradation=0).transform(10).steps) == 1


def test_the_average_lags_behind_by_a_share_of_the_training(dataset, tmp_path):
    batches = len(Batches(dataset.train, TINY.batch_size, shuffle=True))
    for epochs in (1, 2):
        model, _ = train(
            replace(TINY, average=0.5),
            dataset.train,
            dataset.val,
            7,
            tmp_path / str(epochs),
            epochs=epochs,
        )
        assert model.optimizer.ema_momentum == pytest.approx(1 - 1 / (0.5 * epochs * batches))


def test_a_training_that_begins_with_small_pictures(dataset, tmp_path):
    recipe = replace(TINY, small_share=0.5)
    model, history = train(recipe, dataset.train, dataset.val, 7, tmp_path, epochs=4)
    assert history["side"].tolist() == [32, 32, 48, 48] and history["epoch"].tolist() == [
        0,
        1,
        2,
        3,
    ]
    assert model.input_shape == (None, 48, 48, 1)
    np.testing.assert_allclose(
        portable(model)(dataset.val.images[:4, ..., None]),
        model(dataset.val.images[:4, ..., None]),
        atol=1e-5,
    )
    # One course of the learning rate over both parts: up, and down to zero.
    assert (
        history["learning_rate"].is_monotonic_decreasing
        and history["learning_rate"].iloc[-1] < 1e-6
    )
    _, alone = train(TINY, dataset.train, dataset.val, 7, tmp_path / "alone", epochs=4)
    np.testing.assert_allclose(
        history["learning_rate"], alone["learning_rate"], rtol=1e-4, atol=1e-9
    )
    again, resumed = train(
        recipe, dataset.train, dataset.val, 7, tmp_path, epochs=4
    )  # nothing is trained twice
    np.testing.assert_array_equal(resumed["seconds"], history["seconds"])
    assert all(
        (a == b).all() for a, b in zip(again.get_weights(), model.get_weights(), strict=True)
    )
    finish(tmp_path)
    assert not [part for part in ("small", "large") if (tmp_path / part / "checkpoint").exists()]


def test_the_last_epoch_has_pictures_as_they_are(dataset, tmp_path):
    small = replace(TINY, small_share=0.9)
    _, history = train(small, dataset.train, dataset.val, dataset.num_classes, tmp_path, epochs=1)
    assert list(history.side) == [48]
