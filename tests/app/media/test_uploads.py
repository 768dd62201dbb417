"""Tests of emotion_lib.app.media.uploads."""

import os
import stat
import subprocess
import sys
import time

from emotion_lib.app.media.uploads import PREFIX, Uploads

# Makes a folder with a file, says that it has, and ends as told.
SERVER = """
import os, pathlib, signal, sys, time
from emotion_lib.app.media.uploads import Uploads
uploads = Uploads(3600.0, pathlib.Path(sys.argv[1]))
(uploads.new_folder("video") / "private.mp4").write_bytes(b"private")
print(uploads.folder, flush=True)
if sys.argv[2] == "kill":
    os.kill(os.getpid(), signal.SIGKILL)
"""


def server(parent, end):
    """Run a server that ends as told, and return its folder."""
    done = subprocess.run(
        [sys.executable, "-c", SERVER, parent, end], capture_output=True, text=True
    )
    (folder,) = done.stdout.split()
    return folder


def test_nobody_else_reads_the_folder_and_it_ends_with_the_server(tmp_path):
    uploads = Uploads(3600.0, tmp_path)
    assert uploads.folder.name.startswith(PREFIX)
    assert stat.S_IMODE(uploads.folder.stat().st_mode) == 0o700
    (uploads.new_folder("video") / "a.mp4").write_bytes(b"private")
    uploads.close()
    uploads.close()
    assert list(tmp_path.iterdir()) == []


def test_a_program_that_ends_deletes_its_folder(tmp_path):
    assert not os.path.exists(server(tmp_path, "exit"))


def test_the_next_server_deletes_the_folder_of_one_that_was_killed(tmp_path):
    left = server(tmp_path, "kill")
    assert os.path.exists(left)
    first = Uploads(3600.0, tmp_path)
    assert not os.path.exists(left)
    second = Uploads(3600.0, tmp_path)  # and leaves that of one that runs
    assert first.folder.exists()
    for uploads in (first, second):
        uploads.close()


def test_folders_that_only_look_alike_stay(tmp_path):
    (tmp_path / f"{PREFIX}of-something-else").mkdir()
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / f"{PREFIX}link").symlink_to(outside)
    Uploads(3600.0, tmp_path).close()
    assert len(list(tmp_path.iterdir())) == 3


def test_files_are_deleted_when_they_are_old(tmp_path):
    uploads = Uploads(0.5, tmp_path)
    folder = uploads.new_folder("gradio")
    old = folder / "old.mp4"
    old.write_bytes(b"private")
    os.utime(old, (2**31, 2**31))  # a time that an upload may claim
    end = time.monotonic() + 10
    while folder.exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert not folder.exists()
    assert uploads.folder.exists()
    uploads.close()
