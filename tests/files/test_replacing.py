"""Replacement of a folder, also if the process is killed during it."""

import os
import subprocess
import sys

import pytest

from emotion_lib.files import replace_folder, replacing, restore_folder
from emotion_lib.paths import ROOT

EXCHANGES = sys.platform in ("linux", "darwin")  # systems that exchange folders in one step


def write_files(folder, letter):
    for number in range(5):
        (folder / f"{number}.txt").write_text(letter)


def letters(folder):
    """Return the content of the five files: one letter, if all are from the same write."""
    return [(folder / f"{number}.txt").read_text() for number in range(5)]


@pytest.mark.parametrize("in_one_step", [True, False])
def test_a_replacement_killed_at_any_step_loses_nothing(
    tmp_path, monkeypatch, killed_at, in_one_step
):
    if not in_one_step:
        monkeypatch.setattr(replacing, "_exchange", lambda first, second: False)
    elif not EXCHANGES:
        pytest.skip("this system cannot exchange folders in one step")
    target = tmp_path / "best"
    new = tmp_path / ".best.new"
    steps = ((os, "rename"), (os, "unlink"), (os, "rmdir"), (replacing, "_exchange"))
    for kill_at in range(8):
        target.mkdir(exist_ok=True)
        write_files(target, "a")
        new.mkdir()
        write_files(new, "b")
        killed_at(lambda: replace_folder(target, new), kill_at, *steps)
        if in_one_step:
            assert len(set(letters(target))) == 1
        restore_folder(target)
        assert len(set(letters(target))) == 1
        assert os.listdir(tmp_path) == ["best"]
    assert letters(target) == ["b"] * 5


REPLACE = """
import itertools, sys
from pathlib import Path
from emotion_lib.files import atomic_folder, replace_folder, restore_folder
folder = Path(sys.argv[1])
restore_folder(folder)
for letter in itertools.cycle('ab'):
    with atomic_folder(folder.with_name('.set.new')) as temporary:
        for number in range(5):
            (temporary / f'{number}.txt').write_text(letter)
    replace_folder(folder, folder.with_name('.set.new'))
    print(letter, flush=True)
"""


@pytest.mark.skipif(not EXCHANGES, reason="other systems replace a folder in two steps")
def test_a_killed_process_leaves_a_complete_folder(tmp_path):
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
    restore_folder(folder)
    assert os.listdir(tmp_path) == ["set"]
