"""Promotion: what is refused, what is replaced, and that it happens in one step."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from conftest import REAL_DATA, emotion

from emotion_lib import artifacts, paths
from emotion_lib.artifacts import ArtifactError
from emotion_lib.datasets.sources import ferplus
from emotion_lib.datasets.sources.ferplus import PERCEIVED_NAME
from emotion_lib.evaluation import evaluate
from emotion_lib.experiments import notebooks, promotion, served_files
from emotion_lib.experiments.served_figures import calibration, measured_again
from emotion_lib.experiments.served_files import LABEL_HEAD_BY_VIEWERS, PUBLISHED, SHIFTED
from emotion_lib.files import replacing, sha256
from emotion_lib.labels import SEVEN_EXPRESSIONS
from emotion_lib.models.conversion import rounded
from emotion_lib.models.cost import multiply_adds
from emotion_lib.models.folding import folded
from emotion_lib.models.litert import compile_model
from emotion_lib.training.recipe import Recipe
from emotion_lib.training.second_head import LABEL_HEAD, OWN_LABELS


@pytest.fixture
def best(tmp_path, monkeypatch, dataset):
    """A folder to promote to, and the data that ``save(full=True)`` pretends to be made on."""
    monkeypatch.setattr(promotion, "best_dir", lambda: tmp_path / "best")
    full = replace(dataset, full=True, name="fer2013")
    monkeypatch.setattr(promotion.datasets, "load", lambda name: full)
    return tmp_path / "best"


@pytest.fixture
def promote(monkeypatch):
    """Return a function that calls ``emotion promote`` and returns its exit status."""
    return lambda *arguments: emotion(monkeypatch, "promote", *arguments)


MODELS = ["model.keras", "model.tflite", "model.int8.tflite"]


@pytest.fixture
def quick_files(monkeypatch):
    """Replace the work of half a minute, which writes into the new folder alone."""

    def write_served_files(run, dataset, folder):
        for name in MODELS:
            (folder / name).write_text(run.name)
        metrics = replace(run.record.metrics, further={SHIFTED: run.record.metrics.val})
        return replace(run.record, metrics=metrics)

    monkeypatch.setattr(promotion, "write_served_files", write_served_files)
    monkeypatch.setattr(promotion, "model_card", lambda record: record.name)


def folders(best):
    """Return the names of all folders that a promotion may have left."""
    return [path.name for path in best.parent.glob("*best*")]


def test_the_student_of_notebook_17_can_be_promoted(tmp_path):
    """It is known before hours of training, not after them."""
    (notebook,) = notebooks.find("17")
    recipe = Recipe(**notebooks.parameters(notebook)["STUDENT"])
    student = rounded(folded(recipe.model((48, 48, 1), 7)))
    assert multiply_adds(student) <= served_files.MAX_MULTIPLY_ADDS
    file = artifacts.export(student, tmp_path / "model.keras", SEVEN_EXPRESSIONS)
    compiled = compile_model(student, tmp_path / "model.tflite")
    small = compile_model(student, tmp_path / "small.tflite", "int8")
    assert file.stat().st_size <= served_files.MAX_KERAS_BYTES
    assert compiled.stat().st_size <= served_files.MAX_COMPILED_BYTES
    assert small.stat().st_size <= served_files.MAX_INT8_BYTES


def test_a_promotion_writes_the_whole_set(save, best, promote, capsys, monkeypatch):
    run = save("01_full", full=True)
    assert promote("01_full") == 0
    assert "01_full is now the served model" in capsys.readouterr().out
    assert sorted(path.name for path in best.iterdir()) == [
        "MODEL_CARD.md",
        "model.int8.tflite",
        "model.keras",
        "model.tflite",
        "run.json",
    ]
    record = artifacts.read_record(best / "run.json")
    assert record.commit == run.record.commit
    assert record.model.sha256 == sha256(best / "model.keras")
    card = (best / "MODEL_CARD.md").read_text()
    figures = record.metrics.further[SHIFTED]
    assert f"noisy, small, compressed | {figures.n} | {figures.accuracy:.1%}" in card
    assert f"{record.metrics.test.accuracy:.1%}" in card
    assert "seed 3" in card and "SEED" not in card
    assert run.record.data.notes[-1][:60] in card
    assert "by label (rows)" in card and "| probability | n | share |" in card
    # The older record of a served model gets confidence and confusion without a new training.
    whole = (best / "run.json").read_text()
    older = replace(record.calibration, reliability=())
    small = replace(record.model.int8, calibration=None, confusion=None)
    model = replace(record.model, int8=small)
    artifacts.write_record(
        best / "run.json", replace(record, calibration=older, confusion=None, model=model)
    )
    assert emotion(monkeypatch, "report", "served") == 0
    assert ((best / "run.json").read_text(), (best / "MODEL_CARD.md").read_text()) == (whole, card)


@pytest.mark.parametrize("figure", ["accuracy", "n"])
def test_figures_of_another_model_are_not_added_to_a_record(save, dataset, small_model, figure):
    record = save("01_full", full=True).record
    val, test = (
        evaluate(small_model, split, record.class_names) for split in (dataset.val, dataset.test)
    )
    fitted = replace(record, calibration=calibration(val, test))
    assert measured_again(fitted, dataset, val, test).confusion.n == test.n
    other = replace(record.metrics.test, **{figure: 0.999 if figure == "accuracy" else 3})
    with pytest.raises(ArtifactError, match="the recorded accuracy on test"):
        measured_again(
            replace(fitted, metrics=replace(record.metrics, test=other)), dataset, val, test
        )


def test_a_refused_promotion_leaves_the_served_set(
    save, best, promote, quick_files, monkeypatch, capsys
):
    save("01_full", full=True)
    assert promote("01_full") == 0
    save("02_small")
    assert promote("02_small") == 2
    assert "full run on fer2013" in capsys.readouterr().err

    def refuse(run, dataset, folder):
        (folder / "model.keras").write_text("too large")
        raise ArtifactError("Expected less. Received: more.")

    monkeypatch.setattr(promotion, "write_served_files", refuse)
    assert promote("01_full") == 2
    assert "Received: more" in capsys.readouterr().err
    assert folders(best) == ["best"]  # nothing unfinished is left
    assert (best / "model.keras").read_text() == "01_full"


def test_a_run_on_other_data_is_refused(save, best, dataset, monkeypatch):
    save("01_full", full=True)
    other = replace(dataset, fingerprint="of another copy")
    monkeypatch.setattr(promotion.datasets, "load", lambda name: other)
    with pytest.raises(ArtifactError, match="Run the notebook again on this data"):
        promotion.promote("01_full")
    assert not best.exists()


def test_a_model_of_perceived_expression_needs_the_figures_of_its_label_head(save, best):
    run = save("01_full", full=True)
    data = replace(run.record.data, name=PERCEIVED_NAME)
    artifacts.write_record(run.folder / "run.json", replace(run.record, data=data))
    with pytest.raises(ArtifactError, match="Received: none in its record"):
        promotion.promote("01_full")
    assert not best.exists()


def test_a_file_that_is_not_the_runs_is_refused(save, best):
    run = save("01_full", full=True)
    run.model_file.write_bytes(b"damaged")
    with pytest.raises(ArtifactError, match="Received: another file"):
        promotion.promote("01_full")
    assert not best.exists()


def test_a_model_whose_teacher_is_not_recorded_is_refused(save, best):
    run = save("01_full", full=True)
    model = replace(run.record.model, made_of={"00_gone": "0" * 64})
    artifacts.write_record(run.folder / "run.json", replace(run.record, model=model))
    with pytest.raises(ArtifactError, match="Received: 00_gone"):
        promotion.promote("01_full")
    assert not best.exists()


def test_a_model_that_is_worse_on_validation_can_be_refused(
    save, best, promote, quick_files, capsys
):
    save("01_full", full=True)
    assert promote("01_full", "--if-better") == 0  # nothing is served yet
    assert promote("01_full", "--if-better") == 0  # no worse than itself
    capsys.readouterr()
    record = json.loads((best / "run.json").read_text())
    shifted = record["metrics"]["further"][SHIFTED]
    figures = [(record["metrics"]["val"], "accuracy"), (shifted, "balanced_accuracy")]
    for evaluation, name in figures:
        value = evaluation[name]
        evaluation[name] = value + 0.01
        (best / "run.json").write_text(json.dumps(record))
        assert promote("01_full", "--if-better") == 0
        assert "The served model stays" in capsys.readouterr().out
        assert json.loads((best / "run.json").read_text()) == record
        evaluation[name] = value
    assert promote("01_full") == 0
    assert "is now the served model" in capsys.readouterr().out
    assert folders(best) == ["best"]


def test_the_served_model_can_answer_as_viewers_do(
    save, best, promote, quick_files, monkeypatch, dataset
):
    """The label head of its record is the model as it was served before."""
    save("01_full", full=True)
    assert promote("01_full") == 0
    before = artifacts.read_record(best / "run.json")
    viewers = replace(dataset, name=PERCEIVED_NAME, full=True)
    monkeypatch.setattr(promotion.datasets, "load", lambda name: viewers)
    monkeypatch.setattr(promotion, "refuse_worse", lambda record, *_: checked.append(record))
    monkeypatch.setattr(promotion, "write_served_files", lambda run, *_: run.record)
    checked = []
    assert promotion.answer_as_viewers() == best
    record = artifacts.read_record(best / "run.json")
    assert checked == [record]
    assert record.data.name == PERCEIVED_NAME
    assert record.metrics.further[LABEL_HEAD["test"]] == before.metrics.test
    assert record.name == before.name
    with pytest.raises(ArtifactError, match="answers as viewers do"):
        promotion.answer_as_viewers()


def test_a_promotion_killed_at_any_step_leaves_one_set_whole(save, best, quick_files, killed_at):
    """All files are old or all are new, and the next promotion clears up what was left."""
    for name, accuracy in (("01_old", 0.5), ("02_new", 0.25)):
        save(name, full=True, val_accuracy=accuracy)

    def promoted():
        found = {json.loads((best / "run.json").read_text())["name"]}
        for name in ["MODEL_CARD.md", *MODELS]:
            found.add((best / name).read_text())
        return found

    steps = [
        (os, "rename"),
        (os, "replace"),
        (os, "rmdir"),
        (os, "mkdir"),
        (replacing, "_exchange"),
    ]
    seen = set()
    kill_at = 0
    killed = True
    while killed:
        promotion.promote("01_old")
        assert promoted() == {"01_old"} and folders(best) == ["best"]
        killed = killed_at(lambda: promotion.promote("02_new"), kill_at, *steps)
        assert len(promoted()) == 1
        seen |= promoted()
        kill_at += 1
    assert seen == {"01_old", "02_new"} and kill_at > 5


def test_between_two_steps_of_a_promotion_the_old_set_is_served(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    best = tmp_path / "artifacts" / "best"
    before = tmp_path / "artifacts" / ".best.before"
    assert paths.best_dir() == best
    before.mkdir(parents=True)
    assert paths.best_dir() == before
    best.mkdir()
    assert paths.best_dir() == best


def test_one_promotion_runs_at_a_time(save, best, promote, capsys):
    save("01_full", full=True)
    code = f"""from emotion_lib import files
with files.exclusive({str(best.parent)!r}, 'promotion'):
    print(1, flush=True)
    input()"""
    other = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=paths.ROOT
    )
    try:
        assert other.stdout.readline() == b"1\n"
        assert promote("01_full") == 2
        assert f"process {other.pid}" in capsys.readouterr().err and not best.exists()
    finally:
        other.communicate(b"\n", timeout=30)


# ---- the served model -----------------------------------------------------------------------


def test_the_served_model_is_a_full_run_that_answers_as_viewers_do():
    folder = paths.best_dir()
    record = artifacts.read_record(folder / "run.json")
    assert record.full and record.data.name == PERCEIVED_NAME
    assert record.class_names == SEVEN_EXPRESSIONS
    assert sha256(folder / "model.keras") == record.model.sha256
    assert (folder / "model.keras").stat().st_size <= served_files.MAX_KERAS_BYTES
    metrics = record.metrics
    assert (metrics.val.n, metrics.test.n) == (3438, 3408)  # of 3,589 each
    expected = {SHIFTED, PUBLISHED, LABEL_HEAD_BY_VIEWERS, *OWN_LABELS.values()}
    assert set(metrics.further) == expected | set(LABEL_HEAD.values())
    assert metrics.further[OWN_LABELS["test"]].n == metrics.further[LABEL_HEAD["test"]].n == 3589
    # What the change is for: it agrees with viewers, more often than the label head does.
    assert metrics.test.accuracy > metrics.further[LABEL_HEAD_BY_VIEWERS].accuracy


def test_confidence_and_confusion_of_the_served_model_agree_with_its_metrics():
    record = artifacts.read_record(paths.best_dir() / "run.json")
    test = record.metrics.test
    counts = np.array(record.confusion.counts)
    assert record.confusion.split == "test" and record.confusion.n == counts.sum() == test.n
    assert counts.trace() / test.n == pytest.approx(test.accuracy)
    recall = dict(zip(record.class_names, counts.diagonal() / counts.sum(axis=1), strict=True))
    assert recall == pytest.approx(test.recall)
    for name, (low, high) in record.confusion.recall_interval_95.items():
        assert low <= recall[name] <= high
    bins = record.calibration.reliability
    assert min(part.n for part in bins) > 300
    assert sum(part.n for part in bins) == record.metrics.val.n
    correct = sum(part.n * part.share for part in bins)
    assert correct / record.metrics.val.n == pytest.approx(record.metrics.val.accuracy)


PLAIN_KERAS = """
import sys
import keras, numpy as np
pixels, truth = np.load(sys.argv[2]), np.load(sys.argv[3])
scores = keras.models.load_model(sys.argv[1]).predict(pixels, batch_size=256, verbose=0)
assert "emotion_lib" not in sys.modules and pixels.dtype == np.uint8 and pixels.max() > 200
print(len(truth), (scores.argmax(1) == truth).mean())
"""


@pytest.mark.skipif(not REAL_DATA, reason="FER2013_PATH does not name the real data")
def test_the_served_model_reaches_its_accuracy_in_plain_keras(tmp_path):
    """Raw pixels, in a process that does not know this library."""
    folder = paths.best_dir()
    test = ferplus.load(REAL_DATA, targets="perceived").test
    np_files = {"pixels": test.images[..., None], "truth": test.labels}
    for name, array in np_files.items():
        np.save(tmp_path / f"{name}.npy", array)
    files = [folder / "model.keras", tmp_path / "pixels.npy", tmp_path / "truth.npy"]
    command = [sys.executable, "-c", PLAIN_KERAS, *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd="/")
    n, accuracy = done.stdout.split()
    recorded = artifacts.read_record(folder / "run.json").metrics.test.accuracy
    assert int(n) == len(test) and float(accuracy) >= 0.75
    assert float(accuracy) == pytest.approx(recorded, abs=0.001)
