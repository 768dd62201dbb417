"""Atomic writes of files and folders."""

import os

import pytest

from emotion_lib.files import atomic_file, atomic_folder, write_text


def test_an_interrupted_write_leaves_the_old_file(tmp_path):
    file = tmp_path / "table.csv"
    write_text(file, "old")
    with pytest.raises(RuntimeError), atomic_file(file) as temporary:
        temporary.write_text("half")
        raise RuntimeError("the disk is full")
    assert file.read_text() == "old"
    assert os.listdir(tmp_path) == ["table.csv"]


def test_a_file_is_replaced_when_the_block_ends(tmp_path):
    file = tmp_path / "table.csv"
    write_text(file, "old")
    with atomic_file(file) as temporary:
        assert temporary.suffix == ".csv"
        temporary.write_text("new")
        assert file.read_text() == "old"
    assert file.read_text() == "new"
    assert os.listdir(tmp_path) == ["table.csv"]


def test_a_symbolic_link_stays_one(tmp_path):
    (tmp_path / "folder").mkdir()
    target = tmp_path / "folder" / "a.txt"
    target.write_text("old")
    target.chmod(0o640)
    link = tmp_path / "a.txt"
    link.symlink_to(target)
    write_text(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert target.stat().st_mode & 0o777 == 0o640


def test_an_interrupted_folder_does_not_appear(tmp_path):
    with pytest.raises(RuntimeError), atomic_folder(tmp_path / "new") as temporary:
        (temporary / "a.txt").write_text("a")
        raise RuntimeError("the disk is full")
    assert os.listdir(tmp_path) == []


def test_a_folder_appears_when_the_block_ends(tmp_path):
    with atomic_folder(tmp_path / "new") as temporary:
        (temporary / "a.txt").write_text("a")
        assert not (tmp_path / "new").exists()
    assert (tmp_path / "new" / "a.txt").read_text() == "a"
    assert os.listdir(tmp_path) == ["new"]


def test_an_existing_folder_is_not_overwritten(tmp_path):
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "a.txt").write_text("a")
    with pytest.raises(OSError), atomic_folder(tmp_path / "new") as temporary:
        (temporary / "a.txt").write_text("b")
    assert (tmp_path / "new" / "a.txt").read_text() == "a"
    assert os.listdir(tmp_path) == ["new"]
