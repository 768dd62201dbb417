import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import REAL_DATA

from emotion_lib.datasets import DataError, load
from emotion_lib.datasets.sources import fer2013, ferplus
from emotion_lib.datasets.sources.fer2013 import rows as rows_table
from emotion_lib.datasets.sources.fer2013.constants import USAGES
from emotion_lib.datasets.sources.ferplus import votes_file
from emotion_lib.labels import EIGHT_EXPRESSIONS, FER2013_CSV, FERPLUS_CSV, SEVEN_EXPRESSIONS, remap

VOTES = os.environ.get("FERPLUS_PATH") or (
    str(Path(REAL_DATA).with_name(ferplus.FILE)) if REAL_DATA else None
)


def cast(**shares):
    return [shares.get(name.replace(" ", "_"), 0) for name in FERPLUS_CSV]


BALLOTS = np.array(
    [
        cast(happy=9, neutral=1),  # clear
        cast(sad=5, angry=5),  # nobody has more than half
        cast(
            sad=4, angry=3, neutral=1, fear=1, unknown=1
        ),  # 4 of 7, once the single votes are gone
        cast(not_a_face=10),
        cast(unknown=6, happy=4),
        cast(contempt=6, neutral=4),
        [1] * 10,  # every vote a slip
    ]
)


def test_majority():
    labels, valid = ferplus.to_targets(BALLOTS, "majority")
    assert valid.tolist() == [True, False, True, False, False, True, False]
    assert [EIGHT_EXPRESSIONS[i] for i in labels[valid]] == ["happy", "sad", "contempt"]


def test_multi_label():
    labels, valid = ferplus.to_targets(BALLOTS, "multi_label")
    assert valid.tolist() == [True, True, True, False, False, True, False]
    names = [{EIGHT_EXPRESSIONS[i] for i in np.flatnonzero(row)} for row in labels[valid]]
    assert names == [{"happy"}, {"sad", "angry"}, {"sad", "angry"}, {"contempt", "neutral"}]


def test_distribution():
    shares, valid = ferplus.to_targets(BALLOTS, "distribution")
    np.testing.assert_allclose(shares[valid].sum(1), 1)
    assert (
        shares[2, EIGHT_EXPRESSIONS.index("sad")] == pytest.approx(4 / 7)
        and shares.dtype == np.float32
    )


@pytest.fixture
def original(tmp_path, monkeypatch):
    """A small fer2013.csv, in its own row order, and votes that name the row: as many for happy as the row's number."""
    counts = {"Training": 21, "PublicTest": 7, "PrivateTest": 7}
    for usage, count in counts.items():
        monkeypatch.setitem(fer2013.OFFICIAL_COUNTS, usage, count)
    rng = np.random.default_rng(0)
    usages = rng.permutation([usage for usage, n in counts.items() for _ in range(n)])
    seen = dict.fromkeys(counts, 0)
    emotions = []
    for usage in usages:
        emotions.append(seen[usage] % 7)
        seen[usage] += 1
    pixels = [" ".join(map(str, rng.integers(0, 256, 48 * 48))) for _ in usages]
    path = tmp_path / "fer2013.csv"
    pd.DataFrame({"emotion": emotions, "pixels": pixels, "Usage": usages}).to_csv(path, index=False)
    table = {
        "usages": np.array([USAGES.index(usage) for usage in usages], np.uint8),
        "labels": remap(np.array(emotions), FER2013_CSV, SEVEN_EXPRESSIONS).astype(np.uint8),
        "ids": np.arange(35, dtype=np.uint32),
    }
    np.savez(tmp_path / "rows.npz", **table)
    monkeypatch.setattr(rows_table, "TABLE", tmp_path / "rows.npz")
    votes = pd.DataFrame(np.zeros((35, 10), int), columns=[*FERPLUS_CSV[:-1], "NF"])
    votes["happy"] = 2 + np.arange(35)
    votes["sad"] = 40 - np.arange(35)
    votes.insert(0, "Usage", usages)
    votes.insert(1, "Image name", [f"fer{row}.png" for row in range(35)])
    votes.to_csv(tmp_path / ferplus.FILE, index=False)
    monkeypatch.setattr(votes_file, "ROW_ORDER", votes_file.row_order(votes))
    return path, usages, pixels


def test_every_image_gets_its_own_votes(original):
    path, usages, pixels = original
    data = load("ferplus", source=path, targets="distribution")
    assert data.class_names == EIGHT_EXPRESSIONS and data.class_names[:7] == SEVEN_EXPRESSIONS
    rows = fer2013.original_rows(fer2013.load(path))
    for name, usage in (("train", "Training"), ("val", "PublicTest"), ("test", "PrivateTest")):
        split = getattr(data, name)
        assert (usages[rows[name]] == usage).all() and len(split) == len(rows[name])
        for image, shares, row in zip(split.images, split.labels, rows[name], strict=True):
            assert " ".join(map(str, image.ravel())) == pixels[row]
            assert shares[EIGHT_EXPRESSIONS.index("happy")] == pytest.approx((2 + row) / 42)
    multi = load("ferplus", source=path, targets="multi_label")
    assert (
        multi.multi_label and multi.counts().loc["happy", "train"] == multi.train.labels[:, 3].sum()
    )
    assert multi.fingerprint != data.fingerprint


def test_labels_blended_with_votes(original, tmp_path):
    path, *_ = original
    faces = fer2013.load(path)
    rows = fer2013.original_rows(faces)["train"]
    # Taggers say neutral of whatever FER-2013 calls sad, and its own word of the others; one sad image they call happy.
    happy, sad, neutral = (SEVEN_EXPRESSIONS.index(name) for name in ("happy", "sad", "neutral"))
    said = np.where(faces.train.labels == sad, neutral, faces.train.labels)
    slip = int(np.flatnonzero(faces.train.labels == sad)[0])
    said[slip] = happy
    table = pd.read_csv(tmp_path / ferplus.FILE)
    table.iloc[rows, 2:] = 0
    for row, label in zip(rows, said, strict=True):
        table.loc[row, SEVEN_EXPRESSIONS[label]] = 10
    table.to_csv(tmp_path / ferplus.FILE, index=False)
    data = ferplus.blended(faces, 0.4, source=path)
    translated = (data.train.labels - 0.6 * np.eye(7)[faces.train.labels]) / 0.4
    np.testing.assert_allclose(translated.sum(axis=1), 1, atol=1e-5)
    voted_neutral = said == neutral  # FER-2013's sad and neutral in equal parts
    assert (translated[voted_neutral][:, [sad, neutral]].sum(axis=1) > 0.7).all()
    assert translated[slip].argmax() == happy and data.train.labels[slip].argmax() == sad
    assert data.test is faces.test and data.fingerprint == faces.fingerprint
    np.testing.assert_allclose(
        ferplus.blended(faces, 0, source=path).train.labels,
        np.eye(7)[faces.train.labels],
        atol=1e-6,
    )
    with pytest.raises(ValueError, match="0 to 1"):
        ferplus.blended(faces, 1.5, source=path)
    # Of the first training image most taggers say that it is no face; the second has no vote at all.
    table.iloc[rows[0], 2:] = [0] * 9 + [50]
    table.iloc[rows[1], 2:] = 0
    table.to_csv(tmp_path / ferplus.FILE, index=False)
    again = ferplus.blended(faces, 0.4, source=path)
    assert (
        len(again.train) == len(faces.train) - 1 and "1 training images dropped" in again.notes[-2]
    )
    assert np.isfinite(again.train.labels).all()


def test_votes_are_joined_to_no_csv_in_another_order(original):
    """Neither a shuffled one nor one sorted by class, nor one with a row too many or too few in front."""
    path, *_ = original
    table = pd.read_csv(path)
    blank = table.iloc[[0]].assign(pixels=" ".join(["7"] * 48 * 48))
    for other in (
        table.sample(frac=1, random_state=0),
        table.sort_values("emotion", kind="stable"),
        pd.concat([blank, table]),
        table.iloc[[1, 0, *range(2, 35)]],
    ):
        other.to_csv(path, index=False)
        faces = fer2013.load(path, partial=True)
        with pytest.raises(
            DataError, match=r"original order.*rows of .*fer2013\.csv with another split or class"
        ):
            fer2013.original_rows(faces)
        with pytest.raises(DataError, match=r"original order.*Take an unaltered copy"):
            ferplus.blended(faces, source=path)


def test_identical_images_may_change_places(original):
    """Two copies of one picture that the original labels differently."""
    path, *_ = original
    table = pd.read_csv(path)
    first, second = np.flatnonzero(table["Usage"] == "Training")[[0, 3]]
    table.loc[second, "pixels"] = table.loc[first, "pixels"]
    table.loc[[first, second], "emotion"] = table.loc[[second, first], "emotion"].to_numpy()
    table.to_csv(path, index=False)
    assert len(fer2013.original_rows(fer2013.load(path))["train"]) == 21


def test_splits_that_stand_in_another_order_are_told_apart_by_their_rows(original):
    """The same images in the same order within each split: the copy in the original order answers for both."""
    path, *_ = original
    rows = fer2013.original_rows(fer2013.load(path))
    moved = path.with_name("moved.csv")
    pd.read_csv(path).sort_values("Usage", kind="stable").to_csv(moved, index=False)
    faces = fer2013.load(moved)
    assert {name: found.tolist() for name, found in fer2013.original_rows(faces).items()} == {
        name: found.tolist() for name, found in rows.items()
    }


def test_votes_in_another_order_are_refused(original, tmp_path):
    path, *_ = original
    table = pd.read_csv(tmp_path / ferplus.FILE)
    within = table.copy()
    training = np.flatnonzero(table["Usage"] == "Training")
    within.iloc[training] = table.iloc[training[::-1]].to_numpy()  # the column Usage stays as it is
    for other in (table.sample(frac=1, random_state=0), within):
        other.to_csv(tmp_path / ferplus.FILE, index=False)
        with pytest.raises(DataError, match="order in which FER\\+ is published"):
            load("ferplus", source=path)


def test_what_is_missing_or_wrong(original, tmp_path):
    path, *_ = original
    with pytest.raises(ValueError, match="'mean'"):
        load("ferplus", source=path, targets="mean")
    with pytest.raises(DataError, match="whole FER-2013"):
        fer2013.original_rows(fer2013.load(path).limit(3))
    votes = tmp_path / ferplus.FILE
    pd.read_csv(votes).iloc[:-1].to_csv(votes, index=False)
    with pytest.raises(DataError, match=r"Expected 35 rows.*Received: 34 rows"):
        load("ferplus", source=path)
    votes.unlink()
    with pytest.raises(DataError, match="microsoft/FERPlus"):
        load("ferplus", source=path)


@pytest.mark.skipif(
    not (VOTES and Path(VOTES).is_file()),
    reason="FERPLUS_PATH or FER2013_PATH do not name the real data",
)
def test_the_real_one_follows_the_published_protocol():
    data = load("ferplus", source=REAL_DATA, votes_file=VOTES)
    assert len(data.test) == 3153 and data.full
    faces = fer2013.load(REAL_DATA)
    rows = fer2013.original_rows(faces)
    assert {name: int(r.min() >= 0) for name, r in rows.items()} == {
        "train": 1,
        "val": 1,
        "test": 1,
    }
    every = ferplus.votes(VOTES)
    joined = np.concatenate([rows[name] for name in ("train", "val", "test")])
    labels = np.concatenate([getattr(faces, name).labels for name in ("train", "val", "test")])
    happy = labels == SEVEN_EXPRESSIONS.index("happy")
    top = every[joined].argmax(1)
    assert (
        top[happy] == FERPLUS_CSV.index("happy")
    ).mean() > 0.9  # a wrong join would give a quarter
