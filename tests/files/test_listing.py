"""The image files of a folder."""

import os

import pytest
from PIL import Image

from emotion_lib.files.listing import find_pictures
from emotion_lib.images import read_image

IMAGES = ("a.jpg", "b.JFIF", "c.avif", "d.pgm", "e.jpe", "f.jp2", "sub/g.png")
HIDDEN = (".trash/h.png", "._a.jpg")


@pytest.fixture
def folder(tmp_path):
    """Images of several formats, two of them hidden, and two other files."""
    folder = tmp_path / "pictures"
    image = Image.new("L", (20, 20), 99)
    for name in (*IMAGES, *HIDDEN):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        image.save(file)
    (folder / "notes.txt").write_text("")
    (folder / "clip.mp4").write_bytes(b"0")
    return folder


def test_images_of_every_format_are_found_and_can_be_read(folder):
    found = find_pictures(folder)
    assert [file.relative_to(folder).as_posix() for file in found] == list(IMAGES)
    for file in found:
        assert read_image(file).shape == (20, 20, 3), file
    assert found.skipped == {"hidden": 2, ".txt": 1, ".mp4": 1}
    assert found.note() == "skipped: 1 .mp4, 2 hidden"


def test_linked_folders_are_read_once(folder, tmp_path):
    more = tmp_path / "more"
    more.mkdir()
    Image.new("L", (20, 20)).save(more / "x.png")
    (folder / "linked").symlink_to(more)
    (more / "back").symlink_to(folder)  # a cycle
    found = find_pictures(folder)
    assert folder / "linked" / "x.png" in found.files
    assert len(found) == 8
    assert found.skipped["folders that are linked twice"] == 1


def test_special_files_are_counted(folder):
    (folder / "gone.png").symlink_to(folder / "nowhere.png")
    os.mkfifo(folder / "pipe.png")
    found = find_pictures(folder)
    assert found.skipped["dangling links"] == 1
    assert found.skipped["special files (pipe, device, socket)"] == 1
    assert len(found) == 7


def test_a_folder_that_may_not_be_read_is_counted(folder, monkeypatch):
    scandir = os.scandir

    def refuse_sub(path):
        if str(path).endswith("sub"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse_sub)  # instead of permissions: root may read all
    found = find_pictures(folder)
    assert found.skipped["unreadable folders"] == 1
    assert len(found) == 6


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(NotADirectoryError, match=r"Expected a folder\. Received: .*nowhere"):
        find_pictures(tmp_path / "nowhere")


def test_expected_companions_are_not_noted(tmp_path):
    (tmp_path / "labels.csv").write_text("")
    assert find_pictures(tmp_path).note() is None
