"""Seeds of one network are one row; runs that differ in anything else are not."""

import numpy as np
import pytest
from conftest import write_run

from emotion_lib import artifacts
from emotion_lib.experiments.run_groups import best_first, folded, group_names

LABELS = np.arange(28) % 2


def scores(errors):
    """Return scores of which the first few are wrong."""
    right = np.eye(2)[LABELS] * 0.8 + 0.1
    right[:errors] = 1 - right[:errors]
    return right


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path))
    return lambda name, errors, **parts: write_run(tmp_path, name, scores(errors), **parts)


def names():
    return [group.name for group in folded(artifacts.runs())]


def test_seeds_are_folded_by_a_part_of_the_name_that_ends_with_the_seed(write):
    write("01_x", 9, seed=0)
    for seed in range(3):
        write(f"01_x/seed-{seed}", seed, seed=seed)
        write(f"01_x/40-epochs-{seed}", 4, seed=seed)
        write(f"03_y/seed-{seed}/1_small", 5, seed=seed)
        write(f"16_z/none/seed-{seed}", 6, seed=seed)
    write("13_w/wide-40", 7, seed=40)
    write("13_w/wide-41", 7, seed=41)
    write("13_w/long-70", 8, seed=70)
    assert names() == [
        "01_x, 3 seeds",
        "01_x/40-epochs, 3 seeds",
        "03_y/1_small, 3 seeds",
        "16_z/none, 3 seeds",
        "13_w/wide, 2 seeds",
        "13_w/long-70",
        "01_x",
    ]
    groups = folded(artifacts.runs())
    assert [run.name for run in groups[0].runs] == ["01_x/seed-0", "01_x/seed-1", "01_x/seed-2"]
    assert groups[0].middle.name == "01_x/seed-1"
    assert group_names(groups)["01_x, 3 seeds"] == "01 x, 3 seeds"
    assert len(set(group_names(groups).values())) == len(groups)


def test_runs_that_differ_in_more_than_the_seed_stand_alone(write):
    write("01_x/seed-0", 1, seed=0, changed={"EPOCHS": 6, "SEED": 0})
    write("01_x/seed-1", 2, seed=1, changed={"EPOCHS": 9, "SEED": 1})
    write("02_y/try-1", 3, seed=0)
    write("02_y/try-2", 4, seed=0)
    assert names() == ["01_x/seed-0", "01_x/seed-1", "02_y/try-1", "02_y/try-2"]


def test_runs_with_other_defaults_stand_alone(write):
    for seed, epochs in ((0, 12), (1, 24)):  # the notebook's EPOCHS, unchanged in both
        parameters = {"RUN_NAME": f"01_x/seed-{seed}", "SEED": seed, "EPOCHS": epochs}
        write(f"01_x/seed-{seed}", seed, seed=seed, parameters=parameters)
    assert names() == ["01_x/seed-0", "01_x/seed-1"]


def test_the_machines_precision_is_no_difference(write):
    for seed, precision in ((0, "float32"), (1, "mixed_bfloat16")):
        write(f"01_x/seed-{seed}", seed, seed=seed, parameters={"PRECISION": precision})
    assert names() == ["01_x, 2 seeds"]


def test_the_changed_seed_is_no_difference(write):
    write("01_x/seed-0", 1, seed=0, changed={"SEED": 0, "SEEDS": [0], "EPOCHS": 9})
    write("01_x/seed-1", 2, seed=1, changed={"SEED": 1, "SEEDS": [1], "EPOCHS": 9})
    assert names() == ["01_x, 2 seeds"]


def test_no_run_is_lost_among_the_tracked_ones(monkeypatch):
    monkeypatch.delenv("ARTIFACTS_DIR")
    runs = artifacts.runs()
    groups = folded(runs)
    members = [run.name for group in groups for run in group.runs]
    assert sorted(members) == sorted(run.name for run in runs)
    assert len(set(group_names(groups).values())) == len(groups)


def test_runs_with_other_labels_are_not_ranked_among_each_other(perceived_run):
    found = [run.name for run in best_first(artifacts.runs())]
    assert found == ["02_second/b", "01_first", "02_second/a", "02_second/b/perceived"]


def test_multi_label_runs_are_ordered_by_average_precision(tmp_path, monkeypatch):
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path))
    labels = np.array([[1, 0], [0, 1], [1, 1], [0, 1]], bool)
    ranked = np.array([[0.4, 0.1], [0.1, 0.4], [0.4, 0.4], [0.1, 0.4]])
    reversed_ranking = np.where(labels, 0.6, 0.7)
    write_run(tmp_path, "03_several/none-correct", ranked, labels=labels)
    write_run(tmp_path, "03_several/one-correct", reversed_ranking, labels=labels)
    found = [run.name.split("/")[1] for run in best_first(artifacts.runs())]
    assert found == ["none-correct", "one-correct"]
