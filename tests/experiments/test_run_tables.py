import numpy as np
import pytest
from conftest import write_run

from emotion_lib import artifacts
from emotion_lib.experiments.result_figures import best_first
from emotion_lib.experiments.run_tables import further_table, runs_table, training_time

LABELS = np.arange(28) % 2
PERFECT = np.eye(2)[LABELS] * 0.8 + 0.1


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path))
    return tmp_path


def training(epochs, seconds):
    return {"epochs": epochs, "seconds": seconds, "precision": "float32"}


def test_runs_are_ordered_by_validation_and_the_served_one_is_bold(root):
    write_run(root, "01_x/a", training=training(24, 1800))
    write_run(root, "01_x/b", PERFECT)
    rows = runs_table(artifacts.runs(), served="01_x/a").splitlines()
    assert rows[2].startswith("| 01_x/b | 100.0 % | 100.0 % [87.9, 100.0] | – | 1.000 | 10 |")
    assert rows[3].startswith("| **01_x/a** (served) | 50.0 % | 50.0 % [32.6, 67.4] | – |")
    assert "| 30 min, 24 epochs | a CPU (tensorflow) | – |" in rows[3]


def test_names_may_be_short(root):
    write_run(root, "01_x/a")
    write_run(root, "02_y")
    names = [
        row.split(" | ")[0] for row in runs_table(artifacts.runs(), whole_names=False).split("\n")
    ]
    assert names[2:] == ["| a", "| 02_y"]


def test_accuracy_without_twins_and_changed_parameters(root):
    figures = {"n": 20, "accuracy": 0.64, "accuracy_interval_95": [0.6, 0.7], "macro_f1": 0.6}
    metrics = {"val": figures, "test": figures, "test_without_twins": figures}
    write_run(root, "01_x", metrics=metrics, changed={"EPOCHS": 6, "WEIGHTS": None})
    row = runs_table(artifacts.runs()).splitlines()[-1]
    assert "| 64.0 % [60.0, 70.0] | 64.0 % |" in row
    assert row.endswith("| `EPOCHS=6`, `WEIGHTS=None` |")


def test_multi_label_runs_have_their_mean_average_precision(root):
    labels = np.random.default_rng(0).random((20, 2)) < 0.5
    write_run(root, "03_several", labels * 0.6 + 0.2, labels=labels)
    head, _, row = runs_table(artifacts.runs()).splitlines()
    assert "| mAP |" in head
    assert "| 1.000 |" in row


def test_multi_label_runs_are_ordered_by_average_precision(root):
    labels = np.array([[1, 0], [0, 1], [1, 1], [0, 1]], bool)
    ranked = np.array([[0.4, 0.1], [0.1, 0.4], [0.4, 0.4], [0.1, 0.4]])
    reversed_ranking = np.where(labels, 0.6, 0.7)
    write_run(root, "03_several/none-correct", ranked, labels=labels)
    write_run(root, "03_several/one-correct", reversed_ranking, labels=labels)
    names = [run.name.split("/")[1] for run in best_first(artifacts.runs())]
    assert names == ["none-correct", "one-correct"]


def test_other_evaluations_have_a_table(root):
    figures = {
        "n": 14,
        "accuracy": 0.5,
        "accuracy_interval_95": [0.2, 0.8],
        "macro_f1": 0.4,
        "balanced_accuracy": 0.45,
        "calibration_error": 0.0281,
    }
    write_run(root, "01_x/a", further={"test, half": figures})
    write_run(root, "01_x/b")
    rows = further_table(artifacts.runs()).splitlines()
    assert rows[2:] == ["| 01_x/a | test, half | 14 | 50.0 % [20.0, 80.0] | 45.0 % | 0.028 |"]
    assert further_table([artifacts.load_run("01_x/b")]) == ""


@pytest.mark.parametrize(
    ("epochs", "seconds", "text"),
    [(24, 867, "14 min, 24 epochs"), (0, 480, "8 min"), (0, 20, "20 s"), (0, 0, "–")],
)
def test_training_time(root, epochs, seconds, text):
    write_run(root, "01_x", training=training(epochs, seconds))
    assert training_time(artifacts.load_run("01_x")) == text
