"""Tests of copies within and across the splits of a data set."""

import numpy as np
import pytest
from conftest import REAL_DATA

from emotion_lib import datasets
from emotion_lib.datasets import Dataset, Split
from emotion_lib.evaluation import find_leakage, leakage
from emotion_lib.evaluation.leakage import Leakage
from emotion_lib.evaluation.near_copies import best_shift, near_copies


@pytest.fixture(scope="module")
def different():
    """Twelve images of smooth noise, no two of them alike."""
    coarse = np.random.default_rng(0).integers(0, 256, (12, 8, 8))
    return np.kron(coarse, np.ones((6, 6))).astype(np.uint8)


def made(train, val, test, labels) -> Dataset:
    """Return a data set of three lists of images, labelled in their order."""
    parts = []
    start = 0
    for images in (train, val, test):
        own = np.array(labels[start : start + len(images)], np.int64)
        parts.append(Split(np.array(images, np.uint8).reshape(-1, 48, 48), own))
        start += len(images)
    return Dataset("made", ("happy", "sad"), False, *parts, fingerprint="0", full=False)


@pytest.fixture
def found(different) -> Leakage:
    a, b, c, d = different[:4]
    toned = (a * 0.6 + 40).astype(np.uint8)
    flat = np.zeros((48, 48), np.uint8)
    # Training: a twice, b, flat. Validation: b, flat. Test: a again, a in another tone, c, flat.
    dataset = made(
        [a, a, b, flat, d], [b, flat], [a, toned, c, flat], [0, 1, 0, 0, 0, 0, 0] + [1] * 4
    )
    names = {"train": ["1.png", "2.png", "3.png", "4.png", "5.png"]}
    return find_leakage(dataset, names=names)


def test_pairs_with_their_kind_splits_names_and_labels(found):
    table = found.pair_table()
    columns = ["kind", "first_split", "first_row", "second_split", "second_row"]
    pairs = {tuple(row) for row in table[columns].to_numpy().tolist()}
    assert pairs == {
        ("exact", "train", 0, "train", 1),
        ("exact", "train", 0, "test", 0),
        ("exact", "train", 1, "test", 0),
        ("exact", "train", 2, "val", 0),
        ("near", "train", 0, "test", 1),
        ("near", "train", 1, "test", 1),
        ("near", "test", 0, "test", 1),
    }
    first = table[(table["first_row"] == 1) & (table["second_row"] == 0)].iloc[0]
    assert (first["first_name"], first["second_name"]) == ("2.png", "")
    assert (first["first_label"], first["second_label"]) == ("sad", "sad")
    # Pairs across splits come first.
    assert table["first_split"].ne(table["second_split"]).tolist() == [True] * 5 + [False] * 2


@pytest.mark.parametrize("mirrored", [False, True])
def test_the_first_image_of_a_pair_is_always_the_earlier_one(different, mirrored):
    a, other = different[:2]
    moved = np.roll(a, (2, 1), axis=(0, 1))
    if mirrored:
        moved = moved[:, ::-1]
    # Training: a, moved, other. Test: a again, whose pair with moved is known from training.
    dataset = made([a, moved, other], [other], [a], [0] * 5)
    table = find_leakage(dataset).pair_table()
    across = table[(table["kind"] == "near") & (table["first_split"] != table["second_split"])]
    assert across[["first_split", "first_row", "second_split"]].to_numpy().tolist() == [
        ["train", 1, "test"]
    ]
    pair = across.iloc[0]
    first = moved[:, ::-1] if mirrored else moved
    assert (pair["correlation"], bool(pair["mirrored"])) == (pytest.approx(1.0), mirrored)
    assert best_shift(first, a)[1:] == (pair["down"], pair["right"])


def test_groups_join_images_through_others(found):
    groups = found.images["group"].tolist()
    assert groups[0] == groups[1] == groups[7] == groups[8] >= 0
    assert groups[2] == groups[5] != groups[0]
    assert groups[3] == groups[4] == groups[6] == groups[9] == groups[10] == -1
    assert found.images["one_color"].sum() == 3


def test_counts_by_splits(found):
    table = found.table().set_index(["splits", "kind"])
    assert table.loc[("train and test", "exact")].tolist() == [2, 2, 1, 1, 2]
    assert table.loc[("train and test", "near")].tolist() == [2, 2, 1, 1, 2]
    assert table.loc[("train and val", "exact")].tolist() == [1, 1, 1, 0, 1]
    assert table.loc[("within train", "exact")].tolist() == [1, 2, 2, 1, 1]
    assert table["pairs"].sum() == 7


def test_counts_by_class(found):
    counts = found.per_class("test", "train")
    assert counts.loc["sad"].tolist() == [4, 1, 1, 2]
    assert found.has_copy("test", "train").tolist() == [True, True, False, False]
    assert found.has_copy("test", "train", ["near"]).tolist() == [False, True, False, False]
    assert found.has_copy("val", "test").tolist() == [False, False]


def test_what_the_default_leaves_out(different):
    a, b = different[:2]
    toned = (b * 0.6 + 40).astype(np.uint8)
    made_set = made([a, b], [], [a, toned], [0, 0, 0, 0])
    train = Split(made_set.train.images, made_set.train.labels, np.array([True, False]))
    dataset = Dataset(
        "made", ("happy", "sad"), False, train, made_set.val, made_set.test, "0", full=False
    )
    found = find_leakage(dataset)
    assert found.has_copy("test", "train").tolist() == [True, True]
    assert found.has_copy("test", "train", after_default=True).tolist() == [False, True]
    table = found.table().set_index(["splits", "kind"])
    assert table.loc[("train and test", "exact"), "after default"] == 0
    assert table.loc[("train and test", "near"), "after default"] == 1


def test_several_labels_and_shares(different):
    images = different[:2]
    several = Split(images, np.array([[True, True], [False, False]]))
    shares = Split(images, np.array([[0.2, 0.8], [0.7, 0.3]]))
    empty = Split(images[:0], np.zeros((0, 2)))
    dataset = Dataset("made", ("happy", "sad"), True, several, shares, empty, "0", full=False)
    found = find_leakage(dataset)
    assert found.images["label"].tolist() == ["happy|sad", "", "sad", "happy"]
    table = found.table().set_index(["splits", "kind"])
    assert table.loc[("train and val", "exact"), ["pairs", "other label"]].tolist() == [2, 2]


@pytest.mark.skipif(not REAL_DATA, reason="needs FER2013_PATH")
def test_the_copies_of_fer2013(monkeypatch):
    monkeypatch.setenv("FER2013_PATH", REAL_DATA)
    dataset = datasets.load("fer2013", drop_twins=False)
    no_pairs = near_copies(dataset.test.images[:0])
    monkeypatch.setattr(leakage, "near_copies", lambda *_: no_pairs)  # of all it takes minutes
    found = find_leakage(dataset)
    in_training = found.has_copy("train", "val") | found.has_copy("train", "test")
    one_color = found.images["one_color"].to_numpy()
    # `has_twin` also counts the images of one colour: eleven of training, one of validation.
    assert int(found.has_copy("test", "train").sum()) == 288
    assert int(found.has_copy("val", "train").sum()) == 280 - 1
    assert int(in_training.sum()) == 703 - 11
    assert found.images.loc[one_color, "split"].value_counts().to_dict() == {"train": 11, "val": 1}
    assert (found.has_copy("test", "train") == dataset.test.has_twin).all()
    assert not found.has_copy("test", "train", after_default=True).any()
    check_recall(np.asarray(dataset.train.images[:1500]))


def check_recall(images: np.ndarray):
    """Check that the hash loses no pair that the correlation of all pairs finds."""
    flat = images.reshape(len(images), -1).astype(np.float32)
    flat -= flat.mean(axis=1, keepdims=True)
    flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-9)
    expected = set()
    for first, second in np.argwhere(np.triu(flat @ flat.T > 0.95, 1)).tolist():
        if (images[first] != images[second]).any():
            expected.add((first, second))
    found = near_copies(images, 0.85)
    assert expected
    assert expected <= set(zip(found["first"], found["second"], strict=True))
