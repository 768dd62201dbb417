"""Tests of ``emotion export``."""

import shutil
import subprocess
import sys

import keras
import numpy as np
import pytest
from conftest import change_record, emotion, write_run

from emotion_lib import artifacts, paths
from emotion_lib.files import sha256
from emotion_lib.inference.compiled_file import read_alone
from emotion_lib.inference.predictor import Predictor
from emotion_lib.labels import SEVEN_EXPRESSIONS


@pytest.fixture
def export(monkeypatch, tmp_path):
    """Return a function that exports for LiteRT, and returns the exit status and the file."""

    def call(model, *options, out=tmp_path / "out.tflite"):
        arguments = ["export", model, "--format", "litert", "--out", out, *options]
        return emotion(monkeypatch, *arguments), out

    return call


def probabilities(predictor, photograph):
    (face,) = predictor.predict(photograph)
    assert tuple(face.probabilities) == predictor.class_names
    return np.array(list(face.probabilities.values()))


def test_a_predictor_answers_from_the_exported_file_alone(export, photograph, capsys, recwarn):
    shipped = paths.best_dir() / "model.keras"
    status, out = export(shipped)
    assert status == 0
    printed = capsys.readouterr().out
    assert "on 256 drawn faces, no probability differs" in printed
    assert "input: float32 (n, 48, 48, 1), gray pixels, 0 to 255" in printed
    assert f"classes: {', '.join(SEVEN_EXPRESSIONS)}" in printed and f"written: {out}" in printed
    predictor = Predictor.load(out)
    assert predictor.class_names == SEVEN_EXPRESSIONS and predictor.network.runtime == "litert"
    assert read_alone(out)[1].keras_sha256 == sha256(shipped)
    expected = probabilities(Predictor.load(runtime="keras"), photograph)
    np.testing.assert_allclose(probabilities(predictor, photograph), expected, atol=1e-4)
    assert not [warning for warning in recwarn if "out.tflite" in str(warning.message)]
    code = (
        "import sys\n"
        "from emotion_lib.inference.predictor import Predictor\n"
        f"print(Predictor.load({str(out)!r}).predict({str(photograph)!r})[0].label)\n"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "happy"
    assert export(out)[0] == 2  # it cannot be exported again
    assert "a model of LiteRT, which Keras does not load" in capsys.readouterr().err


def test_a_model_of_another_project(export, small_model, tmp_path, photograph, capsys):
    keras.Model(small_model.inputs[0], small_model.outputs[0]).save(tmp_path / "old.h5")
    options = ["--class-names", "g,f,e,d,c,b,a"]
    assert export(tmp_path / "old.h5", *options)[0] == 2
    assert "Expected --scaling, because nothing in" in capsys.readouterr().err
    status, out = export(tmp_path / "old.h5", *options, "--scaling", "0..1")
    assert status == 0
    predictor = Predictor.load(out)
    assert predictor.class_names == tuple("gfedcba")
    assert read_alone(out)[1].keras_sha256 is None
    face = np.full((1, 48, 48, 1), 200, np.uint8)
    expected = np.asarray(small_model.predict_on_batch(face / np.float32(255)))
    np.testing.assert_allclose(predictor.network(face), expected, atol=1e-4)


@pytest.mark.parametrize(
    ("outputs", "activation", "options"), [(2, None, ["--logits"]), (1, "sigmoid", [])]
)
def test_outputs_that_are_no_probabilities_yet(
    export, tmp_path, capsys, outputs, activation, options
):
    layers = [keras.layers.Flatten(), keras.layers.Dense(outputs, activation)]
    keras.Sequential([keras.Input((8, 8, 1)), *layers]).save(tmp_path / "m.keras")
    common = ["--class-names", "calm,tense", "--scaling", "0..1"]
    if options:
        assert export(tmp_path / "m.keras", *common)[0] == 2
        assert "or `emotion export FILE --logits" in capsys.readouterr().err
    status, out = export(tmp_path / "m.keras", *common, *options)
    assert status == 0
    scores = Predictor.load(out).network(np.full((3, 8, 8, 1), 50, np.uint8))
    assert scores.shape == (3, 2)
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-5)


def test_a_run_by_its_name(export, model_file, capsys):
    assert export("01_x")[0] == 2
    assert "or a recorded run whose model is here (none is)" in capsys.readouterr().err
    folder = write_run(paths.artifacts_dir(), "01_x/wide", class_names=list(SEVEN_EXPRESSIONS))
    assert export("01_x/wide")[0] == 2
    assert "no such file: models are not tracked" in (err := capsys.readouterr().err)
    assert "emotion run --again 01_x/wide" in err
    shutil.copy(model_file, folder / "model.keras")
    assert export("01_x/wide")[0] == 2
    assert "another file at" in capsys.readouterr().err
    change_record(folder, **{"model.sha256": sha256(folder / "model.keras")})
    assert export("01_x/wide")[0] == 0
    assert export("01_y")[0] == 2
    assert "(01_x/wide)" in capsys.readouterr().err


def test_a_trained_run_says_how_to_make_its_model(export, capsys):
    parameters = {"SEED": 0, "DATA": "mine"}
    folder = write_run(paths.artifacts_dir(), "own/mine", full=False, parameters=parameters)
    change_record(folder, **{"data.name": "image_folder"})
    assert export("own/mine")[0] == 2
    assert "emotion train mine --name own/mine" in capsys.readouterr().err


def test_no_output_replaces_anything_else(export, model_file, tmp_path, capsys):
    (tmp_path / "mine.tflite").write_bytes(b"mine")
    assert export(model_file, out=tmp_path / "mine.tflite")[0] == 2
    assert "of another origin" in capsys.readouterr().err
    assert (tmp_path / "mine.tflite").read_bytes() == b"mine"
    before = model_file.read_bytes()
    assert export(model_file, out=model_file)[0] == 2
    assert model_file.read_bytes() == before


def test_names_in_another_order_are_refused(export, model_file, capsys):
    assert export(model_file, "--class-names", ",".join(SEVEN_EXPRESSIONS[::-1]))[0] == 2
    assert "with surprise for the output angry" in capsys.readouterr().err
    assert artifacts.class_names(model_file) == SEVEN_EXPRESSIONS
