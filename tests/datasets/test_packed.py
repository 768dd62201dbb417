import shutil
import tarfile

import numpy as np
import pytest
from conftest import REAL_DATA

from emotion_lib.datasets import DataError, packed
from emotion_lib.datasets.sources import fer2013


@pytest.fixture
def sources(write_tree, tmp_path):
    """A folder with a twin, as zip and packed."""
    root = write_tree(2)
    original = sorted((root / "test" / "happy").glob("PrivateTest*"))[0]
    shutil.copy(original, root / "train" / "sad" / "Training_1.png")
    archive = shutil.make_archive(str(tmp_path / "archive"), "zip", root)
    packed.write(root, tmp_path / "packed.tar.xz")
    return root, archive, tmp_path / "packed.tar.xz"


def assert_same(first, second):
    assert first.fingerprint == second.fingerprint
    assert first.notes == second.notes
    for name in ("train", "val", "test"):
        split, other = getattr(first, name), getattr(second, name)
        assert np.array_equal(split.images, other.images)
        assert np.array_equal(split.labels, other.labels)
        assert np.array_equal(split.has_twin, other.has_twin)


def test_a_packed_data_set_equals_its_zip(sources):
    _, archive, file = sources
    from_zip = fer2013.load(archive, partial=True)
    from_packed = fer2013.load(file, partial=True)
    assert from_packed.test.has_twin.sum() == 1
    assert_same(from_zip, from_packed)


def test_found_by_its_name_in_the_data_folder(sources, tmp_path):
    (tmp_path / "data").mkdir(exist_ok=True)
    shutil.move(sources[2], tmp_path / "data" / "fer2013.tar.xz")
    assert fer2013.find() == (tmp_path / "data" / "fer2013.tar.xz").resolve()
    assert len(fer2013.load(partial=True).val) == 14


def test_the_files_are_kept_as_they_are_in_the_same_bytes_each_time(sources, tmp_path):
    root, archive, file = sources
    kept = packed.read(file)
    assert len(kept) == 43
    assert all((root / name).read_bytes() == content for name, content in kept.items())
    packed.write(archive, tmp_path / "again.tar.xz")
    assert (tmp_path / "again.tar.xz").read_bytes() == file.read_bytes()


def test_what_files_have_in_common_is_kept_once(tmp_path):
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


@pytest.mark.parametrize("kept", [0.5, 0.0])
def test_a_damaged_file_is_refused_with_its_name(sources, kept):
    content = sources[2].read_bytes()
    sources[2].write_bytes(content[: int(kept * len(content))])
    with pytest.raises(DataError, match=r"packed\.tar\.xz.*damaged"):
        fer2013.load(sources[2], partial=True)


def test_only_folders_and_zips_of_pictures_are_packed(tmp_path):
    (tmp_path / "fer2013.csv").write_text("emotion,pixels,Usage\n")
    (tmp_path / "empty").mkdir()
    for source, fault in (
        ("fer2013.csv", "a folder or zip"),
        ("gone", "a folder or zip"),
        ("empty", "Received: none"),
    ):
        with pytest.raises(DataError, match=fault):
            packed.write(tmp_path / source, tmp_path / "packed.tar.xz")
    assert not (tmp_path / "packed.tar.xz").exists()


@pytest.mark.skipif(not REAL_DATA, reason="FER2013_PATH is not set")
def test_the_real_data_packed_is_the_same_data_set(tmp_path):
    packed.write(REAL_DATA, tmp_path / "packed.tar.xz")
    assert (tmp_path / "packed.tar.xz").stat().st_size < 44_000_000
    assert_same(fer2013.load(REAL_DATA), fer2013.load(tmp_path / "packed.tar.xz"))
