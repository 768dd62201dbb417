"""Places of data and artifacts."""

from pathlib import Path

from emotion_lib import paths


def test_the_environment_names_other_folders(monkeypatch):
    monkeypatch.setenv("DATA_DIR", "/mnt/data")
    monkeypatch.setenv("ARTIFACTS_DIR", "~/runs")
    assert paths.data_dir() == Path("/mnt/data")
    assert paths.artifacts_dir() == Path.home() / "runs"


def test_the_default_folders_are_in_the_checkout(monkeypatch):
    monkeypatch.delenv("DATA_DIR")
    monkeypatch.setenv("ARTIFACTS_DIR", "")
    assert paths.data_dir() == paths.ROOT / "data"
    assert paths.artifacts_dir() == paths.ROOT / "artifacts"
    assert (paths.ROOT / "pyproject.toml").is_file()
