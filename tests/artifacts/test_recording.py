"""Recording of finished runs."""

import json
import os
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from emotion_lib import artifacts
from emotion_lib.artifacts import ArtifactError
from emotion_lib.artifacts.scores_file import rounded_scores
from emotion_lib.evaluation import Evaluation
from emotion_lib.experiments import promotion
from emotion_lib.files import sha256


def test_a_record_shows_how_the_run_was_made(save, dataset):
    run = save()
    names = {path.name for path in run.folder.iterdir()}
    assert names >= {"model.keras", "run.json", "history.csv", "confusion.png"}
    record = artifacts.load_run("01_test").record
    assert record == run.record
    assert record.seed == 3 and record.parameters["EPOCHS"] == 2
    assert record.data.fingerprint == dataset.fingerprint
    assert record.data.images == {"train": 56, "val": 28, "test": 28}
    assert record.environment.backend == "tensorflow" and "keras" in record.environment.packages
    training = record.training
    assert (training.epochs, training.seconds, training.precision) == (2, 5.0, "float32")
    assert (training.chosen_epoch, training.chosen_by) == (1, "highest validation accuracy")
    assert (training.backend, training.device) == ("tensorflow", record.environment.device)
    assert record.metrics.test.n == 28 and record.metrics.further["test, half"].n == 14


def test_a_full_run_enters_the_leaderboard(save):
    save("01_small")
    with pytest.raises(ArtifactError, match="run-all"):
        artifacts.leaderboard()
    save("02_full", full=True, val_accuracy=0.75)
    save("02_full", full=True, val_accuracy=0.25)  # its row is replaced
    assert artifacts.leaderboard()["run"].tolist() == ["02_full"]
    assert artifacts.leaderboard()["val_accuracy"].tolist() == [0.25]


def test_rounded_scores_keep_the_decision():
    """Two scores that rounding makes equal, in either order; float64 as scikit-learn gives."""
    scores = np.array([[0.4001, 0.4002, 0.1997], [0.4002, 0.4001, 0.1997], [0.1, 0.2, 0.7]])
    kept = rounded_scores(Evaluation(np.array([0, 1, 2]), scores, ("a", "b", "c")))
    assert kept.dtype == np.float16 and kept.argmax(axis=1).tolist() == [1, 0, 2]
    np.testing.assert_allclose(kept, scores, atol=2e-3)


def evaluation_of(dataset, accuracy):
    """Return an evaluation on validation whose first answers are right, and all others wrong."""
    labels = dataset.val.labels
    right = np.arange(labels.size) < accuracy * labels.size
    chosen = np.where(right, labels, (labels + 1) % 7)
    return Evaluation(labels, np.eye(7, dtype=np.float32)[chosen], dataset.class_names)


@pytest.fixture
def record_run(small_model, dataset, monkeypatch):
    """Record a run of some accuracy, without the work of exporting a model."""

    def export(model, path, names):
        path.write_bytes(os.urandom(9))
        return path

    monkeypatch.setattr(artifacts.saved_model, "export", export)
    monkeypatch.setattr(artifacts.recording, "write_leaderboard", lambda: None)

    def save(accuracy, history=None, **options):
        result = evaluation_of(dataset, accuracy)
        return artifacts.save_run(
            "01_test",
            model=small_model,
            dataset=dataset,
            val=result,
            test=result,
            history=history,
            parameters={"SEED": 0},
            **options,
        )

    return save


def accuracy_of(folder):
    """Return the accuracy of the run in a folder, after checking that its files belong together."""
    record = json.loads((folder / "run.json").read_text())
    assert sha256(folder / "model.keras") == record["model"]["sha256"]
    with np.load(folder / "val_scores.npz") as scores:
        accuracy = (scores["y_score"].argmax(1) == scores["y_true"]).mean()
    assert accuracy == pytest.approx(record["metrics"]["val"]["accuracy"])
    assert len(pd.read_csv(folder / "history.csv")) == record["training"]["epochs"]
    return accuracy


def test_a_recording_killed_at_any_step_leaves_one_run_whole(record_run, killed_at):
    """Model, record, scores and history are all of the earlier run, or all of the new one."""

    def record(accuracy):
        epochs = [accuracy] * round(4 * accuracy)  # their number distinguishes the two runs
        return record_run(accuracy, pd.DataFrame({"val_accuracy": epochs, "seconds": 1.0}))

    steps = [(os, name) for name in ("rename", "replace", "rmdir", "fsync", "unlink")]
    steps.append((np, "savez_compressed"))
    seen = []
    killed = True
    while killed:
        folder = record(0.5).folder
        killed = killed_at(lambda: record(0.25), len(seen), *steps)
        assert artifacts.load_run("01_test").folder == folder  # a reader finishes what was ready
        seen.append(accuracy_of(folder))
        assert not (folder / ".ready").exists()
    assert seen == sorted(seen, reverse=True) and set(seen) == {0.5, 0.25}


def test_no_file_of_the_earlier_run_stays(record_run):
    from matplotlib.figure import Figure

    history = pd.DataFrame({"val_accuracy": [0.5], "seconds": 1.0})
    folder = record_run(0.5, history, figures={"curves": Figure(), "confusion": Figure()}).folder
    for name in ("model.joblib", "model.tflite", "model.int8.tflite"):
        (folder / name).write_text("of the earlier model")
    (folder / "notes.txt").write_text("of the user")
    record_run(0.25, figures={"confusion": Figure()})
    names = {file.name for file in folder.iterdir()} - {"notes.txt"}
    assert names == {
        "run.json", "model.keras", "val_scores.npz", "test_scores.npz", "confusion.png"
    }  # fmt: skip
    assert (folder / "notes.txt").exists()


def test_a_classical_model_gets_its_row_too(dataset):
    """A scikit-learn pipeline is kept with its class names, counted, and never in a .keras file."""
    import joblib
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from emotion_lib.models import features

    data = replace(dataset, full=True, name="fer2013")
    flat = {}
    for name in ("train", "val", "test"):
        split = getattr(data, name)
        flat[name] = split.images.reshape(len(split), -1)
    classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=50))
    classifier.fit(flat["train"], data.train.labels)
    results = {}
    for name in ("val", "test"):
        scores = features.scores(classifier, flat[name])
        results[name] = Evaluation(getattr(data, name).labels, scores, data.class_names)
    run = artifacts.save_run(
        "09_x",
        model=classifier,
        dataset=data,
        val=results["val"],
        test=results["test"],
        parameters={"SEED": 0},
        history={"seconds": 2.0, "chosen_by": "C of highest validation accuracy"},
    )
    kept = joblib.load(run.folder / "model.joblib")
    assert kept["class_names"] == data.class_names and not (run.folder / "model.keras").exists()
    predicted = kept["classifier"].predict(flat["test"])
    np.testing.assert_array_equal(predicted, results["test"].y_pred)
    model = run.record.model
    assert model.input_shape == (2304,) and model.parameters >= 7 * 2305 + 2 * 2304
    assert run.record.environment.backend == "scikit-learn"
    assert run.record.training.chosen_by.startswith("C of")
    assert artifacts.leaderboard()["seconds"].tolist() == [2]
    with pytest.raises(ArtifactError, match="Received: a scikit-learn classifier"):
        promotion.promote("09_x")
