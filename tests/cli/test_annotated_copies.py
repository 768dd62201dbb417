"""Tests of emotion_lib.cli.annotated_copies."""

import os

import numpy as np
import pytest
from PIL import Image

from emotion_lib.cli.annotated_copies import AnnotatedCopies, is_copy

NAMES = ("happy", "sad")
IMAGE = np.zeros((20, 20, 3), np.uint8)


def row(file):
    return {"file": file, "status": "no_face", "error": None}


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


def test_a_copy_reveals_no_path(pictures, tmp_path):
    copy = AnnotatedCopies(tmp_path / "copies", pictures).write(pictures[0], IMAGE)
    assert os.fsencode(tmp_path.name) not in copy.read_bytes()
