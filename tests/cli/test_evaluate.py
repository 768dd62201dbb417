"""Tests of ``emotion evaluate``."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import emotion
from PIL import Image

from emotion_lib.cli.evaluation_folder import check_evaluation
from emotion_lib.cli.output_folder import OutputError


def save_model(tmp_path, inputs, outputs, names=("happy", "sad"), activation="softmax"):
    """Write an untrained model with inputs and outputs of these shapes."""
    import keras

    from emotion_lib import artifacts

    keras.utils.set_random_seed(0)  # two sigmoids may add up to 1 by chance
    tensors = [keras.Input(shape) for shape in inputs]
    if len(tensors) > 1:
        flat = keras.layers.Concatenate()([keras.layers.Flatten()(tensor) for tensor in tensors])
    elif len(inputs[0]) == 3:
        features = keras.layers.Conv2D(2, 3, padding="same")(tensors[0])
        flat = keras.layers.GlobalAveragePooling2D()(features)
    else:
        flat = tensors[0]
    scores = [keras.layers.Dense(n, activation=activation)(flat) for n in outputs]
    model = keras.Model(tensors, scores if len(scores) > 1 else scores[0])
    if len(tensors) == len(scores) == 1:
        return artifacts.export(model, tmp_path / "odd.keras", names)
    model.save(tmp_path / "odd.keras")
    return tmp_path / "odd.keras"


def test_old_files_with_another_scaling(mine, small_model, monkeypatch, tmp_path):
    file = tmp_path / "old.h5"
    small_model.save(file)
    arguments = ["evaluate", file, mine, "--faces", "whole", "--out", tmp_path / "out"]
    assert emotion(monkeypatch, *arguments) == 2  # the file does not name its outputs
    names = "angry,disgust,fear,happy,neutral,sad,surprise"
    assert emotion(monkeypatch, *arguments, "--class-names", names) == 0
    assert emotion(monkeypatch, *arguments, "--class-names", names, "--scaling", "0..255") == 2
    # Without metrics.json, the figure may be of another origin.
    (tmp_path / "out" / "metrics.json").unlink()
    (tmp_path / "out" / "confusion.png").write_bytes(b"another")
    assert emotion(monkeypatch, *arguments, "--class-names", names) == 2
    assert (tmp_path / "out" / "confusion.png").read_bytes() == b"another"


@pytest.mark.parametrize(
    ("inputs", "outputs", "received"),
    [
        ([(2304,)], [2], r"a model of \(2304,\) to \(2,\)"),
        ([(48, 48, 1), (10,)], [2], r"\(48, 48, 1\) and \(10,\) to"),
        ([(48, 48, 1)], [2, 2], r"to \(2,\) and \(2,\)"),
        ([(48, 48, 4)], [2], r"\(48, 48, 4\)"),
    ],
)
def test_a_model_that_is_not_a_classifier_of_pictures(
    inputs, outputs, received, monkeypatch, capsys, tmp_path
):
    model = save_model(tmp_path, inputs, outputs)
    options = ["--class-names", "happy,sad", "--out", tmp_path / "out"]
    assert emotion(monkeypatch, "evaluate", model, tmp_path, *options) == 2
    err = capsys.readouterr().err
    assert "Expected a model of one picture (height, width" in err
    assert re.search(received, err)


def test_the_size_of_pictures(mine, model_file, monkeypatch, capsys, tmp_path):
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


@pytest.mark.parametrize(
    ("outputs", "activation", "remedy"),
    [(2, None, "--logits"), (2, "sigmoid", "has no most probable class"), (1, None, "a logit")],
)
def test_outputs_that_are_no_probabilities(
    mine, monkeypatch, capsys, tmp_path, outputs, activation, remedy
):
    names = ("angry", "happy")[:outputs]
    model = save_model(tmp_path, [(8, 8, 1)], [outputs], names, activation)
    options = ["--faces", "whole", "--out", tmp_path / "out"]
    assert emotion(monkeypatch, "evaluate", model, mine, *options) == 2
    assert remedy in capsys.readouterr().err
    assert not (tmp_path / "out" / "metrics.json").exists()


def test_logits_and_a_single_sigmoid(mine, monkeypatch, capsys, tmp_path):
    options = ["--faces", "whole", "--out", tmp_path / "out"]
    model = save_model(tmp_path, [(8, 8, 1)], [2], ("angry", "happy"), None)
    assert emotion(monkeypatch, "evaluate", model, mine, "--logits", *options) == 0
    model = save_model(tmp_path, [(8, 8, 1)], [1], ("happy",), "sigmoid")
    assert emotion(monkeypatch, "evaluate", model, mine, *options) == 2
    assert "Expected 2 class names" in capsys.readouterr().err
    options += ["--class-names", "angry,happy"]
    assert emotion(monkeypatch, "evaluate", model, mine, *options) == 0
    assert "probability of happy; angry gets the rest" in capsys.readouterr().err


def test_class_names_in_another_order_than_the_file_s(mine, monkeypatch, capsys, tmp_path):
    model = save_model(tmp_path, [(8, 8, 1)], [2], ("angry", "happy"))
    options = ["--faces", "whole", "--out", tmp_path / "out", "--class-names"]
    assert emotion(monkeypatch, "evaluate", model, mine, *options, "happy,angry") == 2
    assert "holds: angry,happy. Received: happy,angry" in capsys.readouterr().err
    assert emotion(monkeypatch, "evaluate", model, mine, *options, "Anger,Joy") == 0


def test_data_sets_by_name(model_file, monkeypatch, capsys, tmp_path):
    from emotion_lib import datasets
    from emotion_lib.labels import EIGHT_EXPRESSIONS

    monkeypatch.chdir(tmp_path)
    for name in ("image_folder", "multilabel_csv"):
        assert emotion(monkeypatch, "evaluate", model_file, name) == 2
        err = capsys.readouterr().err
        assert "Name the folder itself" in err
        assert "'fer2013'" in err and f"'{name}'" not in err
    load = datasets.load

    def load_small(name):
        if name != "ferplus":
            return load(name, n=60)
        faces = load("synthetic", n_train=7, n_val=7, n_test=28)
        return replace(faces, class_names=EIGHT_EXPRESSIONS)

    monkeypatch.setattr(datasets, "load", load_small)
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


def test_a_folder_with_the_name_of_a_data_set(mine, model_file, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    mine.rename("emoji")
    (tmp_path / "emoji" / "clip.mp4").write_bytes(b"video")
    assert emotion(monkeypatch, "evaluate", model_file, "emoji") == 2
    assert "Write ./emoji for the folder" in capsys.readouterr().err
    assert emotion(monkeypatch, "evaluate", model_file, "./emoji", "--faces", "whole") == 0
    captured = capsys.readouterr()
    assert "emoji: accuracy" in captured.out and "n = 24" in captured.out
    assert "note: skipped: 1 .mp4" in captured.err


def test_an_evaluation_replaces_evaluations_only(tmp_path):
    ours = {"model": "m.keras", "data": "mine", "n": 3, "accuracy": 0.5}
    check_evaluation(tmp_path / "nowhere")
    check_evaluation(tmp_path)
    (tmp_path / "confusion.png").write_bytes(b"mine")
    with pytest.raises(OutputError, match=r"whose confusion\.png"):
        check_evaluation(tmp_path)
    (tmp_path / "metrics.json").write_text(json.dumps(ours))
    check_evaluation(tmp_path)
    for content in ('{"loss": 1}', "[]", "", "{"):
        (tmp_path / "metrics.json").write_text(content)
        with pytest.raises(OutputError, match=r"whose metrics\.json"):
            check_evaluation(tmp_path)


def write_groups_table(mine, file, columns="file,camera"):
    """Write a table that says which camera took each picture, in two columns or more."""
    lines = [columns]
    for path in sorted(mine.rglob("*.png")):
        lines.append(f"{path.relative_to(mine)},{'old' if int(path.stem) % 3 else 'new'}")
    file.write_text("\n".join(lines))
    return file


def test_figures_by_groups(mine, model_file, monkeypatch, capsys, tmp_path):
    table = write_groups_table(mine, tmp_path / "groups.csv")
    table.write_text(table.read_text() + "\nAnger/gone.png,new\n")
    options = ["--groups", table, "--faces", "whole", "--out", tmp_path / "out"]
    assert emotion(monkeypatch, "evaluate", model_file, mine, *options) == 0
    captured = capsys.readouterr()
    assert "1 rows of" in captured.err and "Anger/gone.png" in captured.err
    assert re.search(r"^camera  n   accuracy", captured.out, re.MULTILINE)
    assert "shown but not compared: new (8), old (16)" in captured.out
    written = json.loads((tmp_path / "out" / "groups.json").read_text())
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())
    rows = {row["group"]: row for row in written["groups"]}
    assert (rows["new"]["n"], rows["old"]["n"]) == (8, 16)
    right = sum(row["n"] * row["accuracy"] for row in rows.values())
    assert right == pytest.approx(24 * metrics["accuracy"])
    assert "face_found" not in rows["new"] and "not_sure" not in rows["new"]
    assert (tmp_path / "out" / "groups.csv").read_text().startswith("column,group,n,accuracy,low")
    # The next evaluation replaces them; without groups, they would stand beside other metrics.
    assert emotion(monkeypatch, "evaluate", model_file, mine, *options) == 0
    assert emotion(monkeypatch, "evaluate", model_file, mine, *options[2:]) == 0
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"metrics.json", "confusion.png"}


def test_groups_never_replace_the_user_s_table(mine, model_file, monkeypatch, capsys, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    table = write_groups_table(mine, out / "groups.csv")
    text = table.read_text()
    options = ["--groups", table, "--faces", "whole", "--out", out]
    assert emotion(monkeypatch, "evaluate", model_file, mine, *options) == 2
    assert "whose groups.csv is the table of groups" in capsys.readouterr().err
    other = write_groups_table(mine, tmp_path / "other.csv")
    options[1] = other
    assert emotion(monkeypatch, "evaluate", model_file, mine, *options) == 2
    assert "whose groups.csv is of another origin" in capsys.readouterr().err
    assert table.read_text() == text


def test_a_table_of_the_user_beside_an_earlier_evaluation_stays(
    mine, model_file, monkeypatch, capsys, tmp_path
):
    table = write_groups_table(mine, tmp_path / "mine.csv")
    options = ["--faces", "whole", "--out", tmp_path / "out", "--groups", table]
    assert emotion(monkeypatch, "evaluate", model_file, mine, *options) == 0
    own = write_groups_table(mine, tmp_path / "out" / "groups.csv")
    text = own.read_text()
    assert emotion(monkeypatch, "evaluate", model_file, mine, *options) == 2
    assert "whose groups.csv is of another origin" in capsys.readouterr().err
    assert emotion(monkeypatch, "evaluate", model_file, mine, *options[:4]) == 0
    assert own.read_text() == text


def test_faces_that_are_not_found_are_counted_by_group(mine, model_file, monkeypatch, tmp_path):
    """As the detector may find the faces of one group less often."""
    from emotion_lib.cli import evaluate

    def cutter(pixels):
        return pixels if pixels.mean() < 60 else pixels[2:-2, 2:-2]

    monkeypatch.setattr(evaluate, "face_cutter", lambda faces: (cutter, ""))
    for path in (mine / "Anger").iterdir():
        if int(path.stem) % 3 == 0:
            Image.new("RGB", (60, 60)).save(path)
    table = write_groups_table(mine, tmp_path / "groups.csv")
    options = ["--groups", table, "--out", tmp_path / "out"]
    assert emotion(monkeypatch, "evaluate", model_file, mine, *options) == 0
    rows = json.loads((tmp_path / "out" / "groups.json").read_text())["groups"]
    assert {row["group"]: row["face_found"] for row in rows} == {"new": 0.5, "old": 1.0}


def test_groups_of_a_data_set_by_row(model_file, monkeypatch, capsys, tmp_path):
    from emotion_lib import datasets

    small = datasets.load("synthetic", n_train=7, n_val=7, n_test=70)
    monkeypatch.setattr(datasets, "load", lambda name: small)
    monkeypatch.chdir(tmp_path)
    table = tmp_path / "groups.csv"
    table.write_text("row;half\n" + "".join(f"{row};{row % 2}\n" for row in range(70)))
    assert emotion(monkeypatch, "evaluate", model_file, "synthetic", "--groups", table) == 0
    assert "half: the largest gap of 1 pairs is" in capsys.readouterr().out
