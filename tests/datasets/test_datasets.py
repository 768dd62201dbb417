import os

import numpy as np
import pytest
from conftest import emotion

from emotion_lib import datasets
from emotion_lib.datasets import DataError, Split, cache


def test_every_source_is_found_by_its_file():
    assert datasets.names() == [
        "emoji", "emoji_scenes", "emotic", "fer2013", "ferplus", "image_folder", "multilabel_csv", "synthetic"
    ]  # fmt: skip
    with pytest.raises(DataError, match="fer2014"):
        datasets.load("fer2014")


def test_split_refuses_labels_that_do_not_match():
    with pytest.raises(ValueError, match=r"Expected 3 labels.*Received: 2"):
        Split(np.zeros((3, 48, 48), np.uint8), np.zeros(2, np.int64))


def test_take_keeps_rows_together(dataset):
    some = dataset.train.take(np.array([3, 1]))
    assert np.array_equal(some.images, dataset.train.images[[3, 1]])
    assert np.array_equal(some.labels, dataset.train.labels[[3, 1]])


def test_limit(dataset):
    small = dataset.limit(10, seed=1)
    assert [len(s) for s in (small.train, small.val, small.test)] == [10, 10, 10]
    assert not small.full and small.fingerprint != dataset.fingerprint
    assert dataset.limit(None) is dataset


def test_counts(dataset):
    assert dataset.counts()["train"].tolist() == [8] * 7
    assert list(dataset.counts().index) == list(dataset.class_names)


def test_command_prints_what_is_there(monkeypatch, capsys):
    assert emotion(monkeypatch, "data", "synthetic") == 0
    assert "surprise" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["image_folder", "multilabel_csv"])
def test_a_kind_of_folder_must_be_named(name, monkeypatch, capsys):
    assert emotion(monkeypatch, "data", name) == 2
    assert "--source PATH" in capsys.readouterr().err
    with pytest.raises(DataError, match=f"folder of your pictures for {name}"):
        datasets.load(name, source=None, seed=1)
    assert datasets.needs_source(name)


@pytest.mark.parametrize("name", ["synthetic", "emoji_scenes"])
def test_what_is_made_here_takes_no_source(name, monkeypatch, capsys):
    assert emotion(monkeypatch, "data", name, "--source", "mine") == 2
    assert f"Expected no source for {name}" in capsys.readouterr().err
    assert not datasets.needs_source(name)


def test_command_without_data_says_how_to_get_it(capsys, monkeypatch):
    monkeypatch.setattr("kagglehub.dataset_download", no_network)
    assert emotion(monkeypatch, "data", "fer2013") == 2
    assert "Ways to get it" in capsys.readouterr().err


def no_network(*arguments, **options):
    raise ConnectionError("no route to host")


# ---- the cache ------------------------------------------------------------------------------------------------------


def build():
    return {"a": np.arange(5)}, {"source": "here"}


def test_cache_round_trip(tmp_path):
    assert cache.read(tmp_path / "c") is None
    arrays, meta = cache.write(tmp_path / "c", build)
    assert (
        isinstance(arrays["a"], np.memmap)
        and arrays["a"].tolist() == [0, 1, 2, 3, 4]
        and meta["source"] == "here"
    )
    assert cache.read(tmp_path / "c")[0]["a"].tolist() == [0, 1, 2, 3, 4]


def test_code_that_changes_makes_another_cache_and_removes_the_old_one(tmp_path, monkeypatch):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    (tmp_path / "reader_of_mine.py").write_text("SIDE = 48\n")
    monkeypatch.syspath_prepend(tmp_path)
    key = "0123456789abcdef"
    before = cache.place("kind", key, cache.version("reader_of_mine"))
    others = [cache.place("kind", key[::-1], "00000000"), cache.place("kind-of", key, "00000000")]
    for folder in (before, *others):
        cache.write(folder, build)
    (tmp_path / "reader_of_mine.py").write_text("SIDE = 64\n")
    cache.version.cache_clear()
    after = cache.place("kind", key, cache.version("reader_of_mine"))
    assert (
        after != before
        and cache.version("reader_of_mine", packages=("none-such",)) not in after.name
    )
    cache.write(after, build)
    assert sorted((tmp_path / "cache").iterdir()) == sorted([after, *others])


def test_two_processes_may_build_the_same_cache(tmp_path, monkeypatch):
    folder = tmp_path / "c"
    rename = os.rename

    def rename_later(temporary, target):
        monkeypatch.setattr(os, "rename", rename)
        cache.write(folder, build)  # the other process is first
        rename(temporary, target)

    monkeypatch.setattr(os, "rename", rename_later)
    assert cache.write(folder, build)[0]["a"].tolist() == [0, 1, 2, 3, 4]
    assert [path.name for path in tmp_path.iterdir()] == ["c"]


def test_the_key_of_files_knows_a_file_that_was_replaced(tmp_path):
    """Also where size and time of the content are the old ones, as unpacking and copying leave them."""
    file = tmp_path / "a.png"
    file.write_bytes(b"one")
    stat = file.stat()
    keys = [cache.key_of_files([file], {})]
    file.write_bytes(b"two")
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    keys += [
        cache.key_of_files([file], {}),
        cache.key_of_files([file], {"side": 48}),
        cache.key_of_files([], {}),
    ]
    assert len(set(keys)) == 4 and cache.key_of_files([file], {}) == keys[1]


def test_an_interrupted_import_leaves_nothing(tmp_path):
    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache.write(tmp_path / "data" / "c", interrupted)
    assert list((tmp_path / "data").iterdir()) == []


def test_a_full_disk_leaves_nothing_and_says_so(tmp_path, monkeypatch):
    def full(path, array):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", full)
    with pytest.raises(DataError, match=r"No space left.*DATA_DIR"):
        cache.write(tmp_path / "data" / "c", build)
    assert list((tmp_path / "data").iterdir()) == []


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataError, match="Set DATA_DIR"):
        cache.write(tmp_path / "file" / "c", build)
