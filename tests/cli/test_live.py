"""Tests of ``emotion live``."""

import sys

import pandas as pd
import pytest
from conftest import emotion


def test_a_file_as_a_camera(clip, monkeypatch, capsys, tmp_path):
    command = ["live", clip, "--no-window", "--out", tmp_path / "out"]
    assert emotion(monkeypatch, *command) == 1  # the file ends by itself
    out, err = capsys.readouterr()
    assert "face 1: happy" in out
    assert "gave no more pictures after" in err
    assert len(pd.read_csv(tmp_path / "out" / "timeline.csv")) >= 3
    assert emotion(monkeypatch, *command) == 2  # a camera cannot be repeated
    assert "timeline.csv was not made from this source" in capsys.readouterr().err


def test_a_camera_that_does_not_exist(monkeypatch, tmp_path):
    assert emotion(monkeypatch, "live", 97, "--no-window", "--out", tmp_path / "none") == 2
    assert not (tmp_path / "none" / "timeline.csv").exists()


def test_a_camera_without_any_output(clip, monkeypatch, capsys):
    assert emotion(monkeypatch, "live", clip, "--no-window") == 2
    assert "Expected --out FOLDER" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no DISPLAY")
def test_a_window_needs_a_display(monkeypatch, capsys):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert emotion(monkeypatch, "live") == 2
    assert "DISPLAY is not set" in capsys.readouterr().err
