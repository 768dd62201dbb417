"""The lock that gives a folder to one process at a time."""

import subprocess
import sys

import pytest

from emotion_lib.files import LOCK_NAME, FolderInUseError, exclusive, folder_lock
from emotion_lib.paths import ROOT

HOLD = """
import sys
from emotion_lib.files import exclusive
with exclusive(sys.argv[1], 'training'):
    print('held', flush=True)
    input()
"""


def test_one_process_at_a_time_holds_a_folder(tmp_path):
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
        with pytest.raises(FolderInUseError, match=owner), exclusive(folder, "training"):
            pass
    finally:
        other.kill()  # however suddenly it ends, its lock ends with it
        other.wait(30)
    with exclusive(folder, "training"):
        pass


def test_one_process_may_hold_a_folder_several_times(tmp_path):
    with exclusive(tmp_path / "run", "training"), exclusive(tmp_path / "run", "a part of it"):
        pass
    with exclusive(tmp_path / "run", "training"):
        pass


def test_a_lock_file_that_was_deleted_does_not_count(tmp_path, monkeypatch):
    """The owner may delete it after another process has opened it and before that one locks it."""
    lock = folder_lock._lock
    path = tmp_path / "run" / LOCK_NAME
    opened = []

    def lock_after_deletion(file):
        if not opened:
            path.unlink()
        opened.append(file)
        return lock(file)

    monkeypatch.setattr(folder_lock, "_lock", lock_after_deletion)
    with exclusive(tmp_path / "run", "training"):
        assert len(opened) == 2
        assert "training" in path.read_text()
