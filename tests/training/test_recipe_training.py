"""Training by a recipe: its parts, its heads, and what a second call finds."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from emotion_lib import training
from emotion_lib.datasets import Split
from emotion_lib.datasets.batches import Batches
from emotion_lib.datasets.transforms import ByHead
from emotion_lib.models.conversion import portable
from emotion_lib.models.heads import LABEL, PERCEIVED, head
from emotion_lib.training.recipe import Recipe
from emotion_lib.training.recipe_training import finish, train

TINY = Recipe(
    stem=(4,),
    widths=(4,),
    blocks=(1,),
    small_share=0.0,
    batch_size=16,
    learning_rate=0.05,
    mixup=0.2,
    plain_share=0.5,
)


def test_a_training_by_the_recipe(dataset, tmp_path):
    model, history = train(TINY, dataset.train, dataset.val, 7, tmp_path, epochs=2, seed=1)
    assert history["side"].tolist() == [48, 48]
    assert history["learning_rate"].iloc[-1] < 0.01
    scores = np.asarray(model(dataset.val.images[..., None]))
    accuracy = (scores.argmax(1) == dataset.val.labels).mean()
    assert accuracy == pytest.approx(history["val_accuracy"].max(), abs=1e-6)
    optimizer = model.optimizer
    decayed = {
        variable.path.split("/")[-1]
        for variable in model.trainable_variables
        if optimizer._use_weight_decay(variable)
    }
    assert decayed == {"kernel"}
    assert optimizer.use_ema
    assert isinstance(optimizer, training.Muon)


def test_either_epochs_or_seconds_are_required(dataset, tmp_path):
    with pytest.raises(ValueError, match="either epochs or seconds"):
        train(TINY, dataset.train, dataset.val, 7, tmp_path)


@pytest.mark.parametrize("seconds", [0, -60.0])
def test_a_time_budget_is_above_zero(dataset, tmp_path, seconds):
    """`HOURS=0` would be one epoch per network, in a record that looks like a full run's."""
    with pytest.raises(ValueError, match="above 0 seconds"):
        train(TINY, dataset.train, dataset.val, 7, tmp_path, seconds=seconds)


def test_without_muon_the_optimizer_is_sgd_with_nesterovs_momentum(dataset, tmp_path):
    model, _ = train(replace(TINY, muon=False), dataset.train, dataset.val, 7, tmp_path, epochs=1)
    assert type(model.optimizer) is keras.optimizers.SGD
    assert model.optimizer.nesterov


def test_a_time_budget_determines_the_epochs(dataset, tmp_path):
    sixteen = dataset.train.take(np.arange(16))
    _, history = train(TINY, sixteen, dataset.val, 7, tmp_path, seconds=1e-3)
    assert len(history) == 1
    assert (tmp_path / "epochs.json").exists()


def test_the_window_of_the_average_is_a_share_of_the_training(dataset, tmp_path):
    recipe = replace(TINY, average=0.5)
    steps_per_epoch = len(Batches(dataset.train, recipe.batch_size, shuffle=True))
    for epochs in (1, 2):
        folder = tmp_path / str(epochs)
        model, _ = train(recipe, dataset.train, dataset.val, 7, folder, epochs=epochs)
        window = 0.5 * epochs * steps_per_epoch
        assert model.optimizer.ema_momentum == pytest.approx(1 - 1 / window)


def test_a_training_that_begins_with_small_images(dataset, tmp_path):
    recipe = replace(TINY, small_share=0.5)
    model, history = train(recipe, dataset.train, dataset.val, 7, tmp_path, epochs=4)
    assert history["side"].tolist() == [32, 32, 48, 48]
    assert history["epoch"].tolist() == [0, 1, 2, 3]
    assert model.input_shape == (None, 48, 48, 1)
    images = dataset.val.images[:4, ..., None]
    np.testing.assert_allclose(portable(model)(images), model(images), atol=1e-5)
    # One schedule over both parts: up, and down to zero.
    rates = history["learning_rate"]
    assert rates.is_monotonic_decreasing
    assert rates.iloc[-1] < 1e-6
    _, without = train(TINY, dataset.train, dataset.val, 7, tmp_path / "without", epochs=4)
    np.testing.assert_allclose(rates, without["learning_rate"], rtol=1e-4, atol=1e-9)
    # Nothing is trained twice.
    resumed, repeated = train(recipe, dataset.train, dataset.val, 7, tmp_path, epochs=4)
    np.testing.assert_array_equal(repeated["seconds"], history["seconds"])
    assert len(repeated.attrs["computed_on"]) == 2
    for a, b in zip(resumed.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    finish(tmp_path)
    assert not (tmp_path / "small" / "checkpoint").exists()
    assert not (tmp_path / "large" / "checkpoint").exists()


def test_the_last_epoch_has_images_of_full_size(dataset, tmp_path):
    recipe = replace(TINY, small_share=0.9)
    _, history = train(recipe, dataset.train, dataset.val, 7, tmp_path, epochs=1)
    assert history["side"].tolist() == [48]


def two_headed(split):
    """Return a split whose second labels say the next class for every image."""
    own = np.eye(7, dtype=np.float32)[split.labels]
    return Split(split.images, np.stack([own, np.roll(own, 1, axis=1)], axis=1))


def test_two_heads_learn_two_conventions_and_resume(dataset, tmp_path):
    # Without Muon, which takes three times as long to compile.
    recipe = replace(TINY, perceived=0.5, muon=False, cutmix=0.3)
    assert recipe.transform(2).steps[-1] == ByHead()
    train_split = two_headed(dataset.train)
    val_split = two_headed(dataset.val)
    model, history = train(recipe, train_split, val_split, 7, tmp_path, epochs=2)
    assert history.attrs["monitor"] == "val_label_accuracy"
    loss = history["label_loss"] + 0.5 * history["perceived_loss"]
    np.testing.assert_allclose(history["loss"], loss, rtol=0.05)
    images = dataset.val.images[..., None]
    for number, name in enumerate((LABEL, PERCEIVED)):
        scores = head(model, name).predict_on_batch(images)
        truth = val_split.labels[:, number].argmax(axis=1)
        accuracy = (scores.argmax(axis=1) == truth).mean()
        assert accuracy == pytest.approx(history[f"val_{name}_accuracy"].iloc[-1], abs=1e-6)
    # A later call finds the training finished, although it is another process' model.
    again, repeated = train(recipe, train_split, val_split, 7, tmp_path, epochs=2)
    np.testing.assert_array_equal(repeated["seconds"], history["seconds"])
    for a, b in zip(again.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_recipe_with_two_heads_needs_labels_of_both(dataset, tmp_path):
    recipe = replace(TINY, perceived=0.5)
    with pytest.raises(ValueError, match="two_headed"):
        train(recipe, dataset.train, dataset.val, 7, tmp_path, epochs=1)
    with pytest.raises(ValueError, match="perceived=0"):
        train(TINY, two_headed(dataset.train), dataset.val, 7, tmp_path, epochs=1)


def test_votes_are_not_smoothed(dataset, tmp_path, monkeypatch):
    seen = []

    def fit(model, batches, *arguments, **options):
        seen.append(batches.split.labels)
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "fit", fit)
    split = two_headed(dataset.train)
    recipe = replace(TINY, perceived=0.5, label_smoothing=0.07)
    with pytest.raises(KeyboardInterrupt):
        train(recipe, split, two_headed(dataset.val), 7, tmp_path, epochs=1)
    assert seen[0][:, 0].min() == pytest.approx(0.01)
    np.testing.assert_array_equal(seen[0][:, 1], split.labels[:, 1])
