"""The command as users type it, in this process."""

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pandas as pd
import pytest
from conftest import emotion
from PIL import Image

from emotion_lib import paths
from emotion_lib.datasets.sources.synthetic import draw_face
from emotion_lib.inference.predictor import Predictor


@pytest.fixture
def mine(tmp_path):
    """Drawn faces in two folders of one's own, larger than FER-2013's."""
    rng = np.random.default_rng(0)
    for own, expression in (("Joy", "happy"), ("Anger", "angry")):
        folder = tmp_path / "mine" / own
        folder.mkdir(parents=True)
        for i in range(12):
            draw_face(expression, rng, 90).save(folder / f"{i}.png")
    return tmp_path / "mine"


def test_train_then_evaluate_then_serve(mine, monkeypatch, capsys, tmp_path):
    assert (
        emotion(monkeypatch, "train", mine, "--epochs", 1, "--head-epochs", 2, "--faces", "whole")
        == 0
    )
    out = capsys.readouterr().out
    model = paths.artifacts_dir() / "own" / "mine" / "model.keras"
    assert f"make app MODEL={model}" in out and "angry" in out
    record = json.loads((model.parent / "run.json").read_text())
    assert record["class_names"] == ["angry", "happy"] and not record["full"]
    assert not list(model.parent.rglob("checkpoint")) and not list(
        model.parent.rglob("cached_features")
    )
    assert (
        emotion(
            monkeypatch, "evaluate", model, mine, "--faces", "whole", "--out", tmp_path / "judged"
        )
        == 0
    )
    before = {file.name: file.read_bytes() for file in model.parent.iterdir() if file.is_file()}
    assert (
        emotion(monkeypatch, "train", mine, "--model", model, "--faces", "whole") == 2
    )  # it would replace its own start
    assert "Pass --name" in capsys.readouterr().err
    assert {
        file.name: file.read_bytes() for file in model.parent.iterdir() if file.is_file()
    } == before
    with monkeypatch.context() as stopped:
        stopped.setattr("emotion_lib.artifacts.save_run", Mock(side_effect=KeyboardInterrupt))
        assert (
            emotion(
                monkeypatch, "train", mine, "--epochs", 0, "--head-epochs", 1, "--faces", "whole"
            )
            != 0
        )
    assert {
        file.name: file.read_bytes() for file in model.parent.iterdir() if file.is_file()
    }.items() >= before.items()
    with monkeypatch.context() as other:
        other.setattr(
            "emotion_lib.files.folder_lock._lock", lambda file: False
        )  # as if another process held the folder
        assert (
            emotion(
                monkeypatch, "train", mine, "--epochs", 1, "--head-epochs", 1, "--faces", "whole"
            )
            == 2
        )
    assert f"Expected {model.parent} for this process alone" in capsys.readouterr().err
    assert emotion(monkeypatch, "train", mine, "--faces", "whole", "--name", "../../x") == 2
    assert "Received: '../../x'" in capsys.readouterr().err
    (mine / "Joy" / "0.png").unlink()  # other pictures under the same name
    assert (
        emotion(monkeypatch, "train", mine, "--epochs", 1, "--head-epochs", 1, "--faces", "whole")
        == 2
    )
    assert "Pass --name" in capsys.readouterr().err
    metrics = json.loads((tmp_path / "judged" / "metrics.json").read_text())
    assert metrics["n"] == 24 and set(metrics["recall"]) == {"angry", "happy"}
    assert (tmp_path / "judged" / "confusion.png").stat().st_size > 1000
    predictor = Predictor.load(model)  # as the page loads it
    assert predictor.class_names == ("angry", "happy")
    assert predictor.predict(np.asarray(Image.open(mine / "Joy" / "1.png").resize((48, 48))))


def test_evaluate_takes_old_files_with_their_own_scaling(mine, small_model, monkeypatch, tmp_path):
    file = tmp_path / "old.h5"
    small_model.save(file)
    arguments = ["evaluate", file, mine, "--faces", "whole", "--out", tmp_path / "out"]
    assert emotion(monkeypatch, *arguments) == 2  # nothing says what its outputs mean
    names = "angry,disgust,fear,happy,neutral,sad,surprise"
    assert emotion(monkeypatch, *arguments, "--class-names", names) == 0
    assert emotion(monkeypatch, *arguments, "--class-names", names, "--scaling", "0..255") == 2
    (tmp_path / "out" / "metrics.json").unlink()  # so that the figure may be anybody's
    (tmp_path / "out" / "confusion.png").write_bytes(b"anybody's")
    assert emotion(monkeypatch, *arguments, "--class-names", names) == 2
    assert (tmp_path / "out" / "confusion.png").read_bytes() == b"anybody's"


def save_model(tmp_path, inputs, outputs, names=("happy", "sad"), activation="softmax"):
    """An untrained model of shapes of its own."""
    import keras

    from emotion_lib import artifacts

    taken = [keras.Input(shape) for shape in inputs]
    flat = (
        keras.layers.Concatenate()([keras.layers.Flatten()(x) for x in taken])
        if len(taken) > 1
        else taken[0]
    )
    if len(taken) == 1 and len(inputs[0]) == 3:
        flat = keras.layers.GlobalAveragePooling2D()(
            keras.layers.Conv2D(2, 3, padding="same")(taken[0])
        )
    given = [keras.layers.Dense(n, activation=activation)(flat) for n in outputs]
    model = keras.Model(taken, given if len(given) > 1 else given[0])
    if len(taken) == len(given) == 1:
        return artifacts.export(model, tmp_path / "odd.keras", names)
    model.save(tmp_path / "odd.keras")
    return tmp_path / "odd.keras"


@pytest.mark.parametrize(
    ("inputs", "outputs", "received"),
    [
        ([(2304,)], [2], r"a model of \(2304,\) to \(2,\)"),
        ([(48, 48, 1), (10,)], [2], r"\(48, 48, 1\) and \(10,\) to"),
        ([(48, 48, 1)], [2, 2], r"to \(2,\) and \(2,\)"),
        ([(48, 48, 4)], [2], r"\(48, 48, 4\)"),
    ],
)
def test_evaluate_says_what_is_no_classifier_of_pictures(
    inputs, outputs, received, monkeypatch, capsys, tmp_path
):
    model = save_model(tmp_path, inputs, outputs)
    assert (
        emotion(
            monkeypatch,
            "evaluate",
            model,
            tmp_path,
            "--class-names",
            "happy,sad",
            "--out",
            tmp_path / "out",
        )
        == 2
    )
    err = capsys.readouterr().err
    assert "Expected a model of one picture (height, width" in err and re.search(received, err)


def test_evaluate_and_the_size_of_pictures(mine, model_file, monkeypatch, capsys, tmp_path):
    options = ["--faces", "whole", "--out", tmp_path / "out"]
    assert emotion(monkeypatch, "evaluate", model_file, mine, "--image-size", 64, *options) == 2
    assert "takes pictures of 48x48 px. Received: 64" in capsys.readouterr().err
    assert emotion(monkeypatch, "evaluate", model_file, mine, "--image-size", 48, *options) == 0
    capsys.readouterr()
    free = save_model(tmp_path, [(None, None, 1)], [2], names=("happy", "angry"))
    for data in (mine, "emoji"):
        assert emotion(monkeypatch, "evaluate", free, data, *options) == 2
        assert "Expected --image-size" in capsys.readouterr().err
    assert emotion(monkeypatch, "evaluate", free, mine, "--image-size", 32, *options) == 0


def test_evaluate_on_data_sets_by_name(model_file, monkeypatch, capsys, tmp_path):
    from emotion_lib import datasets
    from emotion_lib.labels import EIGHT_EXPRESSIONS

    monkeypatch.chdir(tmp_path)
    for name in ("image_folder", "multilabel_csv"):
        assert emotion(monkeypatch, "evaluate", model_file, name) == 2
        err = capsys.readouterr().err
        assert "Name the folder itself" in err and "'fer2013'" in err and f"'{name}'" not in err
    load = datasets.load

    def eight(name):  # as FER+ has them
        loaded = load("synthetic", n_train=7, n_val=7, n_test=28)
        return (
            replace(loaded, class_names=EIGHT_EXPRESSIONS)
            if name == "ferplus"
            else load(name, n=60)
        )

    monkeypatch.setattr(datasets, "load", eight)
    assert emotion(monkeypatch, "evaluate", model_file, "ferplus") == 0
    captured = capsys.readouterr()
    assert "does not know contempt" in captured.err and "ferplus: accuracy" in captured.out
    assert json.loads(Path("evaluation/metrics.json").read_text())["recall"]["contempt"] is None
    assert emotion(monkeypatch, "evaluate", model_file, "emoji_scenes") == 2
    assert "a picture of emoji_scenes may have several" in capsys.readouterr().err
    names = datasets.module("emoji_scenes").CLASS_NAMES
    sigmoid = save_model(tmp_path, [(64, 64, 3)], [10], names=names[::-1], activation="sigmoid")
    assert emotion(monkeypatch, "evaluate", sigmoid, "emoji_scenes") == 0
    assert "mean_average_precision" in json.loads(Path("evaluation/metrics.json").read_text())


def test_evaluate_a_folder_that_is_called_like_a_data_set(
    mine, model_file, monkeypatch, capsys, tmp_path
):
    monkeypatch.chdir(tmp_path)
    mine.rename("emoji")
    (tmp_path / "emoji" / "clip.mp4").write_bytes(b"video")
    assert emotion(monkeypatch, "evaluate", model_file, "emoji") == 2
    assert "Write ./emoji for the folder" in capsys.readouterr().err
    assert emotion(monkeypatch, "evaluate", model_file, "./emoji", "--faces", "whole") == 0
    captured = capsys.readouterr()
    assert "emoji: accuracy" in captured.out and "n = 24" in captured.out
    assert "note: passed over: 1 .mp4" in captured.err


def test_the_cache_of_cut_out_faces_is_named_by_how_they_are_cut(monkeypatch):
    from types import SimpleNamespace

    from emotion_lib.cli import labelled_pictures
    from emotion_lib.faces import detectors

    found = []
    for name, framing in (("one", 1.0), ("one", 1.1), ("two", 1.1)):
        monkeypatch.setattr(
            detectors, "load_detector", lambda n=name, f=framing: SimpleNamespace(name=n, framing=f)
        )
        found.append(labelled_pictures.face_cutter(labelled_pictures.Faces.find).detector_name)
    assert len(set(found)) == 3


def test_predict_files_folders_and_patterns(photograph, monkeypatch, capsys, tmp_path, model_file):
    folder = tmp_path / "pictures"
    (folder / "deep").mkdir(parents=True)
    for name in ("a.jpg", "deep/a.jpg"):
        shutil.copy(photograph, folder / name)
    (folder / "broken.png").write_bytes(b"nothing")
    (folder / "notes.txt").write_text("no picture")
    Image.new("RGB", (200, 200), "gray").save(folder / "empty.png")
    options = [
        "--model",
        model_file,
        "--csv",
        tmp_path / "out.csv",
        "--annotate",
        tmp_path / "boxes",
        "--abstain",
        0,
    ]
    assert emotion(monkeypatch, "predict", folder, *options) == 1  # one picture is broken
    captured = capsys.readouterr()
    assert "4 pictures, 2 faces; 1 without a face, 1 could not be used" in captured.err
    assert "empty.png: no face found" in captured.out and "no decoder" in captured.out
    table = pd.read_csv(tmp_path / "out.csv")
    assert (
        table["status"].tolist() == ["ok", "error", "ok", "no_face"] and table["face"].count() == 2
    )
    names = ["angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"]
    assert table[names].sum(axis=1)[0] == pytest.approx(1, abs=1e-3)
    assert sorted(p.name for p in (tmp_path / "boxes").iterdir()) == ["a-2.jpg", "a.jpg"]
    assert emotion(monkeypatch, "predict", f"{folder}/*.jpg", "--json", "--model", model_file) == 0
    (answer,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert answer["status"] == "ok" and set(answer["faces"][0]["probabilities"]) == set(names)
    assert emotion(monkeypatch, "predict", tmp_path / "nowhere.jpg", "--model", model_file) == 1
    assert emotion(monkeypatch, "predict", f"{tmp_path}/none*.jpg") == 2


def test_mistakes_end_in_one_message(monkeypatch, capsys, tmp_path, model_file):
    assert emotion(monkeypatch, "train", tmp_path / "nowhere") == 2
    assert "no such folder" in capsys.readouterr().err
    assert emotion(monkeypatch, "evaluate", tmp_path / "none.keras", tmp_path) == 2
    (tmp_path / "old.h5").write_bytes(b"nothing")
    assert emotion(monkeypatch, "evaluate", tmp_path / "old.h5", tmp_path) == 2
    assert "Expected a Keras model" in capsys.readouterr().err


def test_help_loads_nothing_heavy():
    heavy = ("keras", "tensorflow", "numpy", "cv2", "pandas")
    script = f"import sys, emotion_lib.cli; print([m for m in {heavy} if m in sys.modules])"
    start = time.perf_counter()
    answer = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]" and time.perf_counter() - start < 5


# ---- predict: what goes wrong on the way ----------------------------------------------------------------------------


@pytest.fixture
def pictures(tmp_path, photograph):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        shutil.copy(photograph, folder / name)
    return folder


def test_every_bad_picture_among_good_ones(pictures, monkeypatch, capsys, tmp_path):
    """Each is named with its reason; the good ones are read all the same."""
    good = (pictures / "a.jpg").read_bytes()
    bad = {
        "empty.jpg": b"",
        "text.jpg": b"not a picture",
        "cut.jpg": good[: len(good) // 2],
        "cut.png": b"\x89PNG\r\n\x1a\n",
    }
    for name, content in bad.items():
        (pictures / name).write_bytes(content)
    Image.new("RGB", (8, 8)).save(pictures / "tiny.png")
    Image.new("1", (20000, 20000)).save(pictures / "huge.png")
    Image.new("CMYK", (300, 300)).save(pictures / "no_face.jpg")
    assert emotion(monkeypatch, "predict", pictures, "--csv", tmp_path / "f.csv") == 1
    out, err = capsys.readouterr()
    assert "10 pictures, 3 faces; 1 without a face, 6 could not be used" in err
    for name in (*bad, "tiny.png", "huge.png"):
        assert f"{pictures / name}: Expected" in err and f"{pictures / name}: Expected" in out
    table = pd.read_csv(tmp_path / "f.csv")
    assert table["status"].value_counts().to_dict() == {"error": 6, "ok": 3, "no_face": 1}


def test_a_full_disk_costs_copies_not_answers(pictures, monkeypatch, capsys, tmp_path):
    """One copy fits, then the disk is full."""
    save, room = Image.Image.save, [1]

    def full(image, target, *arguments, **options):
        if not room:
            target.write_bytes(b"half a pict")
            raise OSError(28, "No space left on device")
        room.pop()
        save(image, target, *arguments, **options)

    monkeypatch.setattr(Image.Image, "save", full)
    assert (
        emotion(
            monkeypatch,
            "predict",
            pictures,
            "--annotate",
            tmp_path / "copies",
            "--csv",
            tmp_path / "f.csv",
        )
        == 1
    )
    err = capsys.readouterr().err
    assert (
        "3 faces" in err
        and "1 annotated, 2 copies could not be written" in err
        and "No space left" in err
    )
    assert [p.name for p in (tmp_path / "copies").iterdir()] == ["a.jpg"]  # nothing half written
    assert len(pd.read_csv(tmp_path / "f.csv")) == 3


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_device_ends_before_pictures_are_read(pictures, monkeypatch, capsys):
    assert emotion(monkeypatch, "predict", pictures, "--csv", "/dev/full") == 2
    out, err = capsys.readouterr()
    assert "No space left" in err and not out


def test_a_full_disk_ends_the_table_and_says_where(pictures, monkeypatch, capsys, tmp_path):
    """The disk is full in the midst of a row."""
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    assert emotion(monkeypatch, "predict", pictures / "a.jpg", "--csv", tmp_path / "f.csv") == 0
    room = (tmp_path / "f.csv").stat().st_size + 20
    capsys.readouterr()
    with open(os.devnull, "w") as nowhere, monkeypatch.context() as patch:
        # What pytest captures goes into a file too, which the limit would stop.
        patch.setattr(sys, "stdout", nowhere)
        patch.setattr(sys, "stderr", text := io.StringIO())
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
        try:
            assert emotion(monkeypatch, "predict", pictures, "--csv", tmp_path / "f.csv") == 2
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert "stopped after 1 of 3 pictures" in text.getvalue()
    table = pd.read_csv(tmp_path / "f.csv")
    assert table["file"].tolist() == [str(pictures / "a.jpg")] and table.notna()["surprise"].all()


# ---- predict: what it may replace, and what it reads ----------------------------------------------------------------


def test_outputs_never_replace_pictures(pictures, monkeypatch, capsys):
    before = {path: path.read_bytes() for path in pictures.iterdir()}
    for _ in range(2):  # the second time, the copies of the first are neither read nor multiplied
        assert emotion(monkeypatch, "predict", pictures, "--annotate", pictures) == 0
        assert "3 pictures, 3 faces" in capsys.readouterr().err
        assert sorted(path.name for path in pictures.iterdir() if path not in before) == [
            "a-2.jpg",
            "b-2.jpg",
            "c-2.jpg",
        ]
    assert emotion(monkeypatch, "predict", pictures, "--csv", pictures / "a.jpg") == 2
    out, err = capsys.readouterr()
    assert "one of the pictures" in err and not out
    assert {path: path.read_bytes() for path in before} == before


def test_a_picture_is_read_once(pictures, monkeypatch, capsys, tmp_path):
    (tmp_path / "linked").symlink_to(pictures)
    (pictures / "deep").mkdir()
    monkeypatch.chdir(tmp_path)
    sources = [
        "pictures",
        "pictures/",
        tmp_path / "pictures",
        "pictures/a.jpg",
        "pictures/deep/../b.jpg",
        "linked",
        "pi*/*.jpg",
    ]
    assert emotion(monkeypatch, "predict", *sources) == 0
    out, err = capsys.readouterr()
    assert "3 pictures, 3 faces" in err
    assert [line.split()[0] for line in out.splitlines()] == [
        f"pictures/{name}.jpg" for name in "abc"
    ]


def test_what_is_passed_over_is_counted(pictures, monkeypatch, capsys, tmp_path):
    (pictures / "a.jpg").rename(pictures / "a.jfif")
    (pictures / ".hidden.jpg").write_bytes(b"")
    (pictures / "clip.mp4").write_bytes(b"")
    (pictures / "gone.jpg").symlink_to(tmp_path / "nowhere")
    more = tmp_path / "more"
    more.mkdir()
    shutil.move(pictures / "c.jpg", more)
    (pictures / "linked").symlink_to(more)
    assert emotion(monkeypatch, "predict", pictures) == 0
    out, err = capsys.readouterr()
    assert "3 pictures, 3 faces" in err and "passed over: 1 .mp4, 1 dangling links, 1 hidden" in err
    assert "a.jfif" in out and "linked/c.jpg" in out
    (more / "c.jpg").unlink()
    (more / "clip.mp4").write_bytes(b"")
    assert emotion(monkeypatch, "predict", more) == 2
    assert "(passed over: 1 .mp4)" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [["predict", ""], ["predict", ".", "--csv="], ["evaluate", "m.keras", "d", "--out", ""]],
)
def test_an_empty_argument_is_not_the_current_folder(arguments, pictures, monkeypatch, capsys):
    monkeypatch.chdir(pictures)
    assert emotion(monkeypatch, *arguments) == 2
    out, err = capsys.readouterr()
    assert "empty argument" in err and not out


def test_odd_names(pictures, monkeypatch, capsysbinary, tmp_path):
    """Not UTF-8, a colon, a tilde of nobody, longer than any file's."""
    monkeypatch.chdir(pictures)
    names = [os.fsdecode(b"caf\xe9.jpg"), os.fsdecode(b"caf\xe8.jpg"), "12:30.jpg", "~nobody.jpg"]
    for name in names:
        shutil.copy("a.jpg", name)
    Path(os.fsdecode(b"bad\xe9.jpg")).write_bytes(b"nothing")
    names += [os.fsdecode(b"bad\xe9.jpg"), "x" * 300 + ".jpg"]
    texts = [
        "caf\\xe9.jpg",
        "caf\\xe8.jpg",
        "12:30.jpg",
        "~nobody.jpg",
        "bad\\xe9.jpg",
        "x" * 300 + ".jpg",
    ]
    options = ["--csv", tmp_path / "f.csv", "--annotate", "boxes"]
    assert emotion(monkeypatch, "predict", *names, "--json", *options) == 1
    answers = [json.loads(line) for line in capsysbinary.readouterr().out.decode().splitlines()]
    assert [answer["file"] for answer in answers] == texts
    assert [answer["status"] for answer in answers] == ["ok"] * 4 + ["error"] * 2
    assert "bad\\xe9.jpg" in answers[4]["error"]
    assert pd.read_csv(tmp_path / "f.csv")["file"].tolist() == texts
    assert os.path.exists(os.path.join("boxes", names[0])) and len(os.listdir("boxes")) == 4
    assert emotion(monkeypatch, "predict", *names) == 1
    lines = capsysbinary.readouterr().out.decode().splitlines()
    assert [line.startswith(text) for line, text in zip(lines, texts, strict=True)] == [True] * 6


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("a decoder's own"), KeyError("x"), EOFError()]
)
def test_one_picture_never_ends_the_batch(error, pictures, monkeypatch, capsys):
    """Whatever a library raises: while it is read, searched or classified."""
    from emotion_lib.inference import predictor

    read, scores = predictor.read_image, Predictor._raw_scores

    def read_or_fail(source, **options):
        if Path(source).name == "a.jpg":
            raise error
        return read(source, **options)

    def scores_or_fail(self, crops):
        if len(crops) > 1 or not scored:
            scored.append(len(crops))
            raise error
        return scores(self, crops)

    scored = [0]  # the batch of two fails, then each alone does not
    monkeypatch.setattr(predictor, "read_image", read_or_fail)
    monkeypatch.setattr(Predictor, "_raw_scores", scores_or_fail)
    assert emotion(monkeypatch, "predict", pictures) == 1
    out, err = capsys.readouterr()
    assert "3 pictures, 2 faces; 0 without a face, 1 could not be used" in err and scored == [0, 2]
    assert f"Expected to read {pictures / 'a.jpg'}. Received: {type(error).__name__}" in out
    scored.clear()  # now the first picture fails alone too
    assert emotion(monkeypatch, "predict", pictures / "b.jpg") == 1
    assert (
        f"Expected to read {pictures / 'b.jpg'}. Received: {type(error).__name__}"
        in capsys.readouterr().out
    )


@pytest.mark.parametrize("command", ["predict", "models"])
def test_a_reader_that_has_enough_ends_the_command_quietly(command, pictures, monkeypatch, capsys):
    """As in emotion predict pictures | head -1."""
    reading, writing = os.pipe()
    os.close(reading)
    with monkeypatch.context() as patch, open(writing, "w") as broken:
        patch.setattr(sys, "stdout", broken)
        assert emotion(monkeypatch, command, *([pictures] if command == "predict" else [])) == 141
    assert capsys.readouterr().err == ""


def test_opencv_without_its_system_library(pictures, monkeypatch, capsys):
    def broken(*arguments, **options):
        raise ImportError("libGL.so.1: cannot open shared object file")

    monkeypatch.setattr(Predictor, "load", broken)
    assert emotion(monkeypatch, "predict", pictures) == 2
    assert "libgl1" in capsys.readouterr().err


def test_a_backend_that_is_not_installed(pictures, monkeypatch, capsys):
    def missing(*arguments, **options):
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    monkeypatch.setattr(Predictor, "load", missing)
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    assert emotion(monkeypatch, "predict", pictures) == 2
    assert "Received: torch, which is not installed" in capsys.readouterr().err
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    with pytest.raises(ModuleNotFoundError):  # a bug, whose traceback is wanted
        emotion(monkeypatch, "predict", pictures)


def test_ctrl_c_leaves_what_is_done(pictures, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(Predictor, "PICTURES_PER_BATCH", 1)
    scores, calls = Predictor._raw_scores, []

    def interrupted(self, crops):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return scores(self, crops)

    monkeypatch.setattr(Predictor, "_raw_scores", interrupted)
    assert emotion(monkeypatch, "predict", pictures, "--csv", tmp_path / "f.csv") == 130
    assert "interrupted after 2 of 3 pictures" in capsys.readouterr().err
    assert len(pd.read_csv(tmp_path / "f.csv")) == 2


# ---- video and live -------------------------------------------------------------------------------------------------


@pytest.fixture
def clip(photograph, write_video):
    portrait = np.asarray(Image.open(photograph).convert("RGB").resize((320, 320)))
    return write_video([portrait] * 30, name="clip.mp4")


def test_video(clip, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert emotion(monkeypatch, "video", clip, "--annotate", "--smoothing", "majority") == 0
    out, err = capsys.readouterr()
    assert out.startswith("face 1: happy 1.") and "30 frames, 30 faces" in err
    assert sorted(p.name for p in (tmp_path / "clip").glob("[!.]*")) == [
        "annotated.mp4",
        "timeline.csv",
        "timeline.png",
    ]


def stopping(error, after=10):
    """A reading of a video that ends in an error after some frames."""
    from emotion_lib.video import moments

    original = moments.read_moments

    def some(*arguments, **options):
        for index, moment in enumerate(original(*arguments, **options)):
            if index == after:
                raise error
            yield moment

    return some


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (KeyboardInterrupt(), 130, "interrupted"),
        (
            OSError(28, "No space left on device", "out/timeline.csv"),
            2,
            "No space left on device: 'out/timeline.csv'",
        ),
    ],
)
def test_video_interrupted_or_on_a_full_disk_keeps_what_was_read(
    error, status, message, clip, monkeypatch, capsys, tmp_path
):
    from emotion_lib.video import moments

    monkeypatch.setattr(moments, "read_moments", stopping(error))
    assert emotion(monkeypatch, "video", clip, "--out", tmp_path / "out") == status
    out, err = capsys.readouterr()
    assert message in err and "10 frames" in err and "face 1: happy 0.4 s" in out
    assert len(pd.read_csv(tmp_path / "out" / "timeline.csv")) == 10
    assert (tmp_path / "out" / "timeline.png").is_file()


@pytest.fixture
def sigterm():
    """Restores the handler, and keeps a signal that nobody handles from ending the tests."""
    before = signal.signal(signal.SIGTERM, lambda *arguments: None)
    yield lambda: signal.raise_signal(signal.SIGTERM)
    signal.signal(signal.SIGTERM, before)


def test_sigterm_ends_a_video_like_ctrl_c(sigterm, clip, monkeypatch, capsys, tmp_path):
    from emotion_lib.video import moments

    original = moments.read_moments

    def terminated(*arguments, **options):
        for index, moment in enumerate(original(*arguments, **options)):
            if index == 10:
                sigterm()
            yield moment

    monkeypatch.setattr(moments, "read_moments", terminated)
    assert emotion(monkeypatch, "video", clip, "--out", tmp_path / "out") == 130
    out, err = capsys.readouterr()
    assert "interrupted" in err and "face 1: happy 0.4 s" in out
    assert len(pd.read_csv(tmp_path / "out" / "timeline.csv")) == 10


def test_sigterm_ends_predict_like_ctrl_c(sigterm, pictures, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(Predictor, "PICTURES_PER_BATCH", 1)
    scores, calls = Predictor._raw_scores, []

    def terminated(self, crops):
        calls.append(1)
        if len(calls) == 3:
            sigterm()
        return scores(self, crops)

    monkeypatch.setattr(Predictor, "_raw_scores", terminated)
    assert emotion(monkeypatch, "predict", pictures, "--csv", tmp_path / "f.csv") == 130
    assert len(pd.read_csv(tmp_path / "f.csv")) == 2


def test_video_of_a_name_that_is_not_utf8(clip, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    name = os.fsdecode(b"caf\xe9.mp4")
    try:
        clip.rename(tmp_path / name)
    except OSError:
        pytest.skip("this file system does not take the name")
    assert emotion(monkeypatch, "video", name, "--annotate") == 0
    assert "written: caf\\xe9/timeline.csv, caf\\xe9/annotated.mp4" in capsys.readouterr().err
    assert (tmp_path / os.fsdecode(b"caf\xe9") / "annotated.mp4").stat().st_size > 1000


def test_video_that_is_damaged(clip, monkeypatch, capsys, tmp_path):
    data = clip.read_bytes()
    middle = data.index(b"mdat") + 4 + (len(data) - data.index(b"mdat")) // 3
    clip.write_bytes(data[:middle] + bytes(2000) + data[middle + 2000 :])
    assert emotion(monkeypatch, "video", clip, "--out", tmp_path / "out") == 1
    assert f"{clip}: damaged, or cut off: " in capsys.readouterr().err
    assert len(pd.read_csv(tmp_path / "out" / "timeline.csv")) > 5


def test_video_on_a_full_disk_keeps_the_table_and_names_the_copy(
    clip, monkeypatch, capsys, tmp_path
):
    """The disk takes the small rows, but neither the annotated copy nor the figure."""
    from matplotlib.figure import Figure

    from emotion_lib.video.writer import VideoWriter

    def full(self, target, *arguments, **options):
        raise OSError(28, "No space left on device", str(target))

    monkeypatch.setattr(Figure, "savefig", full)
    monkeypatch.setattr(VideoWriter, "write", lambda self, moment: full(self, self.path))
    assert emotion(monkeypatch, "video", clip, "--annotate", "--out", tmp_path / "out") == 2
    out, err = capsys.readouterr()
    assert out.startswith("face 1: happy 1.") and err.count("No space left on device") == 1
    assert (
        f"Received: [Errno 28] No space left on device: '{tmp_path / 'out' / 'annotated.mp4'}'"
        in err
    )
    assert len(pd.read_csv(tmp_path / "out" / "timeline.csv")) == 30
    assert not (tmp_path / "out" / "timeline.png").exists()


def test_video_on_a_disk_that_is_full_from_the_start(clip, monkeypatch, capsys, tmp_path):
    from emotion_lib.cli import output_folder

    def full(path, text):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(output_folder, "write_text", full)
    assert emotion(monkeypatch, "video", clip, "--out", tmp_path / "out") == 2
    assert f"No space left on device: '{tmp_path / 'out'}'" in capsys.readouterr().err


def test_video_replaces_its_own_earlier_outputs_only(clip, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert emotion(monkeypatch, "video", clip, "--annotate") == 0
    before = {path.name: path.read_bytes() for path in (tmp_path / "clip").iterdir()}
    copy = tmp_path / "clip" / "annotated.mp4"
    for source, options in ((copy, ["--annotate"]), (copy, [])):
        capsys.readouterr()
        assert emotion(monkeypatch, "video", source, "--out", "clip", *options) == 2
        assert "Choose another --out" in capsys.readouterr().err
        assert {path.name: path.read_bytes() for path in (tmp_path / "clip").iterdir()} == before
    assert emotion(monkeypatch, "video", clip) == 0  # again
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "timeline.png").write_text("somebody's")
    assert emotion(monkeypatch, "video", clip, "--out", "mine") == 2
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["timeline.png"]
    assert emotion(monkeypatch, "video", clip, "--out", clip) == 2


def test_videos_of_one_name_go_to_folders_of_their_own(clip, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    bare = tmp_path / "party"
    shutil.copy(clip, bare)
    assert (
        emotion(monkeypatch, "video", "party") == 0
        and (tmp_path / "party_video" / "timeline.csv").is_file()
    )
    bare.unlink()
    for name in ("party.mp4", "party.mov"):
        shutil.copy(clip, tmp_path / name)
        assert emotion(monkeypatch, "video", name) == 0
    assert "party_mov/timeline.csv" in capsys.readouterr().err
    assert (tmp_path / "party" / "timeline.csv").is_file()


def test_video_that_is_none(monkeypatch, capsys, tmp_path):
    (tmp_path / "x.mp4").write_text("hello")
    assert emotion(monkeypatch, "video", tmp_path / "x.mp4", "--out", tmp_path / "out") == 2
    assert "finds none" in capsys.readouterr().err and not (tmp_path / "out").exists()


def test_live(clip, monkeypatch, capsys, tmp_path):
    assert (
        emotion(monkeypatch, "live", clip, "--no-window", "--out", tmp_path / "out") == 1
    )  # the file ends by itself
    out, err = capsys.readouterr()
    assert "face 1: happy" in out and "gave no more pictures after" in err
    assert len(pd.read_csv(tmp_path / "out" / "timeline.csv")) >= 3
    assert (
        emotion(monkeypatch, "live", clip, "--no-window", "--out", tmp_path / "out") == 2
    )  # it cannot be repeated
    assert "timeline.csv was not made from this source" in capsys.readouterr().err
    assert emotion(monkeypatch, "live", 97, "--no-window", "--out", tmp_path / "none") == 2
    assert not (tmp_path / "none" / "timeline.csv").exists()
    assert emotion(monkeypatch, "live", clip, "--no-window") == 2
    assert "Expected --out FOLDER" in capsys.readouterr().err
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    if sys.platform == "linux":
        assert emotion(monkeypatch, "live") == 2
        assert "DISPLAY is not set" in capsys.readouterr().err


# ---- models and app -------------------------------------------------------------------------------------------------


def test_models(save, monkeypatch, capsys):
    save("01_full", full=True)
    assert emotion(monkeypatch, "models", "--json") == 0
    shipped, own = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (
        shipped["name"] == "shipped"
        and shipped["n"] == 3589
        and shipped["file"].endswith("best/model.keras")
    )
    assert own["name"] == "01_full" and own["n"] == 28
    assert emotion(monkeypatch, "models") == 0
    first, *others = capsys.readouterr().out.splitlines()[1:]
    assert first.startswith("shipped  fer2013") and "3,589" in first and len(others) == 1
    stray = paths.artifacts_dir() / "wandb" / "run.json"
    stray.parent.mkdir()
    stray.write_text('{"a": 1}')
    with pytest.warns(RuntimeWarning, match=r"wandb/run\.json"):
        assert emotion(monkeypatch, "models") == 0
    assert "01_full" in capsys.readouterr().out


def test_app_passes_its_options_on(monkeypatch, capsys, tmp_path):
    assert emotion(monkeypatch, "app", "--model", tmp_path / "none.keras", "--port", 7999) == 2
    assert "none.keras" in capsys.readouterr().err
