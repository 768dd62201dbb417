"""The cache of arrays that were made from data."""

import os

import numpy as np
import pytest

from emotion_lib.datasets import DataError, cache

KEY = "0123456789abcdef"


def build():
    return {"a": np.arange(5)}, {"source": "here"}


def test_an_entry_is_read_as_it_was_written(tmp_path):
    folder = tmp_path / "entry"
    assert cache.read(folder) is None
    arrays, meta = cache.write(folder, build)
    assert isinstance(arrays["a"], np.memmap)
    assert arrays["a"].tolist() == [0, 1, 2, 3, 4]
    assert meta["source"] == "here"
    assert cache.read(folder)[0]["a"].tolist() == [0, 1, 2, 3, 4]


def test_an_entry_is_built_once_unless_it_must_not_be_reused(tmp_path):
    calls = []

    def counted_build():
        calls.append(1)
        return build()

    cache.load(tmp_path / "entry", counted_build)
    cache.load(tmp_path / "entry", counted_build)
    assert len(calls) == 1
    arrays, _ = cache.load(tmp_path / "entry", counted_build, reuse=False)
    assert len(calls) == 2
    assert arrays["a"].tolist() == [0, 1, 2, 3, 4]


def test_the_newest_entry_comes_first(tmp_path, monkeypatch):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    old = cache.place("kind", KEY, "00000000")
    new = cache.place("kind", KEY[::-1], "00000000")
    for seconds, folder in ((100, old), (200, new)):
        cache.write(folder, build)
        os.utime(folder / "meta.json", (seconds, seconds))
    cache.write(cache.place("other", KEY, "00000000"), build)
    assert cache.entries("kind") == [new, old]


def test_changed_code_makes_another_entry_and_removes_the_old_one(tmp_path, monkeypatch):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    (tmp_path / "my_reader.py").write_text("SIDE = 48\n")
    monkeypatch.syspath_prepend(tmp_path)
    before = cache.place("kind", KEY, cache.version("my_reader"))
    others = [cache.place("kind", KEY[::-1], "00000000"), cache.place("kind-of", KEY, "00000000")]
    for folder in (before, *others):
        cache.write(folder, build)
    (tmp_path / "my_reader.py").write_text("SIDE = 64\n")
    cache.version.cache_clear()
    after = cache.place("kind", KEY, cache.version("my_reader"))
    assert after != before
    cache.write(after, build)
    assert sorted((tmp_path / "cache").iterdir()) == sorted([after, *others])


def test_the_version_depends_on_packages_and_on_every_file_of_a_package(tmp_path, monkeypatch):
    package = tmp_path / "my_package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "part.py").write_text("SIDE = 48\n")
    monkeypatch.syspath_prepend(tmp_path)
    versions = {cache.version("my_package"), cache.version("my_package", packages=("none-such",))}
    (package / "part.py").write_text("SIDE = 64\n")
    cache.version.cache_clear()
    versions.add(cache.version("my_package"))
    assert len(versions) == 3


def test_two_processes_may_build_the_same_entry(tmp_path, monkeypatch):
    folder = tmp_path / "entry"
    rename = os.rename

    def rename_later(temporary, target):
        monkeypatch.setattr(os, "rename", rename)
        cache.write(folder, build)  # the other process is first
        rename(temporary, target)

    monkeypatch.setattr(os, "rename", rename_later)
    assert cache.write(folder, build)[0]["a"].tolist() == [0, 1, 2, 3, 4]
    assert os.listdir(tmp_path) == ["entry"]


def test_the_key_changes_with_a_file_that_was_replaced(tmp_path):
    """Even if size and time of the content stay the same, as after unpacking and copying."""
    file = tmp_path / "a.png"
    file.write_bytes(b"one")
    stat = file.stat()
    before = cache.key_of_files([file], {})
    file.write_bytes(b"two")
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    after = cache.key_of_files([file], {})
    keys = {before, after, cache.key_of_files([file], {"side": 48}), cache.key_of_files([], {})}
    assert len(keys) == 4
    assert cache.key_of_files([file], {}) == after


def test_an_interrupted_build_leaves_nothing(tmp_path):
    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache.write(tmp_path / "data" / "entry", interrupted)
    assert os.listdir(tmp_path / "data") == []


def test_a_full_disk_leaves_nothing_and_is_explained(tmp_path, monkeypatch):
    def save_half(path, array):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", save_half)
    with pytest.raises(DataError, match=r"No space left.*DATA_DIR"):
        cache.write(tmp_path / "data" / "entry", build)
    assert os.listdir(tmp_path / "data") == []


def test_a_place_that_cannot_be_written_is_explained(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataError, match="Set DATA_DIR"):
        cache.write(tmp_path / "file" / "entry", build)
