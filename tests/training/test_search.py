"""The search: resumed and seeded on a formula, pruned and failing with a tiny network."""

import keras
import numpy as np
import pytest

from emotion_lib.datasets.batches import Batches
from emotion_lib.training.search import Search, SearchError
from emotion_lib.training.searched_cnn import searched_cnn

SPACE = {
    "learning_rate": {"low": 1e-4, "high": 1e-1, "log": True},
    "dropout": {"low": 0.0, "high": 0.5},
}
DEFAULT = {"learning_rate": 1e-2, "dropout": 0.25}


def opened(folder, seed=0, **settings):
    return Search(folder, SPACE, DEFAULT, settings, seed)


def accuracy(values):
    """Return 1 at a learning rate of 0.003 and a dropout of 0.1, and less elsewhere."""
    distance = (np.log10(values["learning_rate"]) + 2.5) ** 2
    return 1 - distance / 10 - (values["dropout"] - 0.1) ** 2


def run(search, number):
    """Search with the formula in place of a training."""
    for trial, values in search.trials(number):
        trial.report(accuracy(values), 0)
        search.study.tell(trial, accuracy(values))
    return search.table()


def test_the_default_is_the_first_trial_and_the_seed_gives_the_others(tmp_path):
    first = run(opened(tmp_path / "a"), 7)
    assert first.loc[1, list(DEFAULT)].to_dict() == DEFAULT
    assert first.equals(run(opened(tmp_path / "b"), 7))
    other = run(opened(tmp_path / "c", seed=1), 3)
    assert not set(first["dropout"][1:]) & set(other["dropout"][1:])
    assert first["learning_rate"].between(1e-4, 1e-1).all()


@pytest.mark.parametrize("killed_at", [1, 4])
def test_a_killed_search_continues_as_if_it_had_not_been_killed(tmp_path, killed_at):
    whole = run(opened(tmp_path / "whole"), 7)
    search = opened(tmp_path / "killed")
    before = run(search, killed_at - 1)
    next(search.trials(7))  # It has begun, and its process ends.
    resumed = run(opened(tmp_path / "killed"), 7)
    assert len(resumed) == 7 and resumed.equals(whole)
    assert before.equals(resumed.head(killed_at - 1)) or before.empty
    assert list(opened(tmp_path / "killed").trials(7)) == []


def test_other_settings_are_another_study_in_the_same_file(tmp_path):
    run(opened(tmp_path, epochs=6), 2)
    assert opened(tmp_path, epochs=7).table().empty
    assert len(opened(tmp_path, epochs=6).table()) == 2
    assert [file.name for file in tmp_path.glob("[!.]*")] == ["study.sqlite3"]


def test_the_best_trial_is_never_the_default(tmp_path):
    search = opened(tmp_path)
    run(search, 1)
    with pytest.raises(SearchError, match="complete trial besides the default"):
        search.best()
    table = run(search, 12).drop(index=1)
    best = table.loc[table["accuracy"].idxmax()]
    assert search.best() == best[list(SPACE)].to_dict()


def test_no_trial_begins_after_the_time_limit(tmp_path, capsys):
    assert list(opened(tmp_path).trials(5, hours=0)) == []
    assert "The time is over after 0 of 5 trials." in capsys.readouterr().out


class Scripted:
    """A model whose training has these accuracies on validation, epoch by epoch."""

    def __init__(self, *accuracies):
        self.accuracies = accuracies
        self.stop_training = False

    def fit(self, train, *, callbacks, **_):
        for callback in callbacks:
            callback.set_model(self)
            callback.set_params({"epochs": len(self.accuracies)})
        for epoch, accuracy in enumerate(self.accuracies):
            for callback in callbacks:
                callback.on_epoch_end(epoch, {"loss": 1.0, "val_accuracy": accuracy})
            if self.stop_training:
                return


def test_a_trial_below_the_median_is_pruned_after_the_warm_up(tmp_path, dataset):
    search = opened(tmp_path)
    train = Batches(dataset.train, 16)
    scripts = [(0.1, 0.2, third, 0.9) for third in (0.3, 0.4, 0.5, 0.6, 0.7)]
    scripts += [(0.0, 0.0, 0.49, 1.0), (0.8, 0.0, 0.51, 0.6)]  # The median is 0.5.
    for script, (trial, _) in zip(scripts, search.trials(len(scripts)), strict=True):
        search.fit(trial, Scripted(*script), train, train, epochs=4)
    table = search.table()
    assert table["state"].tolist() == 5 * ["complete"] + ["pruned", "complete"]
    assert table["epochs"].tolist() == [4, 4, 4, 4, 4, 3, 4]
    assert table["accuracy"].tolist() == [0.9, 0.9, 0.9, 0.9, 0.9, 0.49, 0.8]


@pytest.fixture
def train_and_val(dataset):
    return Batches(dataset.train, 16, shuffle=True, seed=0), Batches(dataset.val, 16)


def network(train, **changed):
    values = {"weight_decay": 1e-3, "augmentation": 0.5, **DEFAULT, **changed}
    knobs = {"rotation": 12.0, "erasing": 0.3}
    return searched_cnn(values, train, 7, epochs=2, widths=[4], knobs=knobs, seed=3)


def test_the_values_go_into_the_network(train_and_val):
    train, _ = train_and_val
    model = network(train, learning_rate=0.02, dropout=0.1)
    augmentation = model.layers[0].options
    assert augmentation["rotation"] == 6.0 and augmentation["erasing"] == 0.15
    assert augmentation["flip"] and not network(train, augmentation=0.0).layers[0].options["flip"]
    assert model.optimizer.weight_decay == 1e-3
    assert model.optimizer.get_config()["learning_rate"]["config"]["warmup_target"] == 0.02
    rates = [layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
    assert rates == [0.1, 0.2]
    weights = zip(model.get_weights(), network(train).get_weights(), strict=True)
    assert all(np.array_equal(one, other) for one, other in weights)


def test_a_diverged_trial_has_failed_and_the_search_continues(tmp_path, train_and_val):
    train, val = train_and_val
    search = opened(tmp_path)
    models = [network(train, learning_rate=np.nan), Scripted(0.3, 0.2)]
    for model, (trial, _) in zip(models, search.trials(2), strict=True):
        search.fit(trial, model, train, val, epochs=2, verbose=0)
    table = search.table()
    assert table["state"].tolist() == ["failed", "complete"]
    assert table["epochs"].tolist() == [0, 2]
    assert np.isnan(table.loc[1, "accuracy"]) and table.loc[2, "accuracy"] == 0.3
    assert search.curves()[2].tolist() == [0.3, 0.2]


def test_importances_are_shares_of_what_differs(tmp_path):
    search = opened(tmp_path)
    for trial, _ in search.trials(2):
        search.study.tell(trial, 0.5)
    assert search.importances().to_dict() == dict.fromkeys(SPACE, 0.0)
    for trial, values in search.trials(9):
        search.study.tell(trial, values["dropout"])
    shares = search.importances()
    assert shares.index[0] == "dropout" and shares["dropout"] > 0.7
    assert shares.sum() == pytest.approx(1)
