from pathlib import Path

from emotion_lib import paths


def test_environment_overrides_the_folders(monkeypatch):
    monkeypatch.setenv("DATA_DIR", "/somewhere/data")
    monkeypatch.setenv("ARTIFACTS_DIR", "~/runs")
    assert paths.data_dir() == Path("/somewhere/data")
    assert paths.artifacts_dir() == Path.home() / "runs"


def test_defaults_lie_in_the_checkout(monkeypatch):
    monkeypatch.delenv("DATA_DIR")
    monkeypatch.setenv("ARTIFACTS_DIR", "")
    assert paths.data_dir() == paths.ROOT / "data"
    assert paths.artifacts_dir() == paths.ROOT / "artifacts"
    assert (paths.ROOT / "pyproject.toml").is_file()
