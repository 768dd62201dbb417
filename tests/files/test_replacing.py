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
    assert (
        link.is_symlink() and target.read_text() == "new" and target.stat().st_mode & 0o777 == 0o640
    )


def test_a_digest_is_that_of_the_content(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert (
        files.sha256(tmp_path / "a")
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )


def test_names_that_are_not_utf8_can_be_printed():
    one, other = (os.fsdecode(name) for name in (b"caf\xe9.jpg", b"caf\xe8.jpg"))
    assert files.printable(one) == "caf\\xe9.jpg" != files.printable(other)
    assert files.printable("größe 😀.jpg") == "größe 😀.jpg"
    assert files.printable(
        f"{one} and \ud800"
    ).encode()  # a message with what is no part of any name


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
        [sys.executable, "-c", HOLD, str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert other.stdout.readline() == "held\n"
        owner = rf"process {other.pid} on .* \(training, since .*Wait until"
        with (
            pytest.raises(files.FolderInUseError, match=owner),
            files.exclusive(folder, "training"),
        ):
            pass
    finally:
        other.kill()  # as suddenly as it may be, nothing is left that keeps others out
        other.wait(30)
    with files.exclusive(folder, "training"), files.exclusive(folder, "a part of it"):
        pass
    with files.exclusive(folder, "training"):
        pass


def test_a_lock_whose_file_was_deleted_is_none(tmp_path, monkeypatch):
    """Its owner may delete the folder, between another process's opening and locking the file."""
    lock, folder, deleted = files._lock, tmp_path / "run", []

    def lock_after_deletion(file):
        if not deleted:
            deleted.append((folder / files.LOCK_NAME).unlink())
        return lock(file)

    monkeypatch.setattr(files, "_lock", lock_after_deletion)
    with files.exclusive(folder, "training"):
        assert "training" in (folder / files.LOCK_NAME).read_text()


# ---- folders --------------------------------------------------------------------------------------------------------


def write_set(folder, letter):
    for number in range(5):
        (folder / f"{number}.txt").write_text(letter)


def letters(folder):
    """What the five files of a set hold: one letter, if it is whole."""
    return [(folder / f"{number}.txt").read_text() for number in range(5)]


def test_a_folder_appears_whole_or_not_at_all(tmp_path):
    with pytest.raises(RuntimeError), files.folder_written_whole(tmp_path / "new") as temporary:
        write_set(temporary, "a")
        raise RuntimeError("the disk is full")
    assert os.listdir(tmp_path) == []
    with files.folder_written_whole(tmp_path / "new") as temporary:
        write_set(temporary, "a")
        assert not (tmp_path / "new").exists()
    assert letters(tmp_path / "new") == ["a"] * 5 and os.listdir(tmp_path) == ["new"]
    with pytest.raises(OSError), files.folder_written_whole(tmp_path / "new") as temporary:
        write_set(temporary, "b")
    assert letters(tmp_path / "new") == ["a"] * 5 and os.listdir(tmp_path) == ["new"]


@pytest.mark.parametrize("in_one_step", [True, False])
def test_a_replacement_killed_at_any_step_loses_nothing(
    tmp_path, monkeypatch, killed_at, in_one_step
):
    if not in_one_step:
        monkeypatch.setattr(files, "_exchange", lambda first, second: False)
    elif sys.platform not in ("linux", "darwin"):
        pytest.skip("this system cannot exchange folders in one step")
    target, new = tmp_path / "best", tmp_path / ".best.new"
    for kill_at in range(8):
        target.mkdir(exist_ok=True)
        write_set(target, "a")
        new.mkdir()
        write_set(new, "b")
        steps = ((os, "rename"), (os, "unlink"), (os, "rmdir"), (files, "_exchange"))
        killed_at(lambda: files.replace_folder(target, new), kill_at, *steps)
        if in_one_step:
            assert len(set(letters(target))) == 1
        files.restore_folder(target)
        assert len(set(letters(target))) == 1 and os.listdir(tmp_path) == ["best"]
    assert letters(target) == ["b"] * 5


REPLACE = """
import itertools, sys
from pathlib import Path
from emotion_lib import files
folder = Path(sys.argv[1])
files.restore_folder(folder)
for letter in itertools.cycle('ab'):
    with files.folder_written_whole(folder.with_name('.set.new')) as temporary:
        for number in range(5):
            (temporary / f'{number}.txt').write_text(letter)
    files.replace_folder(folder, folder.with_name('.set.new'))
    print(letter, flush=True)
"""


@pytest.mark.skipif(sys.platform not in ("linux", "darwin"), reason="in two steps elsewhere")
def test_a_process_killed_outright_leaves_one_set_whole(tmp_path):
    folder = tmp_path / "set"
    for replacements in (1, 2, 5, 11):
        process = subprocess.Popen(
            [sys.executable, "-c", REPLACE, str(folder)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(replacements):
            assert process.stdout.readline() in ("a\n", "b\n")
        process.kill()
        process.communicate(timeout=30)
        assert len(set(letters(folder))) == 1
    files.restore_folder(folder)
    assert os.listdir(tmp_path) == ["set"]
