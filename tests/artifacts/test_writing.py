"""Files of a run that replace those of an earlier run together."""

import os

import pytest

from emotion_lib.artifacts.writing import replaced_together, settle

RUN_FILES = ("model.keras", "history.csv", "run.json")


def write(folder, **contents):
    """Write files of a run; a name's first underscore stands for its dot."""
    with replaced_together(folder, RUN_FILES) as temporary:
        for name, text in contents.items():
            (temporary / name.replace("_", ".", 1)).write_text(text)


def read(folder):
    return {file.name: file.read_text() for file in folder.iterdir() if file.is_file()}


def test_files_that_the_new_run_does_not_have_are_deleted(tmp_path):
    write(tmp_path, model_keras="old", history_csv="old", run_json="old")
    (tmp_path / "notes.txt").write_text("of the user")
    write(tmp_path, model_keras="new", run_json="new")
    assert read(tmp_path) == {"model.keras": "new", "run.json": "new", "notes.txt": "of the user"}
    assert not (tmp_path / ".ready").exists()


def test_a_failed_block_changes_nothing(tmp_path):
    write(tmp_path, model_keras="old", run_json="old")
    with pytest.raises(OSError, match="full"), replaced_together(tmp_path, RUN_FILES) as temporary:
        (temporary / "model.keras").write_text("new")
        raise OSError("full")
    assert read(tmp_path) == {"model.keras": "old", "run.json": "old"}


def test_no_old_file_stays_beside_a_new_record_whenever_the_process_is_killed(tmp_path, killed_at):
    """Deleting old files and moving new ones are several steps; the next reader does the rest."""
    old = {"model.keras": "old", "history.csv": "old", "run.json": "old"}
    new = {"model.keras": "new", "run.json": "new"}
    seen = []
    for call in range(50):
        write(tmp_path, model_keras="old", history_csv="old", run_json="old")
        steps = [(os, name) for name in ("rename", "replace", "rmdir", "unlink")]
        killed = killed_at(lambda: write(tmp_path, model_keras="new", run_json="new"), call, *steps)
        settle(tmp_path)
        assert read(tmp_path) in (old, new)
        seen.append(read(tmp_path))
        if not killed:
            break
    assert old in seen and seen[-1] == new and not killed
