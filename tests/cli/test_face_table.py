"""Tests of emotion_lib.cli.face_table."""

import csv
import os
from pathlib import Path

import numpy as np
import pytest

from emotion_lib.cli.face_table import FaceTable, check_table
from emotion_lib.cli.output_folder import OutputError
from emotion_lib.inference.tables import columns

NAMES = ("happy", "sad")
IMAGE = np.zeros((20, 20, 3), np.uint8)


def row(file):
    return {"file": file, "status": "no_face", "error": None}


def test_a_table_replaces_tables_of_its_kind_and_empty_files_only(tmp_path):
    path = tmp_path / "new" / "faces.csv"
    for names in (NAMES, ("another", "model's", "classes, quoted"), ()):
        with FaceTable(path, names) as table:
            table.write([row("a.jpg"), row("b.jpg")])
        header, *lines = path.read_text().splitlines()
        assert next(csv.reader([header])) == list(columns(names))
        empty = "," * (len(columns(names)) - 2)
        assert lines == [f"{file},no_face{empty}" for file in ("a.jpg", "b.jpg")]
    path.write_bytes(b"")
    check_table(path)
    for content in (
        b"id,name\n1,x\n",
        b"\xff\xd8\xff\xe0picture",
        b"file,status\n",
        b"\n",
        path.name.encode(),
    ):
        path.write_bytes(content)
        for opened in (lambda: FaceTable(path, NAMES), lambda: check_table(path)):
            with pytest.raises(OutputError, match="holds something else"):
                opened()
        assert path.read_bytes() == content


def test_a_table_of_an_earlier_version_is_replaced(tmp_path):
    path = tmp_path / "faces.csv"
    path.write_text("file,status,error,face,label,detector_score,x,y,width,height,happy\n")
    check_table(path)


def test_a_table_never_replaces_a_picture_by_whatever_name(tmp_path):
    picture = tmp_path / "a.jpg"
    picture.write_bytes(b"")  # even an empty one
    (tmp_path / "link.csv").symlink_to(picture)
    os.link(picture, tmp_path / "hard.csv")
    for name in ("a.jpg", "link.csv", "hard.csv", "../" + tmp_path.name + "/a.jpg"):
        with pytest.raises(OutputError, match="one of the pictures"):
            check_table(tmp_path / name, [picture])


@pytest.mark.parametrize("name", [".", "file/x.csv", "file", "x" * 300, "/proc/x.csv"])
def test_a_table_that_cannot_be_opened(name, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="for --csv"):
        FaceTable(tmp_path / name, NAMES)
    assert (tmp_path / "file").read_text() == "x"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_table_on_a_full_device():
    with pytest.raises(OutputError, match="No space left"):
        FaceTable(Path("/dev/full"), NAMES)


def test_a_full_disk_leaves_whole_rows(tmp_path):
    """A limit on file sizes stops in the middle of a row, as a full disk does."""
    resource = pytest.importorskip("resource")
    path = tmp_path / "faces.csv"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with FaceTable(path, NAMES) as table:
        table.write([row("first.jpg")])
        whole = path.read_bytes()
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) + 30, limits[1]))
        try:
            with pytest.raises(OSError):
                table.write([row("second.jpg"), row("second.jpg")])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert path.read_bytes() == whole
        table.write([row("third.jpg")])  # there is room again
    assert path.read_text().splitlines()[-1].startswith("third.jpg,")
