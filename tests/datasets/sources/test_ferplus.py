"""FER+: targets from votes, and the join of votes and images by the rows of the original CSV."""

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from conftest import REAL_DATA

from emotion_lib.datasets import DataError, load
from emotion_lib.datasets.sources import fer2013, ferplus
from emotion_lib.datasets.sources.fer2013 import rows as rows_module
from emotion_lib.datasets.sources.fer2013.constants import USAGES
from emotion_lib.datasets.sources.ferplus import targets, votes_file
from emotion_lib.labels import EIGHT_EXPRESSIONS, FER2013_CSV, FERPLUS_CSV, SEVEN_EXPRESSIONS, remap

VOTES = os.environ.get("FERPLUS_PATH")
if REAL_DATA and not VOTES:
    VOTES = str(Path(REAL_DATA).with_name(ferplus.FILE))
HAPPY = SEVEN_EXPRESSIONS.index("happy")
SAD = SEVEN_EXPRESSIONS.index("sad")
NEUTRAL = SEVEN_EXPRESSIONS.index("neutral")
COUNTS = {"Training": 21, "PublicTest": 7, "PrivateTest": 7}


def cast(**votes):
    """Return votes by class as a row in the order of FER+'s columns."""
    return [votes.get(name.replace(" ", "_"), 0) for name in FERPLUS_CSV]


BALLOTS = np.array(
    [
        cast(happy=9, neutral=1),  # clear
        cast(sad=5, angry=5),  # neither has more than half
        cast(sad=4, angry=3, neutral=1, fear=1, unknown=1),  # 4 of 7 without the single votes
        cast(not_a_face=10),
        cast(unknown=6, happy=4),
        cast(contempt=6, neutral=4),
        [1] * 10,  # single votes only
    ]
)


def test_majority():
    labels, valid = ferplus.to_targets(BALLOTS, "majority")
    assert valid.tolist() == [True, False, True, False, False, True, False]
    assert [EIGHT_EXPRESSIONS[label] for label in labels[valid]] == ["happy", "sad", "contempt"]


def test_multi_label():
    labels, valid = ferplus.to_targets(BALLOTS, "multi_label")
    assert valid.tolist() == [True, True, True, False, False, True, False]
    names = []
    for row in labels[valid]:
        names.append({EIGHT_EXPRESSIONS[label] for label in np.flatnonzero(row)})
    assert names == [{"happy"}, {"sad", "angry"}, {"sad", "angry"}, {"contempt", "neutral"}]


def test_distribution():
    shares, valid = ferplus.to_targets(BALLOTS, "distribution")
    assert shares.dtype == np.float32
    np.testing.assert_allclose(shares[valid].sum(axis=1), 1)
    assert shares[2, EIGHT_EXPRESSIONS.index("sad")] == pytest.approx(4 / 7)


def test_perceived_shares_are_of_the_seven_expressions():
    shares, valid = ferplus.to_targets(BALLOTS, "perceived")
    assert shares.shape == (7, 7)
    assert valid.tolist() == [True, True, True, False, True, True, False]
    np.testing.assert_allclose(shares[valid].sum(axis=1), 1)
    assert shares[5, NEUTRAL] == 1  # six votes for contempt are left out
    labels, single = targets.most_frequent(shares)
    assert single.tolist() == [True, False, True, False, True, True, False]
    assert labels[single].tolist() == [HAPPY, SAD, HAPPY, NEUTRAL]


class Original(NamedTuple):
    """A small fer2013.csv with its usages and pixel texts by row, and its file of votes."""

    path: Path
    usages: np.ndarray
    pixels: list[str]
    votes: Path


@pytest.fixture
def original(tmp_path, monkeypatch):
    """A small FER-2013 and FER+; row r has 2 + r votes for happy and 40 - r for sad."""
    for usage, count in COUNTS.items():
        monkeypatch.setitem(fer2013.OFFICIAL_COUNTS, usage, count)
    rng = np.random.default_rng(0)
    usages = rng.permutation(np.repeat(list(COUNTS), list(COUNTS.values())))
    seen = dict.fromkeys(COUNTS, 0)
    emotions = []
    pixels = []
    for usage in usages:
        emotions.append(seen[usage] % 7)
        seen[usage] += 1
        pixels.append(" ".join(map(str, rng.integers(0, 256, 48 * 48))))
    path = tmp_path / "fer2013.csv"
    pd.DataFrame({"emotion": emotions, "pixels": pixels, "Usage": usages}).to_csv(path, index=False)
    np.savez(
        tmp_path / "rows.npz",
        usages=np.array([USAGES.index(usage) for usage in usages], np.uint8),
        labels=remap(np.array(emotions), FER2013_CSV, SEVEN_EXPRESSIONS).astype(np.uint8),
        ids=np.arange(35, dtype=np.uint32),
    )
    monkeypatch.setattr(rows_module, "TABLE", tmp_path / "rows.npz")
    table = pd.DataFrame(np.zeros((35, 10), int), columns=[*FERPLUS_CSV[:-1], "NF"])
    table["happy"] = 2 + np.arange(35)
    table["sad"] = 40 - np.arange(35)
    table.insert(0, "Usage", usages)
    table.insert(1, "Image name", [f"fer{row}.png" for row in range(35)])
    table.to_csv(tmp_path / ferplus.FILE, index=False)
    monkeypatch.setattr(votes_file, "ROW_ORDER", votes_file.row_order(table))
    return Original(path, usages, pixels, tmp_path / ferplus.FILE)


def test_every_image_gets_its_own_votes(original):
    data = load("ferplus", source=original.path, targets="distribution")
    assert data.class_names == EIGHT_EXPRESSIONS
    assert data.class_names[:7] == SEVEN_EXPRESSIONS
    rows = fer2013.original_rows(fer2013.load(original.path))
    for name, usage in (("train", "Training"), ("val", "PublicTest"), ("test", "PrivateTest")):
        split = getattr(data, name)
        assert (original.usages[rows[name]] == usage).all()
        assert len(split) == len(rows[name])
        for image, shares, row in zip(split.images, split.labels, rows[name], strict=True):
            assert " ".join(map(str, image.ravel())) == original.pixels[row]
            assert shares[EIGHT_EXPRESSIONS.index("happy")] == pytest.approx((2 + row) / 42)


def test_every_image_has_its_file_name_in_kaggle_s_copy(original):
    faces = fer2013.load(original.path)
    rows = fer2013.original_rows(faces)["test"]
    ids = rows_module._table()["ids"]
    assert fer2013.file_names(faces)["test"] == [
        f"test/{SEVEN_EXPRESSIONS[label]}/PrivateTest_{ids[row]}.jpg"
        for row, label in zip(rows, faces.test.labels, strict=True)
    ]


def test_targets_are_different_data_sets(original):
    distribution = load("ferplus", source=original.path, targets="distribution")
    multi_label = load("ferplus", source=original.path, targets="multi_label")
    assert multi_label.multi_label
    happy = multi_label.train.labels[:, EIGHT_EXPRESSIONS.index("happy")]
    assert multi_label.counts().loc["happy", "train"] == happy.sum()
    assert multi_label.fingerprint != distribution.fingerprint


@pytest.fixture
def unanimous(original):
    """Faces, and ten votes per training image: neutral for sad faces, else FER-2013's own label.

    The taggers vote happy for the first of the sad faces.
    """
    faces = fer2013.load(original.path)
    labels = faces.train.labels
    voted = np.where(labels == SAD, NEUTRAL, labels)
    voted[np.flatnonzero(labels == SAD)[0]] = HAPPY
    table = pd.read_csv(original.votes)
    rows = fer2013.original_rows(faces)["train"]
    table.iloc[rows, 2:] = 0
    for row, label in zip(rows, voted, strict=True):
        table.loc[row, SEVEN_EXPRESSIONS[label]] = 10
    table.to_csv(original.votes, index=False)
    return faces, voted


def test_votes_are_translated_into_labels(original, unanimous):
    faces, voted = unanimous
    data = ferplus.blended(faces, 0.4, source=original.path)
    translated = (data.train.labels - 0.6 * np.eye(7)[faces.train.labels]) / 0.4
    np.testing.assert_allclose(translated.sum(axis=1), 1, atol=1e-5)
    # Faces that are voted neutral are sad or neutral in FER-2013, in equal parts.
    assert (translated[voted == NEUTRAL][:, [SAD, NEUTRAL]].sum(axis=1) > 0.7).all()
    different = int(np.flatnonzero(faces.train.labels == SAD)[0])
    assert translated[different].argmax() == HAPPY
    assert data.train.labels[different].argmax() == SAD


def test_blending_changes_only_training_labels(original, unanimous):
    faces, _ = unanimous
    data = ferplus.blended(faces, 0.4, source=original.path)
    assert data.test is faces.test
    assert data.fingerprint == faces.fingerprint
    unchanged = ferplus.blended(faces, 0, source=original.path).train.labels
    np.testing.assert_allclose(unchanged, np.eye(7)[faces.train.labels], atol=1e-6)


def test_the_perceived_data_set_has_seven_classes(original):
    data = load("ferplus", source=original.path, targets="perceived")
    assert data.name == "ferplus perceived"
    assert data.class_names == SEVEN_EXPRESSIONS
    rows = fer2013.original_rows(fer2013.load(original.path))
    happy = data.train.labels[:, HAPPY]
    np.testing.assert_allclose(happy, (2 + rows["train"]) / 42)
    # Row 19 has as many votes for happy as for sad: it is left out where one answer counts.
    test_rows = rows["test"][rows["test"] != 19]
    np.testing.assert_array_equal(data.test.labels, np.where(test_rows > 19, HAPPY, SAD))


def test_vote_counts_are_for_every_image_and_drop_single_votes(original):
    table = pd.read_csv(original.votes)
    table["angry"] = 1
    table["contempt"] = 5
    table.to_csv(original.votes, index=False)
    faces = fer2013.load(original.path)
    data = ferplus.vote_counts(faces, votes_file=original.votes)
    rows = fer2013.original_rows(faces)
    for name in ("train", "val", "test"):
        expected = np.zeros((len(rows[name]), 7))
        expected[:, HAPPY] = 2 + rows[name]
        expected[:, SAD] = 40 - rows[name]
        np.testing.assert_array_equal(getattr(data, name).labels, expected)
        np.testing.assert_array_equal(getattr(data, name).images, getattr(faces, name).images)


def test_two_heads_get_the_blended_labels_and_the_votes(original, unanimous):
    faces, voted = unanimous
    table = pd.read_csv(original.votes)
    rows = fer2013.original_rows(faces)["train"]
    table.iloc[rows[0], 2:] = [0] * 9 + [50]  # no face
    table.iloc[rows[1], 2:] = 0  # no vote
    table.to_csv(original.votes, index=False)
    single = ferplus.blended(faces, 0.4, source=original.path)
    data = ferplus.two_headed(faces, 0.4, source=original.path)
    assert data.train.labels.shape == (20, 2, 7)
    np.testing.assert_array_equal(data.train.labels[:, 0], single.train.labels)
    np.testing.assert_array_equal(data.train.labels[0, 1], single.train.labels[0])
    np.testing.assert_array_equal(data.train.labels[1:, 1], np.eye(7)[voted[2:]])
    np.testing.assert_array_equal(data.val.labels[:, 0], np.eye(7)[faces.val.labels])
    val_rows = fer2013.original_rows(faces)["val"]
    np.testing.assert_allclose(data.val.labels[:, 1, HAPPY], (2 + val_rows) / 42, rtol=1e-6)
    assert data.test is faces.test


def test_images_that_are_no_faces_are_dropped(original, unanimous):
    faces, _ = unanimous
    table = pd.read_csv(original.votes)
    rows = fer2013.original_rows(faces)["train"]
    table.iloc[rows[0], 2:] = [0] * 9 + [50]
    table.iloc[rows[1], 2:] = 0  # an image without any vote stays
    table.to_csv(original.votes, index=False)
    data = ferplus.blended(faces, 0.4, source=original.path)
    assert len(data.train) == len(faces.train) - 1
    assert "1 training images dropped" in data.notes[-2]
    assert np.isfinite(data.train.labels).all()


def test_a_share_outside_of_0_to_1_is_refused(original):
    with pytest.raises(ValueError, match="0 to 1"):
        ferplus.blended(fer2013.load(original.path), 1.5, source=original.path)


def with_a_row_in_front(table):
    blank = table.iloc[[0]].assign(pixels=" ".join(["7"] * 48 * 48))
    return pd.concat([blank, table])


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table.sample(frac=1, random_state=0),
        lambda table: table.sort_values("emotion", kind="stable"),
        with_a_row_in_front,
        lambda table: table.iloc[[1, 0, *range(2, 35)]],
    ],
    ids=["shuffled", "sorted", "one row more", "two rows exchanged"],
)
def test_a_csv_in_another_order_is_refused(original, change):
    change(pd.read_csv(original.path)).to_csv(original.path, index=False)
    faces = fer2013.load(original.path, partial=True)
    message = r"original order.*rows of .*fer2013\.csv with another split or class"
    with pytest.raises(DataError, match=message):
        fer2013.original_rows(faces)
    with pytest.raises(DataError, match=r"original order.*Take an unaltered copy"):
        ferplus.blended(faces, source=original.path)


def test_identical_images_may_change_places(original):
    """Two copies of one image that the original labels differently."""
    table = pd.read_csv(original.path)
    first, second = np.flatnonzero(table["Usage"] == "Training")[[0, 3]]
    table.loc[second, "pixels"] = table.loc[first, "pixels"]
    table.loc[[first, second], "emotion"] = table.loc[[second, first], "emotion"].to_numpy()
    table.to_csv(original.path, index=False)
    assert len(fer2013.original_rows(fer2013.load(original.path))["train"]) == 21


def test_a_copy_in_the_original_order_gives_the_rows_of_a_sorted_one(original):
    """Both are the same data set, as their images are in the same order within each split."""
    expected = fer2013.original_rows(fer2013.load(original.path))
    by_split = original.path.with_name("by_split.csv")
    pd.read_csv(original.path).sort_values("Usage", kind="stable").to_csv(by_split, index=False)
    found = fer2013.original_rows(fer2013.load(by_split))
    for name in ("train", "val", "test"):
        assert found[name].tolist() == expected[name].tolist()


def test_votes_in_another_order_are_refused(original):
    table = pd.read_csv(original.votes)
    within_training = table.copy()
    training = np.flatnonzero(table["Usage"] == "Training")
    within_training.iloc[training] = table.iloc[training[::-1]].to_numpy()
    for other in (table.sample(frac=1, random_state=0), within_training):
        other.to_csv(original.votes, index=False)
        with pytest.raises(DataError, match="order in which FER\\+ is published"):
            load("ferplus", source=original.path)


def test_unknown_targets_are_refused(original):
    with pytest.raises(ValueError, match="'mean'"):
        load("ferplus", source=original.path, targets="mean")


def test_a_part_of_fer2013_has_no_original_rows(original):
    with pytest.raises(DataError, match="whole FER-2013"):
        fer2013.original_rows(fer2013.load(original.path).limit(3))


def test_incomplete_or_missing_votes_are_refused(original):
    pd.read_csv(original.votes).iloc[:-1].to_csv(original.votes, index=False)
    with pytest.raises(DataError, match=r"Expected 35 rows.*Received: 34 rows"):
        load("ferplus", source=original.path)
    original.votes.unlink()
    with pytest.raises(DataError, match="microsoft/FERPlus"):
        load("ferplus", source=original.path)


@pytest.mark.skipif(
    not (REAL_DATA and VOTES and Path(VOTES).is_file()),
    reason="FERPLUS_PATH or FER2013_PATH do not name the real data",
)
def test_the_real_data_follow_the_published_protocol():
    data = load("ferplus", source=REAL_DATA, votes_file=VOTES)
    assert data.full
    assert len(data.test) == 3153
    faces = fer2013.load(REAL_DATA)
    rows = fer2013.original_rows(faces)
    assert all(found.min() >= 0 for found in rows.values())
    all_rows = np.concatenate([rows["train"], rows["val"], rows["test"]])
    labels = np.concatenate([faces.train.labels, faces.val.labels, faces.test.labels])
    most_voted = ferplus.votes(VOTES)[all_rows].argmax(axis=1)
    happy = most_voted[labels == HAPPY] == FERPLUS_CSV.index("happy")
    assert happy.mean() > 0.9  # in another order about 0.25
