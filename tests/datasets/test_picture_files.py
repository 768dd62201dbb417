"""Image files of any size as one array."""

import numpy as np
from PIL import Image

from emotion_lib.datasets import picture_files


def test_the_middle_square_is_scaled():
    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[:, 10:50] = 200
    assert (picture_files.square(pixels, 20, "rgb") == 200).all()
    assert picture_files.square(pixels, 20, "gray").shape == (20, 20)


def test_files_that_cannot_be_read_are_listed(tmp_path):
    Image.new("RGB", (30, 40), "red").save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(b"no image")
    records = [(tmp_path / "b.png", 0), (tmp_path / "a.png", 1)]
    images, kept, problems = picture_files.read(records, 24, "rgb")
    assert images.shape == (1, 24, 24, 3)
    assert kept == [(tmp_path / "a.png", 1)]
    assert len(problems) == 1
    assert "b.png" in problems[0]


def test_no_images_are_an_array_of_the_same_shape():
    images, kept, problems = picture_files.read([], 24, "gray")
    assert images.shape == (0, 24, 24)
    assert kept == problems == []


def test_notes_name_three_and_count_the_rest():
    problems = ["a", "b", "c", "d", "e"]
    expected = "5 pictures could not be read: a; b; c, and 2 more"
    assert picture_files.notes(problems) == (expected,)
    assert picture_files.notes([], ["a"]) == ("1 pictures left out as identical: a",)
