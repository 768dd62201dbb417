"""A folder of images as one compressed tar."""

import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from conftest import REAL_DATA

from emotion_lib.datasets import DataError, packed
from emotion_lib.datasets.sources import fer2013


@dataclass
class Forms:
    """The same images as a folder, a zip and a packed tar."""

    folder: Path
    zip: Path
    tar: Path


@pytest.fixture
def forms(write_tree, tmp_path):
    """A small FER-2013 with one twin, in three forms."""
    root = write_tree(2)
    original = min((root / "test" / "happy").glob("PrivateTest*"))
    shutil.copy(original, root / "train" / "sad" / "Training_1.png")
    archive = shutil.make_archive(str(tmp_path / "archive"), "zip", root)
    packed.write(root, tmp_path / "packed.tar.xz")
    return Forms(root, Path(archive), tmp_path / "packed.tar.xz")


def assert_same(first, second):
    assert first.fingerprint == second.fingerprint
    assert first.notes == second.notes
    for name in ("train", "val", "test"):
        split = getattr(first, name)
        other = getattr(second, name)
        assert np.array_equal(split.images, other.images)
        assert np.array_equal(split.labels, other.labels)
        assert np.array_equal(split.has_twin, other.has_twin)


def test_a_packed_data_set_equals_its_zip(forms):
    from_zip = fer2013.load(forms.zip, partial=True)
    from_tar = fer2013.load(forms.tar, partial=True)
    assert from_tar.test.has_twin.sum() == 1
    assert_same(from_zip, from_tar)


def test_it_is_found_by_its_name_in_the_data_folder(forms, tmp_path):
    (tmp_path / "data").mkdir(exist_ok=True)
    file = tmp_path / "data" / "fer2013.tar.xz"
    shutil.move(forms.tar, file)
    assert fer2013.find() == file.resolve()
    assert len(fer2013.load(partial=True).val) == 14


def test_the_image_files_are_unchanged(forms):
    contents = packed.read(forms.tar)
    assert len(contents) == 43
    for name, content in contents.items():
        assert (forms.folder / name).read_bytes() == content


def test_the_same_images_give_the_same_bytes(forms, tmp_path):
    packed.write(forms.zip, tmp_path / "again.tar.xz")
    assert (tmp_path / "again.tar.xz").read_bytes() == forms.tar.read_bytes()


def test_common_parts_of_files_are_stored_once(tmp_path):
    shared = np.random.default_rng(0).bytes(20_000)
    (tmp_path / "tree").mkdir()
    for number in range(20):
        (tmp_path / "tree" / f"{number}.jpg").write_bytes(shared + bytes([number]))
    packed.write(tmp_path / "tree", tmp_path / "packed.tar.xz")
    assert (tmp_path / "packed.tar.xz").stat().st_size < 2 * len(shared)


def test_a_tar_of_the_csv_is_still_a_csv(tmp_path):
    (tmp_path / "fer2013.csv").write_text("emotion,pixels\n0,1\n")
    with tarfile.open(tmp_path / "fer2013.tar.xz", "w:xz") as archive:
        archive.add(tmp_path / "fer2013.csv", "fer2013/fer2013.csv")
    assert not packed.is_packed(tmp_path / "fer2013.tar.xz")
    with pytest.raises(DataError, match="the columns emotion, pixels and Usage"):
        fer2013.load(tmp_path / "fer2013.tar.xz")


@pytest.mark.parametrize("share", [0.5, 0.0])
def test_a_truncated_file_is_refused_by_its_name(forms, share):
    content = forms.tar.read_bytes()
    forms.tar.write_bytes(content[: int(share * len(content))])
    with pytest.raises(DataError, match=r"packed\.tar\.xz.*damaged"):
        fer2013.load(forms.tar, partial=True)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("fer2013.csv", "a folder or zip"),
        ("missing", "a folder or zip"),
        ("empty", "Received: none"),
    ],
)
def test_only_folders_and_zips_of_images_are_packed(tmp_path, source, message):
    (tmp_path / "fer2013.csv").write_text("emotion,pixels,Usage\n")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=message):
        packed.write(tmp_path / source, tmp_path / "packed.tar.xz")
    assert not (tmp_path / "packed.tar.xz").exists()


@pytest.mark.skipif(not REAL_DATA, reason="FER2013_PATH is not set")
def test_the_real_data_packed_is_the_same_data_set(tmp_path):
    packed.write(REAL_DATA, tmp_path / "packed.tar.xz")
    assert (tmp_path / "packed.tar.xz").stat().st_size < 44_000_000
    assert_same(fer2013.load(REAL_DATA), fer2013.load(tmp_path / "packed.tar.xz"))
