"""Data sets by name, in Python and on the command line."""

import pytest
from conftest import emotion

from emotion_lib import datasets
from emotion_lib.datasets import DataError
from emotion_lib.datasets.sources import ferplus


def test_the_sources_are_found():
    assert set(datasets.names()) >= {
        "emoji",
        "emoji_scenes",
        "emotic",
        "fer2013",
        "ferplus",
        "image_folder",
        "multilabel_csv",
        "synthetic",
    }


def test_an_unknown_name_is_refused():
    with pytest.raises(DataError, match="fer2014"):
        datasets.load("fer2014")


def test_a_recorded_name_says_which_targets(monkeypatch):
    """A record's name loads the same images and labels again, and no other word is taken."""
    monkeypatch.setattr(ferplus, "load", lambda source=None, *, targets="majority": targets)
    assert datasets.load("ferplus") == "majority"
    assert datasets.load("ferplus perceived") == "perceived"
    assert datasets.load("ferplus multi-label") == "multi_label"
    with pytest.raises(DataError, match="synthetic perceived"):
        datasets.load("synthetic perceived")


def test_the_command_prints_the_summary(monkeypatch, capsys):
    assert emotion(monkeypatch, "data", "synthetic") == 0
    assert "surprise" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["image_folder", "multilabel_csv"])
def test_your_own_pictures_need_a_source(name, monkeypatch, capsys):
    assert datasets.needs_source(name)
    assert emotion(monkeypatch, "data", name) == 2
    assert "--source PATH" in capsys.readouterr().err
    with pytest.raises(DataError, match=f"folder of your pictures for {name}"):
        datasets.load(name, source=None, seed=1)


@pytest.mark.parametrize("name", ["synthetic", "emoji_scenes"])
def test_drawn_pictures_take_no_source(name, monkeypatch, capsys):
    assert not datasets.needs_source(name)
    assert emotion(monkeypatch, "data", name, "--source", "mine") == 2
    assert f"Expected no source for {name}" in capsys.readouterr().err


def test_the_command_without_data_says_how_to_get_it(capsys, monkeypatch):
    def no_network(handle):
        raise ConnectionError("no route to host")

    monkeypatch.setattr("kagglehub.dataset_download", no_network)
    assert emotion(monkeypatch, "data", "fer2013") == 2
    assert "Ways to get it" in capsys.readouterr().err
