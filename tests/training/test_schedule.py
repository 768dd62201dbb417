import numpy as np
import pytest

from emotion_lib import training
from emotion_lib.datasets.batches import Batches


def test_cosine_decay(dataset):
    train = Batches(dataset.train, 8)  # 7 steps per epoch
    schedule = training.cosine_decay(0.1, 5, train)
    rates = [float(schedule(step)) for step in range(36)]
    assert rates[0] == pytest.approx(0.001)
    assert max(rates) == pytest.approx(0.1)
    assert rates.index(max(rates)) == 7
    assert rates[21] == pytest.approx(0.05, abs=1e-6)
    assert rates[35] == pytest.approx(0, abs=1e-8)


def test_the_later_part_of_a_schedule_continues_it(dataset):
    train = Batches(dataset.train, 8)
    whole = training.cosine_decay(0.1, 5, train)
    later = training.cosine_decay(0.1, 5, train, first_epoch=2)
    restored = type(later).from_config(later.get_config())
    for step in (0, 5, 20):
        assert float(later(step)) == float(restored(step)) == float(whole(step + 14))


def test_affordable_epochs_leave_the_model_as_it_is_and_are_kept(dataset, tmp_path, compiled):
    model = compiled()
    train = Batches(dataset.train, 16)
    before = [weights.copy() for weights in model.get_weights()]
    epochs = training.affordable_epochs(model, train, 60.0, tmp_path, steps=4)
    assert epochs >= 2
    for old, new in zip(before, model.get_weights(), strict=True):
        assert np.array_equal(old, new)
    plan = tmp_path / "epochs.json"
    plan.write_text(plan.read_text().replace(f'"epochs": {epochs}', '"epochs": 77'))
    assert training.affordable_epochs(model, train, 60.0, tmp_path) == 77
    assert training.affordable_epochs(model, train, 1e-6, tmp_path, steps=1) == 1


def test_a_time_budget_is_divided_among_the_trainings():
    assert training.seconds_per_training(None, 3) is None
    assert training.seconds_per_training(4, 3) == 3600
