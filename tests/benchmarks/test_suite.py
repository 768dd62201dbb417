"""Tests of emotion_lib.benchmarks.suite."""

from conftest import emotion


def test_an_unknown_part_is_refused(monkeypatch, capsys):
    assert emotion(monkeypatch, "bench", "sped") == 2
    assert "Received: sped" in capsys.readouterr().err
