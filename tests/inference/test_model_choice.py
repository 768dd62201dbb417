"""Names of models: which file each stands for, and what is said where there is none."""

import pytest
from conftest import change_record, write_run

from emotion_lib import paths
from emotion_lib.artifacts import ArtifactError
from emotion_lib.errors import ModelError
from emotion_lib.files import printable, sha256
from emotion_lib.inference.model_choice import ensemble_here, model_choice
from emotion_lib.labels import SEVEN_EXPRESSIONS

BEST = paths.best_dir() / "model.keras"


@pytest.fixture
def write_model():
    """Return a function that writes a run whose model file is here, of any bytes."""

    def write(name, *, accuracy=0.5, made_of=None, class_names=SEVEN_EXPRESSIONS, data="fer2013"):
        folder = write_run(paths.artifacts_dir(), name, class_names=list(class_names))
        file = folder / "model.keras"
        file.write_bytes(name.encode())
        changes = {"model.sha256": sha256(file), "model.bytes": file.stat().st_size}
        changes |= {"data.name": data, "metrics.val.accuracy": accuracy}
        if made_of:
            changes |= {"model.made_of": {made_of: "0" * 64}, "training.epochs": 0}
        change_record(folder, **changes)
        return file

    return write


@pytest.mark.parametrize(
    ("name", "runtime"), [(None, "auto"), ("best", "auto"), ("best int8", "int8"), ("int8", "int8")]
)
def test_the_shipped_model_has_short_names(name, runtime):
    choice = model_choice(name)
    assert (choice.file, choice.runtime) == (BEST, runtime)


def test_a_run_is_named_by_its_name_its_folder_or_its_file(write_model):
    file = write_model("13_x/seed-0")
    for name in ("13_x/seed-0", file.parent, file):
        assert model_choice(name).file == file
    assert model_choice("13_x/seed-0").name == "13_x/seed-0"
    file.write_bytes(b"of another training")
    for name in ("13_x/seed-0", file.parent):
        with pytest.raises(ArtifactError, match="emotion run --again 13_x/seed-0"):
            model_choice(name)
    assert model_choice(file).file == file  # as it is named itself


def test_a_file_need_not_be_of_a_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "best").write_bytes(b"of another format")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "model.keras").write_bytes(b"")
    assert model_choice("./best").file.read_bytes() == b"of another format"
    assert model_choice("best").file == BEST
    assert str(model_choice("gone.tflite").file) == "gone.tflite"
    assert model_choice("folder").file.name == "model.keras"


def test_a_run_may_have_the_name_of_a_file(write_model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = write_model("own.keras")
    assert model_choice("own.keras").file == run
    (tmp_path / "own.keras").write_bytes(b"a file of this name")
    assert str(model_choice("own.keras").file) == "own.keras"


@pytest.mark.parametrize("name", ["nowhere", "/nowhere", "13_x", "..", "", "a\0b"])
def test_an_unknown_name_lists_what_is_here(write_model, name):
    write_model("13_x/seed-0")
    with pytest.raises(ArtifactError) as caught:
        model_choice(name)
    assert "Expected best, best int8, ensemble, a .keras or .tflite file" in str(caught.value)
    assert "(13_x/seed-0)" in str(caught.value)
    assert f"Received: {printable(name)}." in str(caught.value)


def test_the_ensemble_is_the_most_accurate_one_on_validation(write_model):
    write_model("13_x/seed-0", accuracy=0.9)
    write_model("14_x/student", accuracy=0.95)
    write_model("14_x/worse", accuracy=0.6, made_of="13_x/seed-0")
    file = write_model("14_x/better", accuracy=0.7, made_of="13_x/seed-0")
    write_model("07_x", accuracy=0.99, made_of="13_x/seed-0", class_names=["happy", "sad"])
    assert model_choice("ensemble").file == file
    assert model_choice("ensemble").name == "ensemble"
    assert ensemble_here().name == "14_x/better"


def test_the_ensemble_answers_by_the_labels_of_the_shipped_model(
    write_model, monkeypatch, tmp_path
):
    own = write_model("14_x/ensemble", accuracy=0.7, made_of="13_x/seed-0")
    perceived = write_model(
        "14_x/ensemble/perceived", accuracy=0.85, made_of="13_x/p", data="ferplus perceived"
    )
    served = write_run(tmp_path, "served", class_names=list(SEVEN_EXPRESSIONS))
    monkeypatch.setattr("emotion_lib.inference.model_choice.best_dir", lambda: served)
    for data, expected in (("ferplus perceived", perceived), ("fer2013", own)):
        change_record(served, **{"data.name": data})
        assert model_choice("ensemble").file == expected
    own.unlink()
    assert model_choice("ensemble").file == perceived  # there is no other


def test_an_ensemble_whose_file_is_missing_says_how_to_get_it(write_model):
    file = write_model("14_x/ensemble", made_of="13_x/seed-0")
    change_record(file.parent, **{"model.bytes": 75_948_955})  # another file is here
    with pytest.raises(ArtifactError) as caught:
        model_choice("ensemble")
    assert "14_x/ensemble (76 MB)" in str(caught.value)
    assert "not shipped, because of its size" in str(caught.value)
    assert "`make champion` makes one" in str(caught.value)
    change_record(file.parent, **{"model.bytes": file.stat().st_size, "model.sha256": "0" * 64})
    with pytest.raises(ArtifactError, match="emotion run --again 14_x/ensemble"):
        model_choice("ensemble")
    assert ensemble_here() is not None  # its digest is compared when it is loaded


def test_runs_that_are_not_full_and_records_of_others_are_left_out(write_model):
    trial = write_model("smoke/14_x", made_of="13_x/seed-0")
    change_record(trial.parent, full=False)
    write_model("14_copied", made_of="13_x/seed-0")
    copied = paths.artifacts_dir() / "14_copied"
    copied.rename(paths.artifacts_dir() / "elsewhere")
    damaged = write_model("14_damaged", made_of="13_x/seed-0")
    (damaged.parent / "run.json").write_text("{")
    assert ensemble_here() is None


def test_what_needs_keras_refuses_a_compiled_form():
    assert model_choice("best").keras_file() == BEST
    with pytest.raises(ModelError, match="Received: best int8, which LiteRT"):
        model_choice("int8").keras_file()


def test_a_name_and_a_runtime_must_agree():
    assert model_choice("best").runtime_of("keras") == "keras"
    assert model_choice("int8").runtime_of("auto") == "int8"
    assert model_choice("int8").runtime_of("int8") == "int8"
    with pytest.raises(ModelError, match=r"int8 or auto for best int8\. Received: keras"):
        model_choice("int8").runtime_of("keras")
