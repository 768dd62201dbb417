"""Tests of emotion_lib.app.ui and the examples in emotion_lib.app.tabs."""

from conftest import figures, record

from emotion_lib import artifacts
from emotion_lib.app import tabs, ui


def test_the_page_states_the_accuracy_in_the_models_record(predictor):
    assert ui._figure(predictor) == ""
    metrics = {"test": figures(n=3589, accuracy=0.654)}
    predictor.record = artifacts.record_from_json(record("14_x", metrics=metrics))
    assert "3,589" in ui._figure(predictor)
    assert "65%" in ui._figure(predictor)


def test_the_page_states_its_prohibited_uses():
    assert "5(1)(f)" in ui.NOTICE
    assert "not what a person feels" in ui.INTRODUCTION


def test_examples_ship_with_the_page():
    assert len(list(tabs.EXAMPLES.glob("*.jpg"))) >= 2
