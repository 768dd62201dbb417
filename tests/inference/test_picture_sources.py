import os

import numpy as np
import pytest

from emotion_lib.inference.picture_sources import EngineError, fetch, is_uri, list_pictures

NOT_UTF8 = os.fsdecode(b"caf\xe9.jpg")


def pictures_of(*sources):
    return list(list_pictures(sources).values())


@pytest.fixture
def folder(tmp_path):
    """Files of which eight are pictures by their names."""
    folder = tmp_path / "pictures"
    names = (
        "one.jpg",
        "none.png",
        "empty.jpg",
        "broken.jpg",
        "below/two.png",
        "more.dir/a b.jfif",
        "more.dir/100%.AVIF",
        "more.dir/c:d.pgm",
        "more.dir/.trash/x.png",
        "more.dir/__MACOSX/y.png",
        "notes.txt",
        ".hidden.png",
    )
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"some bytes")
    return folder


def test_remote_and_local_folders_are_listed_alike(folder):
    local = [picture.path for picture in pictures_of(str(folder))]
    remote = pictures_of(folder.as_uri())
    assert len(local) == 8
    assert [picture.path for picture in remote] == local
    assert [picture.name for picture in remote] == ["file://" + path for path in local]


def test_the_content_of_remote_pictures_is_fetched(folder):
    remote = pictures_of(folder.as_uri())
    batch = {
        "name": np.array([picture.name for picture in remote], object),
        "path": np.array([os.fsencode(picture.path) for picture in remote], object),
        "uri": np.array([picture.uri for picture in remote], object),
    }
    fetched = fetch(batch)
    assert fetched["error"] == [""] * 8
    assert fetched["content"] == [b"some bytes"] * 8


def test_a_remote_picture_that_cannot_be_read_has_the_reason(tmp_path):
    (gone,) = pictures_of((tmp_path / "gone.jpg").as_uri())
    batch = {"name": [gone.name], "path": [os.fsencode(gone.path)], "uri": [gone.uri]}
    fetched = fetch(batch)
    assert fetched["content"] == [b""]
    assert "cannot be read (FileNotFoundError" in fetched["error"][0]


def test_linked_folders_are_read_once(folder):
    (folder / "below" / "back").symlink_to(folder)
    assert len(pictures_of(str(folder))) == 8


def test_a_picture_of_two_sources_is_listed_once(folder):
    assert len(pictures_of(str(folder), str(folder / "one.jpg"))) == 8


def test_names_with_colons_are_local(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for source in ("12:30/x.jpg", "a:b.jpg", "12://x.jpg"):
        assert not is_uri(source)
        (picture,) = pictures_of(source)
        assert picture.path == os.path.abspath(source)
        assert not picture.uri
    assert is_uri("s3://bucket/x.jpg")


def test_names_that_are_not_utf8(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / NOT_UTF8).write_bytes(b"")
    (picture,) = pictures_of(NOT_UTF8)
    assert picture.name == f"{tmp_path}/caf\\xe9.jpg"
    assert os.path.exists(picture.path)
    # The last name has a backslash: as text the two are the same.
    with pytest.raises(EngineError, match="Rename one"):
        pictures_of(NOT_UTF8, NOT_UTF8, "caf\\xe9.jpg")


def test_an_unknown_filesystem():
    with pytest.raises(EngineError, match="PyArrow reads"):
        pictures_of("nonsense://bucket/x")
