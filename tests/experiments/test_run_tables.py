import json

import numpy as np
import pytest
from conftest import change_record, figures, write_run

from emotion_lib import artifacts
from emotion_lib.experiments.run_groups import folded, group_names
from emotion_lib.experiments.run_tables import (
    changed_parameters,
    further_table,
    groups_table,
    notes_on,
    runs_table,
)

LABELS = np.arange(28) % 2
PERFECT = np.eye(2)[LABELS] * 0.8 + 0.1


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path))
    return tmp_path


def training(epochs, seconds):
    return {"epochs": epochs, "seconds": seconds, "precision": "float32"}


def rows(served="", page=""):
    """Return the lines of the table of all runs."""
    groups = folded(artifacts.runs())
    return groups_table(groups, group_names(groups), served, page).splitlines()


def test_runs_are_ordered_by_validation_and_the_served_one_is_bold(root):
    write_run(root, "01_x/a", training=training(24, 1800))
    write_run(root, "01_x/b", PERFECT)
    lines = rows(served="01_x/a")
    assert lines[2].startswith("| 01 b | 100.0 % | 100.0 % [87.9, 100.0] | – | 1.000 | 10 |")
    assert lines[3].startswith("| **01 a** (served) | 50.0 % | 50.0 % [32.6, 67.4] | – |")
    assert lines[3].endswith("| 30 min, 24 epochs, a CPU (tensorflow) |")


def test_seeds_are_one_row_with_mean_and_range(root):
    write_run(root, "01_x/seed-0", seed=0)
    write_run(root, "01_x/seed-1", PERFECT, seed=1)
    *_, row = rows(served="01_x/seed-1", page="results/{}.md")
    link = "| **[01 x, 2 seeds](results/01_x.md)** (served) |"
    # The deviation of 50 and 100 with one degree of freedom: 50 / sqrt(2).
    texts = "75.0 % (50.0 to 100.0) | 75.0 % ± 35.4 (50.0 to 100.0) |"
    assert row.startswith(f"{link} {texts}")
    assert row.count("|") == rows()[0].count("|")


def test_ranks_are_the_first_column_of_a_table_that_has_any(root):
    write_run(root, "01_x/a")
    write_run(root, "01_x/b", PERFECT)
    groups = folded(artifacts.runs())
    ranks = {artifacts.load_run("01_x/b").folder: 1}
    head, _, first, second = groups_table(groups, group_names(groups), ranks=ranks).splitlines()
    assert head.startswith("| rank | run |")
    assert first.startswith("| 1 | 01 b |") and second.startswith("| – | 01 a |")
    assert rows()[0].startswith("| run |")


def test_accuracy_without_twins(root):
    known = figures(n=20, accuracy=0.64, accuracy_interval_95=[0.6, 0.7])
    metrics = {"val": known, "test": known, "test_without_twins": known}
    write_run(root, "01_x", metrics=metrics)
    assert "| 64.0 % [60.0, 70.0] | 64.0 % |" in rows()[-1]
    assert "on the 20 test images that have no pixel-identical" in notes_on(artifacts.runs())


def test_multi_label_runs_say_which_figure_thresholds_flatter(root):
    labels = np.random.default_rng(0).random((20, 2)) < 0.5
    folder = write_run(root, "03_several", labels * 0.6 + 0.2, labels=labels)
    head, _, row = rows()
    assert "| mAP, validation | mAP, test | all labels right, validation |" in head
    assert "| 1.000 | 1.000 |" in row
    assert "validation flatters" not in notes_on(artifacts.runs())
    content = json.loads((folder / "run.json").read_text())
    change_record(folder, **{"metrics.val": content["metrics"]["val"] | {"thresholds": [0.5, 0.4]}})
    assert "fitted on validation, so validation flatters" in notes_on(artifacts.runs())


def test_both_heads_by_own_labels_stand_beside_the_agreement(perceived_run):
    groups = folded([perceived_run])
    head, _, row = groups_table(groups, group_names(groups)).splitlines()
    assert "| balanced accuracy | by FER-2013's labels | label head, by FER-2013's" in head
    assert row.startswith("| 02 b perceived | 50.0 % | 50.0 % [32.6, 67.4] |")
    assert "| 60.0 % [50.0, 70.0] | 70.0 % [60.0, 80.0] |" in row


def test_every_run_has_a_row_with_its_whole_name_and_its_changes(root):
    write_run(root, "01_x/seed-0", seed=0, changed={"EPOCHS": 6, "WEIGHTS": None})
    write_run(root, "01_x/seed-1", seed=1, changed={"EPOCHS": 6, "WEIGHTS": None})
    write_run(root, "02_y")
    names = [row.split(" | ")[0] for row in runs_table(artifacts.runs()).splitlines()[2:]]
    assert names == ["| `01_x/seed-0`", "| `01_x/seed-1`", "| `02_y`"]
    assert changed_parameters(artifacts.runs()) == (
        "- `01_x/seed-0`, `01_x/seed-1`: `EPOCHS=6`, `WEIGHTS=None`"
    )


def test_other_evaluations_have_a_table(root):
    half = {
        "n": 14,
        "accuracy": 0.5,
        "accuracy_interval_95": [0.2, 0.8],
        "macro_f1": 0.4,
        "balanced_accuracy": 0.45,
        "calibration_error": 0.0281,
    }
    write_run(root, "01_x/a", further={"test, half": half})
    write_run(root, "01_x/b")
    groups = folded(artifacts.runs())
    lines = further_table(groups, group_names(groups)).splitlines()
    assert lines[2:] == ["| 01 a | test, half | 14 | 50.0 % [20.0, 80.0] | 45.0 % | 0.028 |"]
    assert further_table(folded([artifacts.load_run("01_x/b")]), {}) == ""


def test_other_evaluations_name_their_labels_and_leave_out_the_label_head(perceived_run):
    groups = folded([perceived_run])
    lines = further_table(groups, group_names(groups)).splitlines()[2:]
    assert [row.split(" | ")[1] for row in lines] == [
        "validation, shifted, viewers' answers",
        "FER-2013's labels, test",
    ]


def test_seeds_among_the_other_evaluations_are_one_row(root):
    names = ("validation, shifted", "validation, seed 1", "validation, shifted, seed 1")
    write_run(root, "16_x/a/seed-0", further={name: figures(accuracy=0.7) for name in names})
    groups = folded(artifacts.runs())
    lines = further_table(groups, group_names(groups)).splitlines()
    assert lines[2:] == [
        "| 16 a seed-0 | validation, shifted, 2 seeds | 28 | 70.0 % ± 0.0 (70.0 to 70.0) | – | – |",
        "| 16 a seed-0 | validation, 2 seeds | 28 | 60.0 % ± 14.1 (50.0 to 70.0) | – | – |",
    ]


def test_a_model_from_elsewhere_is_said_to_be_one(root):
    model = {"parameters": 10, "weights": "made elsewhere (x.hdf5)", "sha256": "0" * 64}
    write_run(root, "08_x/theirs", model=model)
    write_run(root, "09_y")
    assert "Trained by another project" in notes_on(artifacts.runs())
    assert "`08_x/theirs`" in notes_on(artifacts.runs())
    assert "another project" not in notes_on([artifacts.load_run("09_y")])
