import os
import subprocess
import sys

import pytest

from emotion_lib import files
from emotion_lib.paths import ROOT


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    file = tmp_path / "table.csv"
    files.write_text(file, "old")
    with pytest.raises(RuntimeError), files.written_whole(file) as temporary:
        temporary.write_text("half")
        raise RuntimeError("the disk is full")
    assert file.read_text() == "old" and os.listdir(tmp_path) == ["table.csv"]
    with files.written_whole(file) as temporary:
        assert temporary.suffix == ".csv"
        temporary.write_text("new")
        assert file.read_text() == "old"
    assert file.read_text() == "new" and os.listdir(tmp_path) == ["table.csv"]


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    target, link = tmp_path / "elsewhere" / "a.txt", tmp_path / "a.txt"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)
    files.write_text(link, "new")
    assert link.is_symlink() and target.read_text() == "new" and target.stat().st_mode & 0o777 == 0o640


def test_a_digest_is_that_of_the_content(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert files.sha256(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_names_that_are_not_utf8_can_be_printed():
    one, other = (os.fsdecode(name) for name in (b"caf\xe9.jpg", b"caf\xe8.jpg"))
    assert files.printable(one) == "caf\\xe9.jpg" != files.printable(other)
    assert files.printable("größe 😀.jpg") == "größe 😀.jpg"
    assert files.printable(f"{one} and \ud800").encode()  # a message with what is no part of any name


def test_the_same_file_by_any_path(tmp_path):
    (tmp_path / "a").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert files.same_file(tmp_path / "a", tmp_path / "link")
    assert files.same_file(tmp_path / "a", tmp_path / "." / "a")
    assert not files.same_file(tmp_path / "a", tmp_path / "b")


HOLD = """
import sys
from emotion_lib import files
with files.exclusive(sys.argv[1], 'training'):
    print('held', flush=True)
    input()
"""


def test_a_folder_is_one_processs_at_a_time(tmp_path):
    folder = tmp_path / "run"
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert other.stdout.readline() == "held\n"
        owner = rf"process {other.pid} on .* \(training, since .*Wait until"
        with pytest.raises(files.FolderInUseError, match=owner), files.exclusive(folder, "training"):
            pass
    finally:
        other.kill()  # as suddenly as it may be, nothing is left that keeps others out
        other.wait(30)
    with files.exclusive(folder, "training"), files.exclusive(folder, "a part of it"):
        pass
    with files.exclusive(folder, "training"):
        pass
