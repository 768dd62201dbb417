"""What the commands may replace, and tables whose rows are whole."""

import csv
import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from emotion_lib.cli.annotated_copies import AnnotatedCopies, is_copy
from emotion_lib.cli.evaluate import check_evaluation
from emotion_lib.cli.face_table import FaceTable, check_table
from emotion_lib.cli.output_folder import OutputError
from emotion_lib.inference.tables import columns

NAMES = ("happy", "sad")
IMAGE = np.zeros((20, 20, 3), np.uint8)


def row(file):
    return {"file": file, "status": "no_face", "error": None}


# ---- tables ---------------------------------------------------------------------------------------------------------


def test_a_table_replaces_tables_of_its_kind_and_empty_files_only(tmp_path):
    path = tmp_path / "new" / "faces.csv"
    for names in (NAMES, ("another", "model's", "classes, quoted"), ()):
        with FaceTable(path, names) as table:
            table.write([row("a.jpg"), row("b.jpg")])
        header, *lines = path.read_text().splitlines()
        assert next(csv.reader([header])) == list(columns(names))
        assert lines == [f"{file},no_face" + "," * (8 + len(names)) for file in ("a.jpg", "b.jpg")]
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
    """A limit on file sizes stops in the midst of a row, as a full disk does."""
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


# ---- annotated copies -----------------------------------------------------------------------------------------------


@pytest.fixture
def pictures(tmp_path):
    found = []
    for name in ("x/a.png", "y/a.jpg", "y/A.jpeg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.fromarray(IMAGE).save(tmp_path / name)
        found.append(tmp_path / name)
    return found


def test_pictures_of_one_name_keep_their_copies(pictures, tmp_path):
    folder = tmp_path / "copies"
    copies = AnnotatedCopies(folder, pictures)
    assert [copies.write(picture, IMAGE).name for picture in pictures] == [
        "a.jpg",
        "a-2.jpg",
        "A-3.jpg",
    ]
    assert len(copies) == 3 and all(map(is_copy, folder.iterdir()))
    # Later runs, of all or some of them, replace each its own copy.
    for picture, name in zip(pictures[:2], ("a.jpg", "a-2.jpg"), strict=True):
        assert AnnotatedCopies(folder, [picture]).write(picture, IMAGE).name == name


def test_a_copy_never_replaces_a_picture_or_anything_else(pictures, tmp_path):
    picture = pictures[1]
    before = picture.read_bytes()
    (tmp_path / "y" / "a-2.jpg").write_text("notes")
    (tmp_path / "y" / "a-3.jpg").symlink_to(pictures[0])
    (tmp_path / "y" / "a-4.jpg").symlink_to(tmp_path / "nowhere")
    for _ in range(2):
        assert (
            AnnotatedCopies(tmp_path / "y", pictures).write(picture, IMAGE)
            == tmp_path / "y" / "a-5.jpg"
        )
    assert picture.read_bytes() == before and (tmp_path / "y" / "a-2.jpg").read_text() == "notes"
    assert not (tmp_path / "nowhere").exists() and not is_copy(pictures[0])
    copy = tmp_path / "y" / "a-5.jpg"
    assert (
        AnnotatedCopies(tmp_path / "y", [*pictures, copy]).write(picture, IMAGE).name == "a-6.jpg"
    )  # now an input


def test_a_copy_tells_no_path(pictures, tmp_path):
    copy = AnnotatedCopies(tmp_path / "copies", pictures).write(pictures[0], IMAGE)
    assert os.fsencode(tmp_path.name) not in copy.read_bytes()


# ---- evaluations ----------------------------------------------------------------------------------------------------


def test_an_evaluation_replaces_evaluations_only(tmp_path):
    ours = {"model": "m.keras", "data": "mine", "n": 3, "accuracy": 0.5}
    check_evaluation(tmp_path / "nowhere")
    check_evaluation(tmp_path)
    (tmp_path / "confusion.png").write_bytes(b"mine")
    with pytest.raises(OutputError, match=r"whose confusion\.png"):
        check_evaluation(tmp_path)
    (tmp_path / "metrics.json").write_text(json.dumps(ours))
    check_evaluation(tmp_path)
    for content in ('{"loss": 1}', "[]", "", "{"):
        (tmp_path / "metrics.json").write_text(content)
        with pytest.raises(OutputError, match=r"whose metrics\.json"):
            check_evaluation(tmp_path)
