"""Folders of runs, and the names that have none."""

import pytest

from emotion_lib import artifacts, paths
from emotion_lib.artifacts import ArtifactError

NO_RUN = [
    "../../x", "..", "/tmp/x", "own/../../x", "", ".", "own/", "a//b", "own/.git", "./x", "best",
    "best/x", "smoke/01_x", "ensemble", "int8", "best int8", "own/checkpoint", "x" * 300,
]  # fmt: skip


@pytest.mark.parametrize("name", NO_RUN)
def test_a_name_is_that_of_a_run_within_the_artifacts(dataset, name):
    with pytest.raises(ArtifactError, match="Choose another name"):
        artifacts.run_dir(name, dataset)
    assert not paths.artifacts_dir().exists()


def test_a_smoke_run_never_replaces_a_full_one(save, dataset):
    folder = save("01_test", full=True).folder
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(ArtifactError, match="not full"):
        artifacts.run_dir("01_test", dataset)  # before anything is trained
    with pytest.raises(ArtifactError, match="not full"):
        save("01_test")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_small_run_does_not_replace_a_record_that_cannot_be_read(dataset):
    file = paths.artifacts_dir() / "01_test" / "run.json"
    file.parent.mkdir(parents=True)
    file.write_text("damaged")
    with pytest.raises(ArtifactError, match=r"01_test/run\.json"):
        artifacts.run_dir("01_test", dataset)
    assert file.read_text() == "damaged"


def test_a_folder_that_cannot_be_written(save, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path / "file"))
    with pytest.raises(ArtifactError, match="ARTIFACTS_DIR"):
        save()
