import os
import zlib

import numpy as np
import pytest
from PIL import Image

from emotion_lib.datasets import DataError
from emotion_lib.datasets.sources import image_folder
from emotion_lib.labels import SEVEN_EXPRESSIONS


def seed_of(*what):
    return zlib.crc32(repr(what).encode())


def picture(path, seed, size=(60, 50), mode="RGB"):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(pixels).convert(mode).save(path)


@pytest.fixture
def mine(tmp_path):
    """Two classes by other words, sizes and colours mixed, with debris."""
    root = tmp_path / "mine"
    for label, name in enumerate(("Happiness", "Anger")):
        for i in range(10):
            picture(
                root / name / f"{i}.png", 100 * label + i, (48 + 7 * i, 48), "L" if i % 2 else "RGB"
            )
    (root / "Anger" / "notes.txt").write_text("not a picture")
    (root / ".cache").mkdir()
    return root


def test_an_unsplit_folder_is_split_by_class(mine):
    data = image_folder.load(mine)
    assert data.class_names == ("angry", "happy") and data.name == "image_folder" and not data.full
    assert data.counts().to_numpy().tolist() == [[6, 2, 2]] * 2
    assert data.train.images.shape == (12, 48, 48) and data.train.images.dtype == np.uint8
    again = image_folder.load(mine)
    assert again.fingerprint == data.fingerprint and np.array_equal(
        again.test.images, data.test.images
    )
    assert not np.array_equal(image_folder.load(mine, seed=1).test.images, data.test.images)


def test_colour_and_size(mine):
    data = image_folder.load(mine, image_size=32, color="rgb")
    assert data.input_shape == (32, 32, 3)


def test_split_folders_are_taken_as_they_are(tmp_path):
    for split, count in (("train", 5), ("validation", 2), ("test", 3)):
        for label, name in enumerate(("cat", "dog")):
            for i in range(count):
                picture(tmp_path / split / name / f"{i}.jpg", seed_of(split, label, i))
    data = image_folder.load(tmp_path)
    assert data.class_names == ("cat", "dog")  # no expressions: names stay
    assert data.counts().to_numpy().tolist() == [[5, 2, 3]] * 2


def split_in(root, *parts, classes=("cat", "dog"), n=5):
    for part in parts:
        for name in classes:
            for i in range(n):
                picture(root / part / name / f"{i}.png", seed_of(part, name, i))
    return root


def test_the_names_of_fer2013s_splits(tmp_path):
    data = image_folder.load(split_in(tmp_path, "Training", "PublicTest", "PrivateTest"))
    assert data.counts().to_numpy().tolist() == [[5, 5, 5]] * 2 and data.notes == ()


@pytest.mark.parametrize(
    "parts", [("test",), ("test", "validation"), ("PublicTest", "PrivateTest", "more")]
)
def test_splits_without_train_are_no_classes(tmp_path, parts):
    root = split_in(tmp_path, *parts)
    with pytest.raises(
        DataError, match=r"Expected .*train beside.*Put the pictures to train on there"
    ):
        image_folder.load(root)
    with pytest.raises(DataError, match=f"Name one split: .*{min(parts)}"):
        image_folder.read(root, ("cat", "dog"))
    assert len(image_folder.read(root / parts[0], ("cat", "dog"))[0]) == 10


def test_two_folders_for_one_split_are_refused(tmp_path):
    with pytest.raises(DataError, match=r"one folder for each split.*Received: val and validation"):
        image_folder.load(split_in(tmp_path, "train", "val", "validation"))


def test_a_folder_beside_the_splits_is_named(tmp_path):
    data = image_folder.load(split_in(tmp_path, "train", "test", "unsorted"))
    assert data.notes[0] == "passed over: 1 folders beside the splits (unsorted)"


def test_classes_may_be_called_like_splits(tmp_path):
    for name in ("train", "plane", "valid"):
        for i in range(4):
            picture(tmp_path / name / f"{i}.png", seed_of(name, i))
    assert image_folder.load(tmp_path).class_names == ("plane", "train", "valid")


def test_every_format_and_linked_folders_are_read_and_the_rest_is_counted(mine, tmp_path):
    for number, suffix in enumerate(("jfif", "avif", "pgm", "jpe", "jp2")):
        picture(mine / "Anger" / f"more.{suffix}", 500 + number)
    for i in range(4):
        picture(tmp_path / "elsewhere" / f"{i}.png", 600 + i)
        picture(mine / "Happiness" / ".trash" / f"{i}.png", 700 + i)
    (mine / "Anger" / "linked").symlink_to(tmp_path / "elsewhere")
    (mine / "Anger" / "gone.png").symlink_to(tmp_path / "nowhere.png")
    (mine / "Anger" / "clip.mp4").write_bytes(b"video")
    picture(mine / "loose.png", 800)
    data = image_folder.load(mine)
    assert data.counts().sum(axis=1).tolist() == [19, 10]
    assert data.notes == (
        "passed over: 1 .mp4, 1 dangling links, 2 hidden, 1 pictures outside of the class folders",
    )


def test_a_class_folder_that_may_not_be_read_is_counted(mine, monkeypatch):
    scandir = os.scandir

    def refusing(path):
        if str(path).endswith("Anger"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)  # root may read everything
    split, notes = image_folder.read(mine, SEVEN_EXPRESSIONS)
    assert len(split) == 10 and "1 unreadable folders" in notes[0]
    with pytest.raises(DataError, match=r"(?s)Received: 0 of 'angry'.*1 unreadable folders"):
        image_folder.load(mine)


def test_names_that_are_not_utf8(mine):
    (mine / "Anger" / os.fsdecode(b"caf\xe9.png")).write_bytes(b"nothing")
    (note,) = [note for note in image_folder.load(mine).notes if "could not be read" in note]
    assert r"caf\xe9.png" in note and note.encode()


def test_a_picture_stands_in_one_split_only(tmp_path):
    for split in ("train", "test"):
        for name in ("happy", "sad"):
            for i in range(6):
                picture(tmp_path / split / name / f"{split}{i}.png", seed_of(split, name, i))
        picture(tmp_path / split / "happy" / "same.png", 7)
    data = image_folder.load(tmp_path)
    assert data.counts()["test"].tolist() == [7, 6]
    assert "1 pictures left out as identical" in data.notes[0] and len(data.notes) == 1


def test_a_changed_folder_is_read_again(mine):
    before = image_folder.load(mine)
    picture(mine / "Anger" / "new.png", 999)
    assert len(image_folder.load(mine).train) == len(before.train) + 1


def test_pictures_that_cannot_be_read_are_named(mine):
    (mine / "Anger" / "broken.jpg").write_bytes(b"nothing")
    assert "broken.jpg" in image_folder.load(mine).notes[1]


def test_mistakes_say_what_to_do(tmp_path, mine):
    with pytest.raises(DataError, match="no such folder"):
        image_folder.load(tmp_path / "nowhere")
    with pytest.raises(DataError, match="at least two class folders"):
        image_folder.load(mine / "Anger")
    picture(mine / "angry" / "0.png", 1)
    with pytest.raises(DataError, match="all mean 'angry'"):
        image_folder.load(mine)
    (mine / "angry").rename(mine / "bored")
    with pytest.raises(DataError, match="Received: 1 of 'bored'"):
        image_folder.load(mine)


def test_another_class_in_test_is_refused(tmp_path):
    for split, name in (("train", "a"), ("train", "b"), ("test", "c")):
        picture(tmp_path / split / name / "0.png", 1)
    with pytest.raises(DataError, match=r"Received also: \['c'\]"):
        image_folder.load(tmp_path)


def test_prepare_sees_every_picture(mine):
    seen = []

    def left_half(pixels):
        seen.append(pixels.shape)
        return pixels[:, : pixels.shape[1] // 2]

    image_folder.load(mine, prepare=left_half)
    assert len(seen) == 20


def test_functions_without_a_name_are_never_taken_for_each_other(mine):
    dark = image_folder.load(mine, prepare=lambda pixels: pixels // 2)
    darker = image_folder.load(mine, prepare=lambda pixels: pixels // 4)
    assert dark.train.images.max() > 1.9 * darker.train.images.max()


def test_read_labels_by_the_models_classes(mine):
    split, notes = image_folder.read(mine, SEVEN_EXPRESSIONS)
    assert np.bincount(split.labels).tolist() == [10, 0, 0, 10] and notes == (
        "passed over: 1 hidden",
    )
    with pytest.raises(DataError, match=r"Received: \['Anger', 'Happiness'\]"):
        image_folder.read(mine, ("cat", "dog"))


def test_a_test_folder_without_classes_is_refused_before_any_training(mine, tmp_path):
    (tmp_path / "kaggle").mkdir()
    mine.rename(tmp_path / "kaggle" / "train")
    picture(tmp_path / "kaggle" / "test" / "0.png", 5)
    with pytest.raises(DataError, match="in the test folder"):
        image_folder.load(tmp_path / "kaggle")


def test_the_cache_tells_preparations_apart(mine):
    def dark(pixels):
        return pixels // 2

    plain = image_folder.load(mine)
    halved = image_folder.load(mine, prepare=dark, prepare_name="dark")
    quartered = image_folder.load(mine, prepare=lambda pixels: pixels // 4, prepare_name="darker")
    assert (
        plain.train.images.max()
        > 1.9 * halved.train.images.max()
        > 3.5 * quartered.train.images.max()
    )
