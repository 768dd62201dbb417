"""Tests of ``emotion live``."""

import sys

import pandas as pd
from conftest import emotion


def test_live(clip, monkeypatch, capsys, tmp_path):
    assert (
        emotion(monkeypatch, "live", clip, "--no-window", "--out", tmp_path / "out") == 1
    )  # the file ends by itself
    out, err = capsys.readouterr()
    assert "face 1: happy" in out and "gave no more pictures after" in err
    assert len(pd.read_csv(tmp_path / "out" / "timeline.csv")) >= 3
    assert (
        emotion(monkeypatch, "live", clip, "--no-window", "--out", tmp_path / "out") == 2
    )  # it cannot be repeated
    assert "timeline.csv was not made from this source" in capsys.readouterr().err
    assert emotion(monkeypatch, "live", 97, "--no-window", "--out", tmp_path / "none") == 2
    assert not (tmp_path / "none" / "timeline.csv").exists()
    assert emotion(monkeypatch, "live", clip, "--no-window") == 2
    assert "Expected --out FOLDER" in capsys.readouterr().err
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    if sys.platform == "linux":
        assert emotion(monkeypatch, "live") == 2
        assert "DISPLAY is not set" in capsys.readouterr().err
