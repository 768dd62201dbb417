import numpy as np
import pytest

from emotion_lib import datasets
from emotion_lib.datasets import DataError, Split, __main__, cache


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


def test_command_prints_what_is_there(capsys):
    assert __main__.main(["synthetic"]) == 0
    assert "surprise" in capsys.readouterr().out


def test_command_without_data_says_how_to_get_it(capsys, monkeypatch):
    monkeypatch.setattr("kagglehub.dataset_download", no_network)
    assert __main__.main(["fer2013"]) == 2
    assert "Ways to get it" in capsys.readouterr().err


def no_network(*arguments, **options):
    raise ConnectionError("no route to host")


# ---- the cache ------------------------------------------------------------------------------------------------------


def build():
    return {"a": np.arange(5)}, {"source": "here"}


def test_cache_round_trip(tmp_path):
    assert cache.read(tmp_path / "c") is None
    arrays, meta = cache.write(tmp_path / "c", build)
    assert isinstance(arrays["a"], np.memmap) and arrays["a"].tolist() == [0, 1, 2, 3, 4] and meta["source"] == "here"
    assert cache.read(tmp_path / "c")[0]["a"].tolist() == [0, 1, 2, 3, 4]


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
