"""Tests of the folders in which only own files are replaced."""

import json

import pytest

from emotion_lib.app.site.owned_folder import OutputFolderError, write_folder


def names_in(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_own_files_are_replaced_and_those_no_longer_wanted_deleted(tmp_path):
    folder = tmp_path / "site"
    write_folder(folder, {"a.txt": b"1", "b/c.txt": b"2"})
    (folder / "README.md").write_text("mine")
    write_folder(folder, {"a.txt": b"3"})
    assert (folder / "a.txt").read_bytes() == b"3"
    assert names_in(folder) == {"a.txt", "README.md", "files.json"}


@pytest.mark.parametrize("name", ["a.txt", "files.json"])
def test_a_file_of_another_origin_is_not_replaced(tmp_path, name):
    (tmp_path / name).write_text("mine")
    with pytest.raises(OutputFolderError, match=name):
        write_folder(tmp_path, {"a.txt": b"1"})
    assert (tmp_path / name).read_text() == "mine"


def test_a_list_of_another_origin_deletes_nothing(tmp_path):
    folder = tmp_path / "site"
    folder.mkdir()
    (tmp_path / "mine.txt").write_text("mine")
    listed = ["../mine.txt", str(tmp_path / "mine.txt"), "files.json", 3]
    (folder / "files.json").write_text(json.dumps(listed))
    write_folder(folder, {"a.txt": b"1"})
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "site").write_text("mine")
    with pytest.raises(OutputFolderError, match="a file"):
        write_folder(tmp_path / "site", {})
