"""Tests of ``emotion data``; tests/datasets/test_datasets.py has those of loading."""

from conftest import emotion

from emotion_lib import datasets


def test_the_data_sets_are_listed(monkeypatch, capsys):
    assert emotion(monkeypatch, "data") == 0
    _, *lines = capsys.readouterr().out.splitlines()
    words = {line.split()[0]: line for line in lines}
    assert list(words) == datasets.names()
    assert " yes " in words["synthetic"] and " no " in words["fer2013"]
    assert " needs --source " in words["image_folder"]


def test_a_source_needs_a_name(monkeypatch, capsys):
    assert emotion(monkeypatch, "data", "--source", "x.zip") == 2
    assert "emotion data fer2013 --source x.zip" in capsys.readouterr().err
