import os

import numpy as np
import pytest
from PIL import Image

from emotion_lib.files.listing import find_pictures
from emotion_lib.images import read_image


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "pictures"
    for name in (
        "a.jpg",
        "b.JFIF",
        "c.avif",
        "d.pgm",
        "e.jpe",
        "f.jp2",
        "sub/g.png",
        ".trash/h.png",
        "._a.jpg",
    ):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((20, 20), 99, np.uint8)).save(
            file, format="png" if name == "._a.jpg" else None
        )
    (folder / "notes.txt").write_text("")
    (folder / "clip.mp4").write_bytes(b"0")
    return folder


def test_every_format_is_found_and_can_be_read(folder):
    found = find_pictures(folder)
    assert [p.relative_to(folder).as_posix() for p in found.files] == [
        "a.jpg", "b.JFIF", "c.avif", "d.pgm", "e.jpe", "f.jp2", "sub/g.png",
    ]  # fmt: skip
    for file in found.files:
        assert read_image(file).shape == (20, 20, 3), file
    assert found.passed_over == {"hidden": 2, ".txt": 1, ".mp4": 1}
    assert found.note() == "passed over: 1 .mp4, 2 hidden"


def test_linked_folders_are_read_once(folder, tmp_path):
    more = tmp_path / "more"
    more.mkdir()
    Image.new("L", (20, 20)).save(more / "x.png")
    (folder / "linked").symlink_to(more)
    (more / "back").symlink_to(folder)  # a circle
    found = find_pictures(folder)
    assert folder / "linked" / "x.png" in found.files and len(found.files) == 8
    assert found.passed_over["folders that are linked twice"] == 1


def test_what_cannot_be_read_is_counted(folder):
    (folder / "gone.png").symlink_to(folder / "nowhere.png")
    os.mkfifo(folder / "pipe.png")
    found = find_pictures(folder)
    assert found.passed_over["dangling links"] == 1
    assert found.passed_over["special files (pipe, device, socket)"] == 1
    assert len(found.files) == 7


def test_a_folder_that_may_not_be_read_is_counted(folder, monkeypatch):
    scandir = os.scandir

    def refusing(path):
        if str(path).endswith("sub"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)  # root may read everything
    found = find_pictures(folder)
    assert found.passed_over["unreadable folders"] == 1 and len(found.files) == 6


def test_a_folder_is_needed(tmp_path):
    with pytest.raises(NotADirectoryError, match=r"Expected a folder\. Received: .*nowhere"):
        find_pictures(tmp_path / "nowhere")


def test_a_folder_without_anything_unexpected_has_no_note(tmp_path):
    (tmp_path / "labels.csv").write_text("")
    assert find_pictures(tmp_path).note() is None
