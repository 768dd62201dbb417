"""Your own labelled pictures: layouts of folders, splits, duplicates and the cache."""

import os
import shutil
import zlib

import numpy as np
import pytest
from PIL import Image

from emotion_lib.datasets import DataError
from emotion_lib.datasets.sources import image_folder
from emotion_lib.labels import SEVEN_EXPRESSIONS


def write_picture(path, seed, size=(60, 50), mode="RGB"):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(pixels).convert(mode).save(path)


def write_classes(root, classes=("cat", "dog"), n=5):
    """Write n pictures per class; the pictures of two folders differ."""
    for name in classes:
        for number in range(n):
            file = root / name / f"{number}.png"
            write_picture(file, zlib.crc32(f"{root.name} {name} {number}".encode()))


@pytest.fixture
def mine(tmp_path):
    """Two classes with other words for expressions, mixed sizes and colours, and other files."""
    root = tmp_path / "mine"
    for label, name in enumerate(("Happiness", "Anger")):
        for number in range(10):
            mode = "L" if number % 2 else "RGB"
            size = (48 + 7 * number, 48)
            write_picture(root / name / f"{number}.png", 100 * label + number, size, mode)
    (root / "Anger" / "notes.txt").write_text("not a picture")
    (root / ".cache").mkdir()
    return root


def test_a_folder_of_classes_is_split_by_class(mine):
    data = image_folder.load(mine)
    assert data.name == "image_folder"
    assert data.class_names == ("angry", "happy")
    assert not data.full
    assert data.counts().to_numpy().tolist() == [[6, 2, 2]] * 2
    assert data.train.images.shape == (12, 48, 48)
    assert data.train.images.dtype == np.uint8


def test_the_split_depends_on_the_seed_only(mine):
    data = image_folder.load(mine)
    again = image_folder.load(mine)
    assert again.fingerprint == data.fingerprint
    assert np.array_equal(again.test.images, data.test.images)
    assert not np.array_equal(image_folder.load(mine, seed=1).test.images, data.test.images)


def test_colour_and_size(mine):
    data = image_folder.load(mine, image_size=32, color="rgb")
    assert data.input_shape == (32, 32, 3)


def test_split_folders_are_taken_as_they_are(tmp_path):
    for split, n in (("train", 5), ("validation", 2), ("test", 3)):
        write_classes(tmp_path / split, n=n)
    data = image_folder.load(tmp_path)
    assert data.class_names == ("cat", "dog")
    assert data.counts().to_numpy().tolist() == [[5, 2, 3]] * 2


def test_split_folders_may_have_the_names_of_fer2013(tmp_path):
    for split in ("Training", "PublicTest", "PrivateTest"):
        write_classes(tmp_path / split)
    data = image_folder.load(tmp_path)
    assert data.counts().to_numpy().tolist() == [[5, 5, 5]] * 2
    assert data.notes == ()


@pytest.mark.parametrize(
    "splits", [("test",), ("test", "validation"), ("PublicTest", "PrivateTest", "more")]
)
def test_splits_without_train_are_not_taken_for_classes(tmp_path, splits):
    for split in splits:
        write_classes(tmp_path / split)
    message = r"Expected .*train beside.*Put the pictures to train on there"
    with pytest.raises(DataError, match=message):
        image_folder.load(tmp_path)
    with pytest.raises(DataError, match=f"Name one split: .*{min(splits)}"):
        image_folder.read(tmp_path, ("cat", "dog"))
    split, _, _ = image_folder.read(tmp_path / splits[0], ("cat", "dog"))
    assert len(split) == 10


def test_two_folders_for_one_split_are_refused(tmp_path):
    for split in ("train", "val", "validation"):
        write_classes(tmp_path / split)
    with pytest.raises(DataError, match=r"one folder for each split.*Received: val and validation"):
        image_folder.load(tmp_path)


def test_a_folder_beside_the_splits_is_named(tmp_path):
    for split in ("train", "test", "unsorted"):
        write_classes(tmp_path / split)
    data = image_folder.load(tmp_path)
    assert data.notes[0] == "skipped: 1 folders beside the splits (unsorted)"


def test_classes_may_have_the_names_of_splits(tmp_path):
    write_classes(tmp_path, classes=("train", "plane", "valid"))
    assert image_folder.load(tmp_path).class_names == ("plane", "train", "valid")


def test_every_format_and_linked_folder_is_read_and_other_files_are_counted(mine, tmp_path):
    for number, suffix in enumerate(("jfif", "avif", "pgm", "jpe", "jp2")):
        write_picture(mine / "Anger" / f"more.{suffix}", 500 + number)
    for number in range(4):
        write_picture(tmp_path / "linked" / f"{number}.png", 600 + number)
        write_picture(mine / "Happiness" / ".trash" / f"{number}.png", 700 + number)
    (mine / "Anger" / "link").symlink_to(tmp_path / "linked")
    (mine / "Anger" / "gone.png").symlink_to(tmp_path / "nowhere.png")
    (mine / "Anger" / "clip.mp4").write_bytes(b"video")
    write_picture(mine / "loose.png", 800)
    data = image_folder.load(mine)
    assert data.counts().sum(axis=1).tolist() == [19, 10]
    (note,) = data.notes
    assert note == (
        "skipped: 1 .mp4, 1 dangling links, 2 hidden, 1 pictures outside of the class folders"
    )


def test_a_class_folder_that_may_not_be_read_is_counted(mine, monkeypatch):
    scandir = os.scandir

    def refuse_anger(path):
        if str(path).endswith("Anger"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse_anger)  # instead of permissions: root may read all
    split, _, notes = image_folder.read(mine, SEVEN_EXPRESSIONS)
    assert len(split) == 10
    assert "1 unreadable folders" in notes[0]
    with pytest.raises(DataError, match=r"(?s)Received: 0 of 'angry'.*1 unreadable folders"):
        image_folder.load(mine)


def test_file_names_that_are_not_utf8_can_be_printed(mine):
    (mine / "Anger" / os.fsdecode(b"caf\xe9.png")).write_bytes(b"nothing")
    (note,) = [note for note in image_folder.load(mine).notes if "could not be read" in note]
    assert r"caf\xe9.png" in note
    assert note.encode()


def test_a_picture_in_two_splits_is_kept_in_test_only(tmp_path):
    for split in ("train", "test"):
        write_classes(tmp_path / split, classes=("happy", "sad"), n=6)
        write_picture(tmp_path / split / "happy" / "same.png", 7)
    data = image_folder.load(tmp_path)
    assert data.counts()["test"].tolist() == [7, 6]
    (note,) = data.notes
    assert "1 pictures left out as identical" in note


def test_a_changed_folder_is_read_again(mine):
    before = image_folder.load(mine)
    write_picture(mine / "Anger" / "new.png", 999)
    assert len(image_folder.load(mine).train) == len(before.train) + 1


def test_pictures_that_cannot_be_read_are_named(mine):
    (mine / "Anger" / "broken.jpg").write_bytes(b"nothing")
    assert "broken.jpg" in image_folder.load(mine).notes[1]


def test_wrong_folders_are_refused(tmp_path, mine):
    with pytest.raises(DataError, match="no such folder"):
        image_folder.load(tmp_path / "nowhere")
    with pytest.raises(DataError, match="at least two class folders"):
        image_folder.load(mine / "Anger")


def test_two_folders_of_one_expression_are_refused(mine):
    write_picture(mine / "angry" / "0.png", 1)
    with pytest.raises(DataError, match="all mean 'angry'"):
        image_folder.load(mine)


def test_a_class_with_too_few_pictures_is_refused(mine):
    write_picture(mine / "bored" / "0.png", 1)
    with pytest.raises(DataError, match="Received: 1 of 'bored'"):
        image_folder.load(mine)


def test_a_class_that_training_lacks_is_refused(tmp_path):
    for split, name in (("train", "a"), ("train", "b"), ("test", "c")):
        write_picture(tmp_path / split / name / "0.png", 1)
    with pytest.raises(DataError, match=r"Received also: \['c'\]"):
        image_folder.load(tmp_path)


def test_a_test_folder_without_classes_is_refused(mine, tmp_path):
    shutil.copytree(mine, tmp_path / "kaggle" / "train")
    write_picture(tmp_path / "kaggle" / "test" / "0.png", 5)
    with pytest.raises(DataError, match="in the test folder"):
        image_folder.load(tmp_path / "kaggle")


def test_every_picture_is_prepared(mine):
    shapes = []

    def left_half(pixels):
        shapes.append(pixels.shape)
        return pixels[:, : pixels.shape[1] // 2]

    image_folder.load(mine, prepare=left_half)
    assert len(shapes) == 20


def darken(factor):
    return lambda pixels: pixels // factor


def test_unnamed_preparations_do_not_share_the_cache(mine):
    dark = image_folder.load(mine, prepare=darken(2))
    darker = image_folder.load(mine, prepare=darken(4))
    assert dark.train.images.max() > 1.9 * darker.train.images.max()


def test_named_preparations_do_not_share_the_cache(mine):
    plain = image_folder.load(mine).train.images.max()
    dark = image_folder.load(mine, prepare=darken(2), prepare_name="dark").train.images.max()
    darker = image_folder.load(mine, prepare=darken(4), prepare_name="darker").train.images.max()
    assert plain > 1.9 * dark
    assert dark > 1.8 * darker


def test_read_uses_the_labels_of_the_model(mine):
    split, files, notes = image_folder.read(mine, SEVEN_EXPRESSIONS)
    assert [file.parent.name for file in files] == ["Anger"] * 10 + ["Happiness"] * 10
    assert np.bincount(split.labels).tolist() == [10, 0, 0, 10]
    assert notes == ("skipped: 1 hidden",)


def test_read_refuses_classes_that_the_model_lacks(mine):
    with pytest.raises(DataError, match=r"Received: \['Anger', 'Happiness'\]"):
        image_folder.read(mine, ("cat", "dog"))
