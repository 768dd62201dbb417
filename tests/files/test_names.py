"""Names of files."""

import os

from emotion_lib.files import printable, same_file


def test_names_that_are_not_utf8_can_be_printed():
    first = os.fsdecode(b"caf\xe9.jpg")
    second = os.fsdecode(b"caf\xe8.jpg")
    assert printable(first) == "caf\\xe9.jpg"
    assert printable(second) == "caf\\xe8.jpg"
    assert printable("größe 😀.jpg") == "größe 😀.jpg"


def test_a_message_can_be_printed_whatever_it_contains():
    message = os.fsdecode(b"caf\xe9.jpg") + " and \ud800"  # a character that no file name contains
    assert printable(message).encode()


def test_the_same_file_by_different_paths(tmp_path):
    (tmp_path / "a").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert same_file(tmp_path / "a", tmp_path / "link")
    assert same_file(tmp_path / "a", tmp_path / "." / "a")
    assert not same_file(tmp_path / "a", tmp_path / "b")
