"""FER-2013 in every form, its twins, its cache, and sources that are damaged or incomplete."""

import gzip
import shutil
import tarfile
import time
import zipfile

import numpy as np
import pandas as pd
import pytest
from conftest import REAL_DATA
from PIL import Image

from emotion_lib.datasets import DataError
from emotion_lib.datasets.sources import fer2013
from emotion_lib.datasets.sources.fer2013 import importing, twins
from emotion_lib.labels import FER2013_CSV, SEVEN_EXPRESSIONS

USAGES = ("Training", "PublicTest", "PrivateTest")
CSV_HEADER = "emotion,pixels,Usage"


def write_csv(path, rows, header=CSV_HEADER):
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def csv_rows(per_class=1):
    """Return rows with images per class and split.

    The first pixel is 30 times the class's number in the CSV, the third the length of the usage.
    """
    rows = []
    for usage in USAGES:
        for code in range(7):
            for number in range(per_class):
                pixels = [code * 30 + number, 255, len(usage)] + [7] * (48 * 48 - 3)
                rows.append(f"{code},{' '.join(map(str, pixels))},{usage}")
    return rows


def load(source, **options):
    return fer2013.load(source, partial=True, **options)


def no_network(handle):
    raise ConnectionError("no route to host")


def test_a_folder(write_tree):
    dataset = load(write_tree(3))
    assert [len(dataset.train), len(dataset.val), len(dataset.test)] == [21, 21, 21]
    assert dataset.class_names == SEVEN_EXPRESSIONS
    assert not dataset.full
    assert isinstance(dataset.train.images, np.memmap)
    assert dataset.train.images.shape == (21, 48, 48)
    assert dataset.train.images.dtype == np.uint8
    assert np.bincount(dataset.val.labels).tolist() == [3] * 7


def test_a_zip_equals_its_folder(write_tree, tmp_path):
    root = write_tree(2)
    from_folder = load(root)
    from_zip = load(shutil.make_archive(str(tmp_path / "archive"), "zip", root))
    assert np.array_equal(from_folder.test.images, from_zip.test.images)
    assert from_folder.fingerprint == from_zip.fingerprint


def check_csv(dataset):
    """Check that labels are in alphabetical order: class 6 of the CSV is neutral."""
    neutral = dataset.train.images[dataset.train.labels == SEVEN_EXPRESSIONS.index("neutral")]
    assert neutral[:, 0, 0].tolist() == [FER2013_CSV.index("neutral") * 30]
    assert neutral[0, 0, 1] == 255
    assert neutral[0, 0, 2] == len("Training")


@pytest.mark.parametrize("name", ["fer2013.csv", "fer2013.csv.gz", "fer2013.csv.zip"])
def test_a_csv_with_any_compression(tmp_path, name):
    plain = write_csv(tmp_path / "plain.csv", csv_rows())
    if name.endswith(".zip"):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.write(plain, "fer2013.csv")
    else:
        pd.read_csv(plain, dtype=str).to_csv(tmp_path / name, index=False)
    check_csv(load(tmp_path / name))


def test_icml_face_data_with_its_blanks_and_order_of_columns(tmp_path):
    rows = []
    for row in csv_rows():
        emotion, pixels, usage = row.split(",")
        rows.append(f"{emotion}, {usage}, {pixels}")
    check_csv(load(write_csv(tmp_path / "icml_face_data.csv", rows, "emotion, Usage, pixels")))


@pytest.fixture
def tree_with_twin(write_tree):
    """A folder with one training image that is in test too."""
    root = write_tree(2)
    original = min((root / "test" / "happy").glob("PrivateTest*"))
    shutil.copy(original, root / "train" / "sad" / "Training_1.png")
    return root


def test_twins_are_dropped_from_training_and_marked_in_test(tree_with_twin):
    dataset = load(tree_with_twin)
    assert len(dataset.train) == 14
    assert len(dataset.test) == 14
    assert dataset.test.has_twin.sum() == 1
    assert dataset.val.has_twin.sum() == 0
    assert any("1 training images dropped" in note for note in dataset.notes)


def test_with_its_twins_it_is_another_data_set(tree_with_twin):
    without = load(tree_with_twin)
    dataset = load(tree_with_twin, drop_twins=False)
    assert len(dataset.train) == 15
    assert dataset.name != without.name  # so that runs on both are never compared
    assert dataset.fingerprint != without.fingerprint


def test_a_source_is_imported_once(write_tree, monkeypatch):
    root = write_tree(2)
    before = load(root)
    monkeypatch.setattr(importing, "_build", lambda source: pytest.fail("imported again"))
    assert load(root).fingerprint == before.fingerprint
    assert fer2013.load(partial=True).fingerprint == before.fingerprint


def test_a_changed_source_is_imported_again(write_tree):
    root = write_tree(2)
    before = load(root)
    Image.new("L", (48, 48), 9).save(root / "train" / "sad" / "Training_2.png")
    assert len(load(root).train) == len(before.train) + 1


def test_a_rewritten_or_renamed_file_is_another_source(write_tree):
    root = write_tree(1)
    folders = [importing.cache_folder(root)]
    file = min((root / "test" / "sad").iterdir())
    file.write_bytes(b"another picture")
    folders.append(importing.cache_folder(root))
    file.rename(file.with_name("PublicTest_0.png"))
    folders.append(importing.cache_folder(root))
    assert len(set(folders)) == 3
    assert importing.cache_folder(root) == folders[2]


def test_an_interrupted_import_leaves_no_cache(write_tree, monkeypatch, tmp_path):
    def interrupted(images, usages):
        raise KeyboardInterrupt

    monkeypatch.setattr(twins, "find", interrupted)
    with pytest.raises(KeyboardInterrupt):
        load(write_tree(1))
    assert list((tmp_path / "data" / "cache").iterdir()) == []


def test_a_damaged_cache_is_built_again(write_tree, tmp_path):
    root = write_tree(2)
    before = load(root)
    (images,) = (tmp_path / "data" / "cache").rglob("images.npy")
    images.write_bytes(images.read_bytes()[:1000])
    assert load(root).fingerprint == before.fingerprint


def test_it_is_found_by_its_name_in_the_data_folder(write_tree):
    write_tree(1, name="data/fer2013")
    assert len(fer2013.load(partial=True).train) == 7


def test_other_files_with_similar_names_are_ignored(tmp_path, monkeypatch, write_tree):
    """FER+ beside FER-2013, a download that is not finished, and a copy."""
    data = tmp_path / "data"
    data.mkdir()
    for name in (
        "fer2013new.csv",
        "fer2013 (1).csv",
        "fer2013.csv.part",
        "fer2013_faces.zip",
        "fer2013.txt",
    ):
        (data / name).write_text("Usage,Image name\n")
    (data / "fer2013plus").mkdir()
    root = write_tree(1, name="downloaded")
    monkeypatch.setattr("kagglehub.dataset_download", lambda handle: str(root))
    assert len(fer2013.load(partial=True).train) == 7


def test_a_zip_comes_before_a_csv_in_the_data_folder(tmp_path, write_tree):
    data = tmp_path / "data"
    data.mkdir()
    write_csv(data / "ICML_face_data.csv", csv_rows(2))
    assert len(fer2013.load(partial=True).train) == 14
    (data / "fer2013.zip").write_bytes(b"an interrupted download")
    with pytest.raises(DataError, match=r"fer2013\.zip, which is none of these"):
        fer2013.load(partial=True)
    archive = shutil.make_archive(str(tmp_path / "archive"), "zip", write_tree(3, name="tree"))
    shutil.copy(archive, data / "fer2013.zip")
    assert len(fer2013.load(partial=True).train) == 21


def test_it_is_downloaded_if_it_is_not_found(write_tree, monkeypatch):
    root = write_tree(1, name="downloaded")
    monkeypatch.setattr("kagglehub.dataset_download", lambda handle: str(root))
    assert not fer2013.is_available()
    assert len(fer2013.load(partial=True).train) == 7


def test_without_network_the_error_lists_the_ways_to_get_it(monkeypatch):
    monkeypatch.setattr("kagglehub.dataset_download", no_network)
    with pytest.raises(DataError) as error:
        fer2013.load()
    for text in ("no route to host", "--source", "FER2013_PATH", "synthetic"):
        assert text in str(error.value)


def test_a_partial_import_is_not_loaded_without_asking(write_tree, monkeypatch):
    load(write_tree(2))
    monkeypatch.setattr("kagglehub.dataset_download", no_network)
    with pytest.raises(DataError, match="Ways to get it"):
        fer2013.load()


def test_other_than_the_official_test_images_are_refused(write_tree):
    with pytest.raises(DataError, match="official counts"):
        fer2013.load(write_tree(2))


def test_unreadable_training_images_are_skipped_and_counted(write_tree):
    root = write_tree(40)
    (root / "train" / "fear" / "Training_0.png").write_bytes(b"")
    (root / "train" / "fear" / "Training_1.png").write_bytes(b"no image")
    dataset = load(root)
    assert len(dataset.train) == 280
    (note,) = [note for note in dataset.notes if "unreadable" in note]
    assert "2 unreadable training images skipped" in note
    assert "Training_0.png" in note


def test_linked_folders_are_read_and_skipped_files_are_counted(write_tree, tmp_path):
    root = write_tree(2)
    shutil.move(root / "train", tmp_path / "moved")
    (root / "train").symlink_to(tmp_path / "moved")
    (root / "test" / "sad" / "gone.png").symlink_to(tmp_path / "nowhere.png")
    (root / "test" / "sad" / "._PublicTest_1.png").write_bytes(b"debris")
    dataset = load(root)
    assert len(dataset.train) == 14
    assert dataset.notes[0] == "skipped: 1 dangling links, 1 hidden"


def test_images_of_one_colour_are_counted_and_listed_in_the_cache(write_tree, tmp_path):
    root = write_tree(2)
    Image.new("L", (48, 48), 128).save(root / "train" / "fear" / "Training_0.png")
    (note,) = [note for note in load(root).notes if "flat colour" in note]
    assert note == "1 images are one flat colour (meta.json in the data's cache lists them)"
    (listed,) = (tmp_path / "data").rglob("meta.json")
    assert "Training_0.png" in listed.read_text()


def make_unreadable(root):
    min((root / "test" / "fear").iterdir()).write_bytes(b"no image")


def make_too_large(root):
    Image.new("L", (64, 64)).save(min((root / "test" / "fear").iterdir()))


def add_a_class(root):
    (root / "train" / "contempt").mkdir()
    Image.new("L", (48, 48)).save(root / "train" / "contempt" / "Training_1.png")


def remove_a_split(root):
    for path in (root / "test").rglob("PublicTest*"):
        path.unlink()


def remove_a_class(root):
    for path in (root / "test" / "fear").glob("PrivateTest*"):
        path.unlink()


def rename_an_image(root):
    file = min((root / "test" / "fear").iterdir())
    file.rename(file.with_name("0001.png"))


def make_many_unreadable(root):
    for path in (root / "train" / "happy").iterdir():
        path.write_bytes(b"no image")


def remove_everything(root):
    shutil.rmtree(root)
    root.mkdir()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (make_unreadable, "every validation and test image"),
        (make_too_large, "64x64 px instead of 48x48"),
        (add_a_class, r"\['contempt'\] in addition"),
        (remove_a_split, "no image of PublicTest"),
        (remove_a_class, r"none of \['fear'\]"),
        (rename_an_image, "0001.png"),
        (make_many_unreadable, "at most 1%"),
        (remove_everything, "no image"),
    ],
)
def test_damaged_folders_are_refused(write_tree, damage, message):
    root = write_tree(2)
    damage(root)
    with pytest.raises(DataError, match=message) as error:
        load(root)
    assert "Expected" in str(error.value)
    assert "Received" in str(error.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: [rows[0].replace("Training", "Test"), *rows[1:]], "line 2"),
        (lambda rows: [rows[0].replace("0,", "9,", 1), *rows[1:]], "emotion='9'"),
        (lambda rows: [*rows[:-1], "3,1 2 3,PrivateTest"], "3 pixels instead of 2304"),
        (lambda rows: [*rows[:-1], rows[-1].replace(" 7 ", " x ", 1)], "no numbers"),
        (lambda rows: [*rows[:-1], rows[-1].replace(" 7 ", " 300 ", 1)], "300 instead of 0..255"),
        (lambda rows: [*rows[:-1], "6"], "emotion='6', Usage=''"),
    ],
)
def test_damaged_csv_files_are_refused(tmp_path, change, message):
    with pytest.raises(DataError, match=message):
        load(write_csv(tmp_path / "fer2013.csv", change(csv_rows())))


def test_a_csv_without_its_split_is_refused(tmp_path):
    path = write_csv(tmp_path / "train.csv", ["0,1 2"], header="emotion,pixels")
    with pytest.raises(DataError, match=r"Received: \['emotion', 'pixels'\]"):
        load(path)


def test_a_truncated_csv_is_refused(tmp_path):
    content = gzip.compress(write_csv(tmp_path / "plain.csv", csv_rows()).read_bytes())
    (tmp_path / "fer2013.csv.gz").write_bytes(content[: len(content) // 2])
    with pytest.raises(DataError, match="damaged file"):
        load(tmp_path / "fer2013.csv.gz")


@pytest.mark.parametrize(
    ("csv_name", "other_name"),
    [("icml_face_data.csv", "train.csv"), ("fer2013.csv", "__MACOSX/._fer2013.csv")],
    ids=["Kaggle", "macOS"],
)
def test_the_csv_is_found_in_a_zip(tmp_path, csv_name, other_name):
    with zipfile.ZipFile(tmp_path / "archive.zip", "w") as archive:
        archive.writestr(other_name, "1,2\n")
        archive.write(write_csv(tmp_path / "plain.csv", csv_rows()), csv_name)
    assert len(load(tmp_path / "archive.zip").test) == 7


def test_the_csv_is_found_in_a_tar(tmp_path):
    with tarfile.open(tmp_path / "fer2013.tar.gz", "w:gz") as archive:
        archive.add(write_csv(tmp_path / "README", []), "fer2013/README")
        archive.add(write_csv(tmp_path / "plain.csv", csv_rows()), "fer2013/fer2013.csv")
    assert len(load(tmp_path / "fer2013.tar.gz").test) == 7


def test_a_zip_made_by_macos(write_tree, tmp_path):
    root = write_tree(1)
    with zipfile.ZipFile(tmp_path / "mac.zip", "w") as archive:
        for path in root.rglob("*.png"):
            name = path.relative_to(root)
            archive.write(path, name)
            archive.writestr(f"__MACOSX/{name.parent}/._{name.name}", "debris")
    assert len(load(tmp_path / "mac.zip").train) == 7


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("hello")
    with pytest.raises(DataError, match="none of these"):
        load(path)
    with pytest.raises(DataError, match="no such file"):
        load(tmp_path / "nowhere")


@pytest.mark.skipif(not REAL_DATA, reason="FER2013_PATH does not name the real data")
def test_the_real_data():
    dataset = fer2013.load(REAL_DATA)
    assert dataset.full
    assert dataset.class_names == SEVEN_EXPRESSIONS
    assert [len(dataset.train), len(dataset.val), len(dataset.test)] == [28_006, 3_589, 3_589]
    assert dataset.test.has_twin.sum() == 288  # 8.0 % of the test images are in training too
    assert np.bincount(dataset.test.labels).tolist() == [491, 55, 528, 879, 626, 594, 416]
    assert dataset.fingerprint == "bb6405ae047ac1f8"  # recorded runs name it
    start = time.perf_counter()
    again = fer2013.load(REAL_DATA)
    assert time.perf_counter() - start < 0.3
    assert again.fingerprint == dataset.fingerprint
