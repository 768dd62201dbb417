import json
import os
import subprocess
import sys
from dataclasses import replace

import keras
import numpy as np
import pytest
from conftest import REAL_DATA

from emotion_lib import artifacts, files, paths
from emotion_lib.artifacts import ArtifactError
from emotion_lib.datasets.sources import fer2013
from emotion_lib.datasets.transforms import shifted
from emotion_lib.evaluation import evaluate
from emotion_lib.evaluation.calibration import Scaling, abstention_threshold
from emotion_lib.experiments import notebooks, promotion
from emotion_lib.inference.networks import load_network
from emotion_lib.labels import SEVEN_EXPRESSIONS
from emotion_lib.models.conversion import portable
from emotion_lib.models.cost import multiply_adds
from emotion_lib.models.folding import folded
from emotion_lib.models.litert import compile_model
from emotion_lib.training.recipe import Recipe

# ---- promotion ------------------------------------------------------------------------------------------------------


@pytest.fixture
def best(tmp_path, monkeypatch, dataset):
    """A place to promote to, and the data that ``save(full=True)`` pretends to have been made on."""
    monkeypatch.setattr(promotion, "best_dir", lambda: tmp_path / "best")
    monkeypatch.setattr(
        promotion.datasets, "load", lambda name: replace(dataset, full=True, name=name)
    )
    return tmp_path / "best"


def test_the_student_of_notebook_14_can_be_promoted(tmp_path):
    """Before hours of training, not after."""
    (notebook,) = notebooks.find("14")
    student = folded(Recipe(**notebooks.parameters(notebook)["STUDENT"]).model((48, 48, 1), 7))
    assert multiply_adds(student) <= promotion.MAX_MULTIPLY_ADDS
    file = artifacts.export(student, tmp_path / "model.keras", SEVEN_EXPRESSIONS)
    assert file.stat().st_size <= promotion.MAX_PROMOTED_BYTES
    assert (
        compile_model(student, tmp_path / "model.tflite").stat().st_size
        <= promotion.MAX_COMPILED_BYTES
    )
    assert (
        compile_model(student, tmp_path / "small.tflite", "int8").stat().st_size
        <= promotion.MAX_INT8_BYTES
    )


def test_promotion(save, best, dataset):
    run = save("01_full", full=True)
    assert promotion.main(["01_full"]) == 0
    assert sorted(p.name for p in best.iterdir()) == [
        "MODEL_CARD.md",
        "model.int8.tflite",
        "model.keras",
        "model.tflite",
        "run.json",
    ]
    shipped, names = artifacts.load_model(best / "model.keras")
    assert names == SEVEN_EXPRESSIONS and load_network(best / "model.keras")[0].runtime == "litert"
    layers = [type(layer).__name__ for layer in shipped.layers]
    assert "BatchNormalization" not in layers and "Conv2D" in layers
    assert all((w == w.astype(np.float16)).all() for w in shipped.get_weights())
    record = json.loads((best / "run.json").read_text())
    assert (
        record["model"]["sha256"]
        == artifacts.sha256(best / "model.keras")
        != run.record.model.sha256
    )
    # Calibrated on validation: temperature and bias are in the weights, and the threshold in the record.
    calibration = record["calibration"]
    raw, _ = artifacts.load_model(run.model_file)
    ready, judged = (evaluate(shipped, split, names) for split in (dataset.val, dataset.test))
    scaling = Scaling(calibration["temperature"], tuple(calibration["bias"]))
    np.testing.assert_allclose(
        ready.y_score, scaling.apply(evaluate(raw, dataset.val, names)).y_score, atol=0.02
    )
    assert ready.accuracy >= evaluate(raw, dataset.val, names).accuracy and scaling.bias != (0,) * 7
    assert calibration["threshold"] == pytest.approx(abstention_threshold(ready), abs=1e-6)
    assert record["model"]["multiply_adds"] == multiply_adds(shipped) == multiply_adds(raw)
    answered = judged.y_score.max(1) >= calibration["threshold"]
    assert calibration["answered"]["test"]["coverage"] == pytest.approx(answered.mean(), abs=0.03)
    assert calibration["risk_at_coverage"]["100%"] == pytest.approx(1 - judged.accuracy)
    small = promotion._answers(load_network(best / "model.keras", "int8")[0], dataset.test, names)
    assert record["model"]["int8"]["metrics"]["test"]["accuracy"] == pytest.approx(small.accuracy)
    assert (
        record["model"]["compiled"]["difference"] <= 1e-4 and record["commit"] == run.record.commit
    )
    elsewhere = evaluate(shipped, shifted(dataset.val), names)
    assert record["metrics"]["further"][promotion.SHIFTED]["accuracy"] == pytest.approx(
        elsewhere.accuracy
    )
    card = (best / "MODEL_CARD.md").read_text()
    for text in (
        f"noisy, small, compressed | {elsewhere.n} | {elsewhere.accuracy:.1%}",
        f"{record['metrics']['test']['accuracy']:.1%}",
        "5(1)(f)",
        "SEED" not in card and "seed 3",
        "angry, disgust",
        f"  - {dataset.notes[-1][:60]}",
    ):
        assert text in card


def test_promotion_refuses_and_leaves_what_was_there(save, best, capsys, monkeypatch, dataset):
    save("01_full", full=True)
    promotion.promote("01_full")
    kept = (best / "model.keras").read_bytes()
    save("02_small")
    assert promotion.main(["02_small"]) == 2
    assert "full run on fer2013" in capsys.readouterr().err
    with monkeypatch.context() as tight, pytest.raises(ArtifactError, match="Distil it"):
        tight.setattr(promotion, "MAX_MULTIPLY_ADDS", 1000)
        promotion.promote("01_full")
    for limit in ("MAX_PROMOTED_BYTES", "MAX_COMPILED_BYTES", "MAX_INT8_BYTES"):
        with (
            monkeypatch.context() as tight,
            pytest.raises(ArtifactError, match="at most 1000 bytes"),
        ):
            tight.setattr(promotion, limit, 1000)
            promotion.promote("01_full")
    with (
        monkeypatch.context() as tight,
        pytest.raises(ArtifactError, match="probabilities within 0"),
    ):
        tight.setattr(promotion, "MAX_DIFFERENCE", 0)
        promotion.promote("01_full")
    with monkeypatch.context() as tight, pytest.raises(ArtifactError, match="weights of 8 bits"):
        tight.setattr(promotion, "MAX_INT8_LOSS", -1)
        promotion.promote("01_full")
    with (
        monkeypatch.context() as other,
        pytest.raises(ArtifactError, match="Run the notebook again on this data"),
    ):
        other.setattr(
            promotion.datasets, "load", lambda name: replace(dataset, fingerprint="of another copy")
        )
        promotion.promote("01_full")
    assert [p.name for p in best.parent.glob("*best*")] == ["best"]  # nothing half made is left
    assert (best / "model.keras").read_bytes() == kept


def test_a_model_that_validation_finds_worse_can_be_refused(save, best, capsys):
    save("01_full", full=True)
    assert promotion.main(["01_full", "--if-better"]) == 0  # nothing is served yet
    assert promotion.main(["01_full", "--if-better"]) == 0  # no worse than itself
    capsys.readouterr()
    record = json.loads((best / "run.json").read_text())
    metrics = record["metrics"]
    for figures, what in (
        (metrics["val"], "accuracy"),
        (metrics["further"][promotion.SHIFTED], "balanced_accuracy"),
    ):
        kept, figures[what] = figures[what], figures[what] + 0.01
        (best / "run.json").write_text(json.dumps(record))
        assert promotion.main(["01_full", "--if-better"]) == 0
        assert (
            "The served model stays" in capsys.readouterr().out
            and json.loads((best / "run.json").read_text()) == record
        )
        figures[what] = kept
    assert promotion.main(["01_full"]) == 0
    assert "is now the promoted model" in capsys.readouterr().out
    assert [p.name for p in best.parent.glob("*best*")] == ["best"]


def test_a_promotion_killed_at_any_step_leaves_one_set_whole(save, best, monkeypatch, killed_at):
    """The old five files or the new five, and the next promotion is not in the way of what was left."""
    for name, accuracy in (("01_old", 0.5), ("02_new", 0.25)):
        save(name, full=True, val_accuracy=accuracy)

    def prepared(
        run, dataset, folder
    ):  # the work of minutes, which writes into the new folder alone
        for name in ("model.keras", "model.tflite", "model.int8.tflite"):
            (folder / name).write_text(run.name)
        return run.record

    monkeypatch.setattr(promotion, "_prepare", prepared)
    monkeypatch.setattr(promotion, "model_card", lambda record: record.name)

    def promoted():
        names = {
            json.loads((best / "run.json").read_text())["name"],
            (best / "MODEL_CARD.md").read_text(),
        }
        return names | {
            (best / f"model.{kind}").read_text() for kind in ("keras", "tflite", "int8.tflite")
        }

    seen, kill_at, killed = set(), 0, True
    while killed:
        promotion.promote("01_old")
        assert promoted() == {"01_old"} and [p.name for p in best.parent.glob("*best*")] == ["best"]
        steps = (
            (os, "rename"),
            (os, "replace"),
            (os, "rmdir"),
            (os, "mkdir"),
            (files, "_exchange"),
        )
        killed = killed_at(lambda: promotion.promote("02_new"), kill_at, *steps)
        assert len(promoted()) == 1
        seen |= promoted()
        kill_at += 1
    assert seen == {"01_old", "02_new"} and kill_at > 5


def test_where_a_promotion_takes_two_steps_the_old_set_serves_between_them(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    best, before = (tmp_path / "artifacts" / name for name in ("best", ".best.before"))
    assert paths.best_dir() == best
    before.mkdir(parents=True)
    assert paths.best_dir() == before
    best.mkdir()
    assert paths.best_dir() == best


def test_promotions_come_one_after_the_other(save, best, capsys):
    save("01_full", full=True)
    code = f"import sys\nfrom emotion_lib import files\nwith files.exclusive({str(best.parent)!r}, 'promotion'):\n"
    code += "    print(1, flush=True)\n    input()"
    other = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=paths.ROOT
    )
    try:
        assert other.stdout.readline() == b"1\n"
        assert promotion.main(["01_full"]) == 2
        assert f"process {other.pid}" in capsys.readouterr().err and not best.exists()
    finally:
        other.communicate(b"\n", timeout=30)


def test_promotion_refuses_a_file_that_is_not_the_runs(save, best):
    run = save("01_full", full=True)
    run.model_file.write_bytes(b"damaged")
    with pytest.raises(ArtifactError, match="Received: another file"):
        promotion.promote("01_full")
    assert not best.exists()


@keras.saving.register_keras_serializable("test_promotion")
class Custom(keras.layers.Layer):
    """A layer that plain Keras does not know."""

    def call(self, inputs):
        return inputs


def test_promotion_refuses_a_model_that_plain_keras_cannot_load(save, best, small_model):
    run = save("01_full", full=True)
    *body, head = portable(small_model).layers
    model = keras.Sequential([*body, Custom(), head])
    artifacts.export(model, run.model_file, SEVEN_EXPRESSIONS)
    model_record = replace(run.record.model, sha256=artifacts.sha256(run.model_file))
    artifacts.write_record(run.folder / "run.json", replace(run.record, model=model_record))
    with pytest.raises(ArtifactError, match="plain Keras"):
        promotion.promote("01_full")
    assert not best.exists()


# ---- what is shipped ------------------------------------------------------------------------------------------------


def test_the_shipped_model_is_fit_to_ship():
    folder = paths.best_dir()
    record = artifacts.read_record(folder / "run.json")
    assert record.full and record.data.name == "fer2013"
    assert record.class_names == SEVEN_EXPRESSIONS
    assert artifacts.sha256(folder / "model.keras") == record.model.sha256
    assert (folder / "model.keras").stat().st_size <= promotion.MAX_PROMOTED_BYTES
    assert record.metrics.test.n == 3589
    assert (folder / "MODEL_CARD.md").read_text() == promotion.model_card(record)


def test_the_card_tells_of_each_file_that_is_shipped():
    folder = paths.best_dir()
    card = (folder / "MODEL_CARD.md").read_text()
    assert (
        all(f"`{file.name}`" in card for file in folder.glob("model.*"))
        and len(list(folder.glob("model.*"))) == 3
    )


PLAIN_KERAS = """
import sys
import keras, numpy as np
pixels, truth = np.load(sys.argv[2]), np.load(sys.argv[3])
scores = keras.models.load_model(sys.argv[1]).predict(pixels, batch_size=256, verbose=0)
assert "emotion_lib" not in sys.modules and pixels.dtype == np.uint8 and pixels.max() > 200
print(len(truth), (scores.argmax(1) == truth).mean())
"""


@pytest.mark.skipif(not REAL_DATA, reason="FER2013_PATH does not name the real data")
def test_the_shipped_model_reaches_its_figure_in_plain_keras(tmp_path):
    """Raw pixels, in a process that does not know this library."""
    folder, test = paths.best_dir(), fer2013.load(REAL_DATA).test
    np.save(tmp_path / "pixels.npy", test.images[..., None])
    np.save(tmp_path / "truth.npy", test.labels)
    files = [folder / "model.keras", tmp_path / "pixels.npy", tmp_path / "truth.npy"]
    command = [sys.executable, "-c", PLAIN_KERAS, *map(str, files)]
    n, accuracy = subprocess.run(
        command, capture_output=True, text=True, check=True, cwd="/"
    ).stdout.split()
    recorded = json.loads((folder / "run.json").read_text())["metrics"]["test"]["accuracy"]
    assert (
        int(n) == 3589
        and float(accuracy) == pytest.approx(recorded, abs=0.001)
        and float(accuracy) >= 0.60
    )
