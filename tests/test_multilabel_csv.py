"""Pictures with several labels: both forms of the table, the split, and what is said of bad ones."""

import numpy as np
import pytest
from PIL import Image

from emotion_lib import datasets
from emotion_lib.datasets import DataError, emoji_scenes
from emotion_lib.datasets.multilabel_csv import load, read_table, stratified

NAMES = ("boat", "bus", "cycle")


def folder(tmp_path, table, n=12, file="labels.csv"):
    root = tmp_path / "mine"
    (root / "images").mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    for index in range(n):
        size = (30 + index, 40)
        place = root / "images" if index % 2 else root
        Image.fromarray(rng.integers(0, 256, (*size, 3)).astype(np.uint8)).save(place / f"{index:03d}.png")
    (root / file).write_text(table)
    return root


LABELS = [{NAMES[i % 3], NAMES[(i // 2) % 3]} for i in range(11)] + [set()]
ONE_HOT = "image,boat,bus,cycle\n" + "".join(
    f"{i:03d}.png,{','.join(str(int(name in chosen)) for name in NAMES)}\n" for i, chosen in enumerate(LABELS)
)
DELIMITED = "Filename,labels\n" + "".join(f"{i:03d}.png, {'|'.join(sorted(chosen))}\n" for i, chosen in enumerate(LABELS))


@pytest.mark.parametrize("table", [ONE_HOT, DELIMITED], ids=["one-hot", "delimited"])
def test_both_forms_mean_the_same(tmp_path, table):
    dataset = load(folder(tmp_path, table), image_size=16, seed=1)
    assert dataset.class_names == NAMES and dataset.multi_label and not dataset.full
    splits = (dataset.train, dataset.val, dataset.test)
    assert [len(s) for s in splits] == [8, 2, 2]
    assert all(s.images.shape[1:] == (16, 16, 3) and s.labels.dtype == bool for s in splits)
    rows = {tuple(row) for s in splits for row in s.labels.tolist()}
    assert rows == {tuple(name in chosen for name in NAMES) for chosen in LABELS}
    assert dataset.counts().to_numpy().sum() == sum(map(len, LABELS))


def test_each_picture_keeps_its_labels(tmp_path):
    """Whatever the order of rows: told by the pixels."""
    root = folder(tmp_path, DELIMITED)
    lines = DELIMITED.splitlines()
    first = load(root, image_size=16)
    (root / "labels.csv").write_text("\n".join([lines[0], *lines[:0:-1]]) + "\n")
    second = load(root, image_size=16)

    def by_pixels(dataset):
        return {
            image.tobytes(): tuple(row)
            for s in (dataset.train, dataset.val, dataset.test)
            for image, row in zip(s.images, s.labels.tolist(), strict=True)
        }

    assert by_pixels(first) == by_pixels(second) and len(by_pixels(first)) == 12


@pytest.mark.parametrize("delimiter", [";", ",", " "])
def test_the_delimiter_is_found(tmp_path, delimiter):
    file = tmp_path / "x.csv"
    file.write_text(f'image,tags\na.png,"boat{delimiter}bus"\nb.png,bus\n')
    names, labels, targets = read_table(file)
    assert (names, labels) == (["a.png", "b.png"], ("boat", "bus")) and targets.tolist() == [[1, 1], [0, 1]]


def test_labels_chosen_and_ordered(tmp_path):
    dataset = load(folder(tmp_path, ONE_HOT), labels=("cycle", "boat"), color="gray", image_size=16)
    assert dataset.class_names == ("cycle", "boat") and dataset.train.images.shape[1:] == (16, 16)
    assert dataset.counts().sum(axis=1)["boat"] == sum("boat" in chosen for chosen in LABELS)


def test_missing_and_broken_pictures_are_named(tmp_path):
    root = folder(tmp_path, ONE_HOT + "nowhere.png,1,0,0\n")
    (root / "000.png").write_bytes(b"not a picture")
    dataset = load(root, image_size=16)
    assert sum(map(len, (dataset.train, dataset.val, dataset.test))) == 11
    assert "nowhere.png: no such file" in dataset.notes[0] and "000.png" in dataset.notes[0]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("image,boat,bus\na.png,1,yes\n", r"columns of 0 and 1.*\['bus'\] hold"),
        ("image,boat\na.png,1\na.png,0\n", r"once.*\['a.png'\]"),
        ("image\na.png\n", "Received: 0 columns"),
        ("", "Expected a CSV"),
        ("image,boat\nnone.png,1\n", "at least three pictures"),
    ],
)
def test_bad_tables(tmp_path, table, message):
    with pytest.raises(DataError, match=f"(?s){message}"):
        load(folder(tmp_path, table))


def test_bad_folders_and_labels(tmp_path):
    with pytest.raises(DataError, match="no such folder"):
        load(tmp_path / "none")
    root = folder(tmp_path, ONE_HOT)
    with pytest.raises(DataError, match=r"among \['boat', 'bus', 'cycle'\].*Received: \['boot'\]"):
        load(root, labels=["boot"])
    with pytest.raises(DataError, match="no such file"):
        load(root, csv="other.csv")
    (root / "second.csv").write_text(ONE_HOT)
    with pytest.raises(DataError, match=r"one CSV.*labels\.csv.*second\.csv"):
        load(root)
    assert load(root, csv="second.csv", image_size=16).class_names == NAMES
    with pytest.raises(ValueError, match="together below 1"):
        load(root, csv="second.csv", val_share=0.6, test_share=0.4, image_size=24)


def test_every_label_gets_its_share():
    labels = np.random.default_rng(0).random((1000, 10)) < np.linspace(0.02, 0.5, 10)
    parts = stratified(labels, (0.15, 0.15), seed=3)
    assert sorted(np.concatenate(list(parts.values())).tolist()) == list(range(1000))
    for name in ("val", "test"):
        np.testing.assert_allclose(labels[parts[name]].sum(0), 0.15 * labels.sum(0), atol=4)
    assert all(
        np.array_equal(a, b) for a, b in zip(parts.values(), stratified(labels, (0.15, 0.15), 3).values(), strict=True)
    )


# ---- the scenes that come with the library --------------------------------------------------------------------------


def test_scenes_show_what_their_labels_say():
    split = emoji_scenes.scenes(60, ["google", "twitter"], seed=1)
    assert split.images.shape == (60, 64, 64, 3) and split.labels.shape == (60, 10)
    count = split.labels.sum(1)
    assert set(count) == {1, 2, 3, 4}
    np.testing.assert_array_equal(split.images, emoji_scenes.scenes(60, ["google", "twitter"], seed=1).images)
    # A thing more covers more of a ground that is smooth but for its noise.
    edges = np.abs(np.diff(split.images.astype(float), axis=2)).mean((1, 2, 3))
    assert np.corrcoef(edges, count)[0, 1] > 0.5


def test_scenes_as_a_data_set(tmp_path):
    dataset = datasets.load("emoji_scenes", n=60, leave_out="google")
    assert dataset.full and dataset.class_names == emoji_scenes.CLASS_NAMES
    assert 6 <= len(dataset.test) <= 12
    assert "google" not in dataset.notes[0] and "accordion" in dataset.notes[0]
    assert set(emoji_scenes.vendors()) == {"fluent", "google", "openmoji", "twitter"}
    with pytest.raises(ValueError, match="apple"):
        datasets.load("emoji_scenes", leave_out="apple")
