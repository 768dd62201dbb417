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


def test_an_installed_package_has_its_model_inside_and_works_where_the_user_is(
    tmp_path, monkeypatch
):
    shipped = tmp_path / "emotion_lib" / "shipped"
    shipped.mkdir(parents=True)
    assert paths.is_checkout()
    monkeypatch.setattr(paths, "SHIPPED", shipped)
    for name in ("DATA_DIR", "ARTIFACTS_DIR"):
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    assert not paths.is_checkout()
    assert paths.best_dir() == shipped
    assert paths.data_dir() == tmp_path / "data"
    assert paths.artifacts_dir() == tmp_path / "artifacts"
    monkeypatch.setenv("ARTIFACTS_DIR", "/mnt/runs")
    assert paths.best_dir() == shipped
    assert paths.artifacts_dir() == Path("/mnt/runs")
