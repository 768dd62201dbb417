import gzip
import shutil
import tarfile
import time
import zipfile

import numpy as np
import pytest
from conftest import REAL_DATA
from PIL import Image

from emotion_lib.datasets import DataError
from emotion_lib.datasets.sources import fer2013
from emotion_lib.datasets.sources.fer2013 import importing, twins
from emotion_lib.labels import FER2013_CSV, SEVEN_EXPRESSIONS


def write_csv(path, rows, header="emotion,pixels,Usage"):
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def csv_rows(per_class=1):
    """One image a class and split, whose gray value tells its class in the CSV's order."""
    rows = []
    for usage in ("Training", "PublicTest", "PrivateTest"):
        for code in range(7):
            for k in range(per_class):
                pixels = " ".join(
                    str(v) for v in [code * 30 + k, 255, len(usage)] + [7] * (48 * 48 - 3)
                )
                rows.append(f"{code},{pixels},{usage}")
    return rows


def load(source, **options):
    return fer2013.load(source, partial=True, **options)


def test_folder(write_tree):
    dataset = load(write_tree(3))
    assert [len(s) for s in (dataset.train, dataset.val, dataset.test)] == [21, 21, 21]
    assert dataset.class_names == SEVEN_EXPRESSIONS and dataset.train.images.shape == (21, 48, 48)
    assert isinstance(dataset.train.images, np.memmap) and dataset.train.images.dtype == np.uint8
    assert not dataset.full and np.bincount(dataset.val.labels).tolist() == [3] * 7


def test_zip_equals_folder(write_tree, tmp_path):
    root = write_tree(2)
    archive = shutil.make_archive(str(tmp_path / "archive"), "zip", root)
    from_folder, from_zip = load(root), load(archive)
    assert np.array_equal(from_folder.test.images, from_zip.test.images)
    assert from_folder.fingerprint == from_zip.fingerprint


@pytest.mark.parametrize(
    "name", ["fer2013.csv", "icml_face_data.csv", "fer2013.csv.gz", "fer2013.csv.zip"]
)
def test_csv_in_every_dress(tmp_path, name):
    header = "emotion, Usage, pixels" if name.startswith("icml") else "emotion,pixels,Usage"
    rows = csv_rows()
    if name.startswith("icml"):
        rows = [
            ",".join((row.split(",")[0], f" {row.split(',')[2]}", f" {row.split(',')[1]}"))
            for row in rows
        ]
    plain = write_csv(tmp_path / "plain.csv", rows, header)
    path = tmp_path / name
    if name.endswith(".zip"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.write(plain, "fer2013.csv")
    else:
        import pandas as pd

        pd.read_csv(plain, dtype=str).to_csv(path, index=False)
    dataset = load(path)
    # The CSV's order is translated: its class 6 is neutral, whose first pixel is 180.
    neutral = dataset.train.images[dataset.train.labels == SEVEN_EXPRESSIONS.index("neutral")]
    assert neutral[:, 0, 0].tolist() == [FER2013_CSV.index("neutral") * 30]
    assert neutral[0, 0, 1] == 255 and neutral[0, 0, 2] == len("Training")


def test_twins_are_dropped_from_training_and_marked(write_tree):
    root = write_tree(2)
    original = sorted((root / "test" / "happy").glob("PrivateTest*"))[0]
    shutil.copy(original, root / "train" / "sad" / "Training_1.png")
    dataset = load(root)
    assert len(dataset.train) == 14 and len(dataset.test) == 14
    assert dataset.test.has_twin.sum() == 1 and dataset.val.has_twin.sum() == 0
    assert any("1 training images dropped" in note for note in dataset.notes)
    kept = load(root, drop_twins=False)
    assert kept.name != dataset.name  # never the same leaderboard
    assert len(kept.train) == 15 and kept.fingerprint != dataset.fingerprint


def test_second_load_reads_the_cache_and_a_changed_source_does_not(write_tree, monkeypatch):
    root = write_tree(2)
    before = load(root)
    with monkeypatch.context() as patch:
        patch.setattr(importing, "_build", lambda source: pytest.fail("imported again"))
        assert load(root).fingerprint == before.fingerprint
        assert (
            fer2013.load(partial=True).fingerprint == before.fingerprint
        )  # what was imported last
    Image.new("L", (48, 48), 9).save(root / "train" / "sad" / "Training_2.png")
    assert len(load(root).train) == len(before.train) + 1


def test_found_by_name_in_the_data_folder(write_tree, tmp_path):
    write_tree(1, name="data/fer2013")
    assert len(fer2013.load(partial=True).train) == 7


def test_what_only_begins_with_the_name_is_another_file(tmp_path, monkeypatch, write_tree):
    """FER+ beside FER-2013, as data/README.md has it, a download that is not finished, and a copy."""
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
    monkeypatch.setattr(
        "kagglehub.dataset_download", lambda handle: str(write_tree(1, name="downloaded"))
    )
    assert len(fer2013.load(partial=True).train) == 7
    write_csv(data / "ICML_face_data.csv", csv_rows(2))
    assert len(fer2013.load(partial=True).train) == 14
    (data / "fer2013.zip").write_bytes(b"a download that broke off")
    with pytest.raises(DataError, match=r"fer2013\.zip, which is none of these"):
        fer2013.load(partial=True)
    archive = shutil.make_archive(str(tmp_path / "archive"), "zip", write_tree(3, name="tree"))
    shutil.copy(archive, data / "fer2013.zip")
    assert len(fer2013.load(partial=True).train) == 21


def test_an_interrupted_import_is_no_cache(write_tree, monkeypatch, tmp_path):
    root = write_tree(1)
    monkeypatch.setattr(twins, "find", lambda *a: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        load(root)
    assert list((tmp_path / "data" / "cache").iterdir()) == []


def test_unreadable_training_images_are_skipped_and_counted(write_tree):
    root = write_tree(40)
    for i, content in enumerate((b"", b"no image")):
        (root / "train" / "fear" / f"Training_{i}.png").write_bytes(content)
    dataset = load(root)
    assert len(dataset.train) == 280
    assert any(
        "2 unreadable training images skipped" in note and "Training_0.png" in note
        for note in dataset.notes
    )


def test_linked_folders_are_read_and_what_is_not_is_counted(write_tree, tmp_path):
    root = write_tree(2)
    shutil.move(root / "train", tmp_path / "elsewhere")
    (root / "train").symlink_to(tmp_path / "elsewhere")
    (root / "test" / "sad" / "gone.png").symlink_to(tmp_path / "nowhere.png")
    (root / "test" / "sad" / "._PublicTest_1.png").write_bytes(b"debris")
    dataset = load(root)
    assert (
        len(dataset.train) == 14 and dataset.notes[0] == "passed over: 1 dangling links, 1 hidden"
    )


def test_a_constant_image_is_named(write_tree):
    root = write_tree(2)
    Image.new("L", (48, 48), 128).save(root / "train" / "fear" / "Training_0.png")
    assert any("flat colour" in note and "Training_0.png" in note for note in load(root).notes)


def damage(root, what):
    test = root / "test" / "fear"
    if what == "unreadable test image":
        sorted(test.iterdir())[0].write_bytes(b"no image")
    elif what == "wrong size":
        Image.new("L", (64, 64)).save(sorted(test.iterdir())[0])
    elif what == "unknown class":
        (root / "train" / "contempt").mkdir()
        Image.new("L", (48, 48)).save(root / "train" / "contempt" / "Training_1.png")
    elif what == "missing split":
        for path in (root / "test").rglob("PublicTest*"):
            path.unlink()
    elif what == "missing class":
        for path in test.glob("PrivateTest*"):
            path.unlink()
    elif what == "other names":
        sorted(test.iterdir())[0].rename(test / "0001.png")
    elif what == "mostly unreadable":
        for path in (root / "train" / "happy").iterdir():
            path.write_bytes(b"no image")
    elif what == "empty":
        shutil.rmtree(root)
        root.mkdir()


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("unreadable test image", "every validation and test image"),
        ("wrong size", "64x64 px instead of 48x48"),
        ("unknown class", r"\['contempt'\] besides"),
        ("missing split", "no image of PublicTest"),
        ("missing class", r"none of \['fear'\]"),
        ("other names", "0001.png"),
        ("mostly unreadable", "at most 1%"),
        ("empty", "no image"),
    ],
)
def test_damaged_folders(write_tree, what, message):
    root = write_tree(2)
    damage(root, what)
    with pytest.raises(DataError, match=message) as error:
        load(root)
    assert "Expected" in str(error.value) and "Received" in str(error.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: [rows[0].replace("Training", "Test"), *rows[1:]], "line 2"),
        (lambda rows: [rows[0].replace("0,", "9,", 1), *rows[1:]], "emotion='9'"),
        (lambda rows: [*rows[:-1], "3,1 2 3,PrivateTest"], "3 pixels instead of 2304"),
        (lambda rows: [*rows[:-1], rows[-1].replace(" 7 ", " x ", 1)], "no numbers"),
        (
            lambda rows: [*rows[:-1], rows[-1].replace(" 7 ", " 300 ", 1)],
            "to 300 instead of 0..255",
        ),
        (lambda rows: [*rows[:-1], "6"], "emotion='6', Usage=''"),
    ],
)
def test_damaged_csv(tmp_path, change, message):
    with pytest.raises(DataError, match=message):
        load(write_csv(tmp_path / "fer2013.csv", change(csv_rows())))


@pytest.mark.parametrize("name", ["kaggle.zip", "mac.zip", "fer2013.tar.gz"])
def test_csv_among_other_files_of_an_archive(tmp_path, name):
    plain, other = (
        write_csv(tmp_path / "plain.csv", csv_rows()),
        write_csv(tmp_path / "other.csv", ["1,2"]),
    )
    if name.endswith(".zip"):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.write(other, "train.csv" if name == "kaggle.zip" else "__MACOSX/._fer2013.csv")
            archive.write(plain, "icml_face_data.csv" if name == "kaggle.zip" else "fer2013.csv")
    else:
        with tarfile.open(tmp_path / name, "w:gz") as archive:
            archive.add(other, "fer2013/README")
            archive.add(plain, "fer2013/fer2013.csv")
    assert len(load(tmp_path / name).test) == 7


def test_zip_made_on_a_mac(write_tree, tmp_path):
    root = write_tree(1)
    with zipfile.ZipFile(tmp_path / "mac.zip", "w") as archive:
        for path in root.rglob("*.png"):
            archive.write(path, path.relative_to(root))
            archive.writestr(f"__MACOSX/{path.relative_to(root).parent}/._{path.name}", "debris")
    assert len(load(tmp_path / "mac.zip").train) == 7


def test_a_download_that_broke_off(tmp_path):
    whole = gzip.compress(write_csv(tmp_path / "plain.csv", csv_rows()).read_bytes())
    (tmp_path / "fer2013.csv.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match="damaged file"):
        load(tmp_path / "fer2013.csv.gz")


def test_a_damaged_cache_is_made_again(write_tree, tmp_path):
    root = write_tree(2)
    before = load(root)
    (images,) = (tmp_path / "data" / "cache").rglob("images.npy")
    images.write_bytes(images.read_bytes()[:1000])
    assert load(root).fingerprint == before.fingerprint


def test_a_partial_import_is_not_what_a_bare_load_takes(write_tree, monkeypatch):
    load(write_tree(2))
    monkeypatch.setattr(
        "kagglehub.dataset_download",
        lambda handle: (_ for _ in ()).throw(ConnectionError("no network")),
    )
    with pytest.raises(DataError, match="Ways to get it"):
        fer2013.load()


def test_csv_without_split_column(tmp_path):
    path = write_csv(tmp_path / "train.csv", ["0,1 2"], header="emotion,pixels")
    with pytest.raises(DataError, match=r"Received: \['emotion', 'pixels'\]"):
        load(path)


def test_neither_folder_zip_nor_csv(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("hello")
    with pytest.raises(DataError, match="none of these"):
        load(path)
    with pytest.raises(DataError, match="no such file"):
        load(tmp_path / "nowhere")


def test_fewer_test_images_than_official_are_an_error_unless_asked_for(write_tree):
    with pytest.raises(DataError, match="official counts"):
        fer2013.load(write_tree(2))


def test_without_network_the_error_lists_the_ways(monkeypatch):
    def no_network(handle):
        raise ConnectionError("no route to host")

    monkeypatch.setattr("kagglehub.dataset_download", no_network)
    with pytest.raises(DataError) as error:
        fer2013.load()
    assert all(
        word in str(error.value)
        for word in ("no route to host", "--source", "FER2013_PATH", "synthetic")
    )


def test_download_is_used_when_nothing_is_here(write_tree, monkeypatch):
    root = write_tree(1, name="downloaded")
    monkeypatch.setattr("kagglehub.dataset_download", lambda handle: str(root))
    assert len(fer2013.load(partial=True).train) == 7


@pytest.mark.skipif(not REAL_DATA, reason="FER2013_PATH does not name the real data")
def test_the_real_data():
    dataset = fer2013.load(REAL_DATA)
    assert dataset.full and dataset.class_names == SEVEN_EXPRESSIONS
    assert [len(s) for s in (dataset.train, dataset.val, dataset.test)] == [28_006, 3_589, 3_589]
    assert dataset.test.has_twin.sum() == 288  # 8.0 % of the test images stand in training, too
    assert np.bincount(dataset.test.labels).tolist() == [491, 55, 528, 879, 626, 594, 416]
    start = time.perf_counter()
    again = fer2013.load(REAL_DATA)
    assert time.perf_counter() - start < 0.3 and again.fingerprint == dataset.fingerprint


def test_a_rewritten_or_renamed_file_is_another_source(write_tree):
    root = write_tree(1)
    keys = [importing.cache_folder(root)]
    file = sorted((root / "test" / "sad").iterdir())[0]
    file.write_bytes(b"another picture")
    keys.append(importing.cache_folder(root))
    file.rename(file.with_name("PublicTest_0.png"))
    keys.append(importing.cache_folder(root))
    assert len(set(keys)) == 3 and keys[2] == importing.cache_folder(root)
