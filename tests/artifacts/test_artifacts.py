import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from conftest import record

from emotion_lib import artifacts, paths
from emotion_lib.artifacts import ArtifactError
from emotion_lib.artifacts.recording import rounded_scores
from emotion_lib.evaluation import Evaluation, evaluate
from emotion_lib.experiments import promotion
from emotion_lib.labels import SEVEN_EXPRESSIONS

# ---- models ---------------------------------------------------------------------------------------------------------


def test_exported_model_predicts_the_same_and_knows_its_classes(model_file, small_model, dataset):
    model, names = artifacts.load_model(model_file)
    images = dataset.test.images[..., None]
    np.testing.assert_allclose(
        model.predict(images, verbose=0), small_model.predict(images, verbose=0), atol=1e-6
    )
    assert names == SEVEN_EXPRESSIONS


def test_exported_model_loads_without_this_library(model_file, small_model):
    pixels = np.full((1, 48, 48, 1), 77, np.uint8)
    script = (
        "import sys, keras, numpy as np; m = keras.models.load_model(sys.argv[1]);"
        "assert 'emotion_lib' not in sys.modules; print(np.asarray(m(np.full((1, 48, 48, 1), 77, 'uint8'))).tolist())"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script, str(model_file)],
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
    )
    np.testing.assert_allclose(
        json.loads(answer.stdout), np.asarray(small_model(pixels)), atol=1e-6
    )


def test_export_refuses_names_that_do_not_fit(small_model, tmp_path):
    with pytest.raises(ArtifactError, match="one class name per output"):
        artifacts.export(small_model, tmp_path / "m.keras", ("a", "b"))
    assert not (tmp_path / "m.keras").exists()


def test_export_to_a_place_that_cannot_be_written(small_model, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ArtifactError, match="ARTIFACTS_DIR"):
        artifacts.export(small_model, tmp_path / "file" / "m.keras", SEVEN_EXPRESSIONS)


def test_a_file_that_is_no_model(tmp_path):
    with pytest.raises(ArtifactError, match="no such file"):
        artifacts.load_model(tmp_path / "none.keras")
    text = tmp_path / "text.keras"
    text.write_text("not a model")
    with pytest.raises(ArtifactError, match="of another format"):
        artifacts.load_model(text)
    with zipfile.ZipFile(tmp_path / "zip.keras", "w") as archive:
        archive.writestr("hello.txt", "a zip, but no model")
    with pytest.raises(ArtifactError, match="cannot load"):
        artifacts.load_model(tmp_path / "zip.keras")


# ---- runs -----------------------------------------------------------------------------------------------------------


def test_a_run_says_what_made_it(save, dataset):
    run = save()
    assert {p.name for p in run.folder.iterdir()} >= {
        "model.keras",
        "run.json",
        "history.csv",
        "confusion.png",
    }
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


def test_scores_come_back(save, small_model, dataset):
    y_true, y_score, names = save().scores("test")
    assert np.array_equal(y_true, dataset.test.labels) and names == dataset.class_names
    np.testing.assert_allclose(
        y_score, small_model.predict(dataset.test.images[..., None], verbose=0), atol=1e-3
    )


def test_scores_keep_the_decision():
    """Two that rounding makes equal, in either order, and scikit-learn's float64."""
    scores = np.array([[0.4001, 0.4002, 0.1997], [0.4002, 0.4001, 0.1997], [0.1, 0.2, 0.7]])
    kept = rounded_scores(Evaluation(np.array([0, 1, 2]), scores, ("a", "b", "c")))
    assert kept.dtype == np.float16 and kept.argmax(axis=1).tolist() == [1, 0, 2]
    np.testing.assert_allclose(kept, scores, atol=2e-3)


def test_only_full_runs_reach_the_leaderboard(save):
    save("01_small")
    with pytest.raises(ArtifactError, match="run-all"):
        artifacts.leaderboard()
    save("02_full", full=True, val_accuracy=0.5)
    save("03_full/variant", full=True, val_accuracy=0.75)
    table = artifacts.leaderboard()
    assert table["run"].tolist() == ["03_full/variant", "02_full"]  # best validation first
    assert tuple(table.columns) == artifacts.LEADERBOARD_COLUMNS and table["n"].tolist() == [28, 28]
    save("02_full", full=True, val_accuracy=0.25)  # again: its row is replaced
    assert artifacts.leaderboard()["val_accuracy"].tolist() == [0.75, 0.25]


def test_best_run_goes_by_validation(save):
    with pytest.raises(ArtifactError, match="Received: none"):
        artifacts.best_run()
    save("02_a", full=True, val_accuracy=0.75)
    save("03_b", full=True, val_accuracy=0.5)
    assert artifacts.best_run().name == "02_a"


def test_a_smoke_run_never_overwrites_a_full_one(save, dataset):
    folder = save("01_test", full=True).folder
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(ArtifactError, match="not full"):
        artifacts.run_dir("01_test", dataset)  # before anything is trained
    with pytest.raises(ArtifactError, match="not full"):
        save("01_test")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_unknown_run(save):
    save("01_full", full=True)
    with pytest.raises(ArtifactError, match=r"\['01_full'\].*Received: '01_ful'"):
        artifacts.load_run("01_ful")


def test_runs_that_cannot_be_written(save, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path / "file"))
    with pytest.raises(ArtifactError, match="ARTIFACTS_DIR"):
        save()


def test_leaderboard_without_runs():
    artifacts.write_leaderboard()
    assert artifacts.leaderboard().empty


MALFORMED = {
    "of another program": '{"a": 1}',
    "empty": "",
    "half written": '{"name": "01_full", "full": tr',
    "nested too deeply": "[" * 100_000,
    "a list": "[]",
    "of other types": json.dumps(record("01_full", data="fer2013")),
}


def test_malformed_records_are_skipped_and_named(save):
    """Files of other programs, or damaged ones, cost nothing but their own rows."""
    strays = {
        paths.artifacts_dir() / name.replace(" ", "_") / "run.json": text
        for name, text in MALFORMED.items()
    }
    for file, text in strays.items():
        file.parent.mkdir(parents=True)
        file.write_text(text)
    with pytest.warns(RuntimeWarning) as caught:
        save("01_full", full=True)  # the last cell of a training
    warned = [str(warning.message) for warning in caught if warning.category is RuntimeWarning]
    for file in strays:
        assert any(str(file) in message for message in warned)
        with pytest.raises(ArtifactError, match="Restore the file") as error:
            artifacts.load_run(file.parent.name)
        assert str(file) in str(error.value)
    with pytest.warns(RuntimeWarning):
        assert [run.name for run in artifacts.runs()] == ["01_full"]
    assert artifacts.leaderboard()["run"].tolist() == ["01_full"]


def test_a_small_run_does_not_replace_a_record_that_cannot_be_read(dataset):
    file = paths.artifacts_dir() / "01_test" / "run.json"
    file.parent.mkdir(parents=True)
    file.write_text("damaged")
    with pytest.raises(ArtifactError, match=r"01_test/run\.json"):
        artifacts.run_dir("01_test", dataset)
    assert file.read_text() == "damaged"


def test_a_record_counts_only_for_the_file_that_it_describes(save, recwarn):
    run = save("01_full", full=True)
    assert artifacts.record_beside(run.model_file) == run.record
    assert artifacts.record_beside(run.folder.parent / "elsewhere" / "model.keras") is None
    assert RuntimeWarning not in {warning.category for warning in recwarn}
    run.model_file.write_bytes(run.model_file.read_bytes() + b"another model")
    with pytest.warns(
        RuntimeWarning, match=r"01_full/model\.keras in .*01_full/run\.json.*another model"
    ):
        assert artifacts.record_beside(run.model_file) is None
    (run.folder / "run.json").write_text("damaged")
    with pytest.warns(
        RuntimeWarning, match=r"01_full/model\.keras is used without.*01_full/run\.json"
    ):
        assert artifacts.record_beside(run.model_file) is None


@pytest.mark.parametrize(
    "name",
    ["../../x", "..", "/tmp/x", "own/../../x", "", ".", "own/", "a//b", "own/.git", "./x", "best", "best/x", "smoke/01_x",
     "own/checkpoint", "x" * 300],
)  # fmt: skip
def test_a_name_never_leaves_the_artifacts(dataset, name):
    """Nor is it that of a folder which is something else than a run."""
    with pytest.raises(ArtifactError, match="Choose another name"):
        artifacts.run_dir(name, dataset)
    assert not paths.artifacts_dir().exists()


def contents(folder):
    """What makes a run, by which of two trainings it is of, and whether the record is that of the model."""
    record = json.loads((folder / "run.json").read_text())
    assert artifacts.sha256(folder / "model.keras") == record["model"]["sha256"]
    with np.load(folder / "val_scores.npz") as scores:
        accuracy = (scores["y_score"].argmax(1) == scores["y_true"]).mean()
    assert accuracy == pytest.approx(record["metrics"]["val"]["accuracy"])
    assert len(pd.read_csv(folder / "history.csv")) == record["training"]["epochs"]
    return accuracy


def test_a_recording_killed_at_any_step_leaves_one_run_whole(
    small_model, dataset, monkeypatch, killed_at
):
    """Model, record, scores and history are those of the run before or those of the new one."""
    monkeypatch.setattr(
        artifacts.recording,
        "export",
        lambda model, path, names: path.write_bytes(os.urandom(9)) and path,
    )
    monkeypatch.setattr(artifacts.recording, "write_leaderboard", lambda: None)

    def record_run(accuracy):
        right = np.arange(dataset.val.labels.size) < accuracy * dataset.val.labels.size
        chosen = np.where(right, dataset.val.labels, (dataset.val.labels + 1) % 7)
        result = Evaluation(
            dataset.val.labels, np.eye(7, dtype=np.float32)[chosen], dataset.class_names
        )
        history = pd.DataFrame({"val_accuracy": [accuracy] * round(4 * accuracy), "seconds": 1.0})
        options = {
            "model": small_model,
            "dataset": dataset,
            "val": result,
            "test": result,
            "history": history,
        }
        return artifacts.save_run("01_test", parameters={"SEED": 0}, **options)

    kill_at, killed, seen = 0, True, []
    while killed:
        folder = record_run(0.5).folder
        steps = (
            (os, "rename"),
            (os, "replace"),
            (os, "rmdir"),
            (os, "fsync"),
            (np, "savez_compressed"),
        )
        killed = killed_at(lambda: record_run(0.25), kill_at, *steps)
        assert artifacts.load_run("01_test").folder == folder  # the first who looks
        seen.append(contents(folder))
        assert not (folder / ".ready").exists()
        kill_at += 1
    assert seen == sorted(seen, reverse=True) and set(seen) == {0.5, 0.25}


def test_files_of_the_run_before_do_not_stay(save, dataset):
    folder = save("01_test").folder
    (folder / "model.joblib").write_text("of a classifier")
    (folder / "notes.txt").write_text("of the user")
    result = evaluate(
        artifacts.load_model(folder / "model.keras")[0], dataset.val, dataset.class_names
    )
    options = {
        "model": artifacts.load_model(folder / "model.keras")[0],
        "dataset": dataset,
        "val": result,
        "test": result,
    }
    artifacts.save_run("01_test", history=None, parameters={"SEED": 0}, **options)
    assert (
        not {"history.csv", "model.joblib"} & set(os.listdir(folder))
        and (folder / "notes.txt").exists()
    )


def test_a_row_that_another_process_adds_meanwhile_stays(save, monkeypatch):
    save("01_full", full=True)
    written = artifacts.leaderboard_csv.write_text
    others = iter(["02_other"])

    def slow(file, text):
        written(file, text)
        for name in others:  # recorded after the records were read, its table written before ours
            folder = paths.artifacts_dir() / name
            folder.mkdir()
            (folder / "run.json").write_text(json.dumps(record(name)))

    monkeypatch.setattr(artifacts.leaderboard_csv, "write_text", slow)
    save("03_full", full=True)
    assert set(artifacts.leaderboard()["run"]) == {"01_full", "02_other", "03_full"}


def test_parameters_of_a_notebook():
    namespace = {"EPOCHS": 3, "RUN_NAME": "x", "model": 1, "In": [], "_X": 1, "PATH": object()}
    assert artifacts.parameters_of(namespace) == {"EPOCHS": 3, "RUN_NAME": "x"}


# ---- what is shipped ------------------------------------------------------------------------------------------------


def test_the_shipped_leaderboard_follows_from_the_records(monkeypatch, tmp_path):
    shipped = paths.ROOT / "artifacts"
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path))
    for run in artifacts.runs(shipped):
        (tmp_path / run.name).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(run.folder / "run.json", tmp_path / run.name / "run.json")
    artifacts.write_leaderboard()
    assert (tmp_path / "leaderboard.csv").read_text() == (shipped / "leaderboard.csv").read_text()


def test_no_shipped_record_is_ignored_by_git():
    """A rule of .gitignore that misses a folder's depth leaves the leaderboard with rows that a clone cannot reach."""
    if not (paths.ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("not a git checkout, or no git")
    shipped = paths.ROOT / "artifacts"
    records = [
        str(path.relative_to(paths.ROOT))
        for path in shipped.rglob("run.json")
        if "smoke" not in path.parts
    ]
    command = ["git", "-c", "safe.directory=*", "check-ignore", "--no-index", "--stdin"]
    ignored = subprocess.run(
        command, cwd=paths.ROOT, input="\n".join(records), text=True, capture_output=True
    )
    assert ignored.returncode == 1, f"kept out of git: {ignored.stdout}"


def test_a_classical_model_gets_its_row_too(dataset):
    """A scikit-learn pipeline: kept with its class names, counted, never in a .keras file."""
    import joblib
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from emotion_lib.models import features

    data = replace(dataset, full=True, name="fer2013")
    flat = {
        name: getattr(data, name).images.reshape(len(getattr(data, name)), -1)
        for name in ("train", "val", "test")
    }
    classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=50)).fit(
        flat["train"], data.train.labels
    )
    val, test = (
        Evaluation(
            getattr(data, name).labels, features.scores(classifier, flat[name]), data.class_names
        )
        for name in ("val", "test")
    )
    run = artifacts.save_run(
        "09_x", model=classifier, dataset=data, val=val, test=test, parameters={"SEED": 0},
        history={"seconds": 2.0, "chosen_by": "C of highest validation accuracy"},
    )  # fmt: skip
    kept = joblib.load(run.folder / "model.joblib")
    assert kept["class_names"] == data.class_names and not (run.folder / "model.keras").exists()
    np.testing.assert_array_equal(kept["classifier"].predict(flat["test"]), test.y_pred)
    model = run.record.model
    assert model.input_shape == (2304,) and model.parameters >= 7 * 2305 + 2 * 2304
    assert run.record.environment.backend == "scikit-learn"
    assert run.record.training.chosen_by.startswith("C of")
    assert artifacts.leaderboard()["seconds"].tolist() == [2]
    with pytest.raises(ArtifactError, match="Received: a scikit-learn classifier"):
        promotion.promote("09_x")


def test_a_name_stands_for_itself_and_a_pattern_for_parts():
    assert artifacts.belongs("13_x", ["13_x"])
    assert not artifacts.belongs("13_x/seed-0", ["13_x"])
    assert artifacts.belongs("13_x/seed-0", ["01_y", "13_x/seed-*"])
    assert artifacts.belongs("13_x/A=1/seed-0", ["13_x/*/seed-0"])
    assert not artifacts.belongs("13_x/wide/seed-0", ["13_x/*"])  # a star stands for one part
    assert artifacts.belongs("own/mine [1]", ["own/mine [1]"])


def test_members_are_all_there_or_an_error(save, dataset):
    full = replace(dataset, full=True, name="fer2013")
    for name in ("13_x/seed-0", "13_x/seed-1", "13_x/wide-2", "13_x/variant/seed-0"):
        save(name, full=True)
    found = artifacts.members(["13_x/seed-*", "13_x/wide-2", "13_x/seed-0"], full)
    assert [run.name for run in found] == ["13_x/seed-0", "13_x/seed-1", "13_x/wide-2"]
    assert artifacts.members([], full) == []
    for pattern in ("13_y", "13_x"):
        with pytest.raises(ArtifactError, match=f"Expected a run of the name '{pattern}'"):
            artifacts.members(["13_x/seed-0", pattern], full)
    with pytest.raises(ArtifactError, match=r"trained on fer2013 \(fingerprint other\)"):
        artifacts.members(["13_x/seed-0"], replace(full, fingerprint="other"))
    found[0].model_file.write_bytes(b"another model")
    with pytest.raises(ArtifactError, match=r"Received: another file.*--again 13_x/seed-0"):
        artifacts.members(["13_x/seed-0"], full)
    found[1].model_file.unlink()
    with pytest.raises(
        ArtifactError, match=r"Expected the model of 13_x/seed-1.*--again 13_x/seed-1"
    ):
        artifacts.members(["13_x/seed-1"], full)


def test_parents_are_recorded_runs():
    def write(name: str, **model):
        file = paths.artifacts_dir() / name / "run.json"
        file.parent.mkdir(parents=True)
        content = record(name)
        content["model"] |= model
        file.write_text(json.dumps(content))
        return artifacts.load_run(name)

    teacher = write("13_x/seed-0", sha256="a" * 64)
    assert artifacts.parents(teacher) == []
    student = write("14_y/student", made_of={"13_x/seed-0": "a" * 64})
    assert artifacts.parents(student) == [teacher]
    orphan = write("14_y/orphan", made_of={"13_x/seed-0": "a" * 64, "14_y/member-1": "b" * 64})
    with pytest.raises(ArtifactError, match="Received: 14_y/member-1, of which there is no record"):
        artifacts.parents(orphan)
    other = write("14_y/other", made_of={"13_x/seed-0": "c" * 64})
    with pytest.raises(
        ArtifactError, match="Received: 13_x/seed-0, whose record is of a later model"
    ):
        artifacts.parents(other)


def test_short_names_tell_runs_apart():
    expected = {
        "01_cnn": "01 cnn",
        "04_vgg16/from-scratch/none": "04 none",
        "04_vgg16/from-scratch": "04 from-scratch",
        "13_b/seed-0": "13 seed-0",
        "13_b/wide-40": "13 wide-40",
        "15_votes/majority": "15 majority",
        "15_votes/six-epochs/majority": "15 six-epochs majority",
        "16_a/no-votes/seed-0": "16 no-votes seed-0",
        "16_a/the-recipe/seed-0": "16 the-recipe seed-0",
    }
    # Two runs that share an abbreviation are both written with all parts.
    assert artifacts.short_names(expected) == expected
    same_number = ["17_a/x", "17_b/x"]
    assert list(artifacts.short_names(same_number).values()) == ["17 a/x", "17 b/x"]
    with pytest.raises(ArtifactError, match="differ"):
        artifacts.short_names(["01_a/b_c", "01_a/b c"])


def test_all_shipped_runs_have_names_of_their_own():
    names = [run.name for run in artifacts.runs(paths.ROOT / "artifacts")]
    short = artifacts.short_names(names)
    assert len(names) > 40 and len(set(short.values())) == len(names)
