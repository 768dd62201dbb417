"""Tests of ``emotion app``."""

from conftest import emotion


def test_app_passes_its_options_on(monkeypatch, capsys, tmp_path):
    assert emotion(monkeypatch, "app", "--model", tmp_path / "none.keras", "--port", 7999) == 2
    assert "none.keras" in capsys.readouterr().err
