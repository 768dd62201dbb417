"""Tests of emotion_lib.benchmarks.detectors."""

import hashlib

import numpy as np
import pandas as pd
import pytest
from conftest import emotion
from PIL import Image

from emotion_lib.benchmarks import detectors, marked, suite
from emotion_lib.faces.detection import Face


class FixedDetector:
    """Finds two faces in a picture of 512x512, and none in any other."""

    name = "fixed"
    framing = 1.0

    def detect(self, image):
        if image.shape[:2] != (512, 512):
            return []
        return [Face((12, 12, 40, 40), 0.9), Face((100, 100, 30, 30), 0.8)]


def test_detectors_are_compared_with_the_marks(monkeypatch, tmp_path, photograph):
    """One marked face of two is found, and one box is on no face."""
    content = photograph.read_bytes()
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "renamed.jpg").write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()[:16]
    marks = tmp_path / "marks.csv"
    marks.write_text(
        f"file,sha256,x,y,width,height\na.jpg,{digest},10,10,40,40\na.jpg,{digest},200,10,40,40\n"
    )
    monkeypatch.setattr(marked, "MARKS", marks)
    monkeypatch.setattr(detectors, "DETECTORS", {"fixed": FixedDetector})
    monkeypatch.setattr(detectors, "load_detector", lambda name: FixedDetector())
    pictures = [("a", np.zeros((512, 512, 3), np.uint8)), ("b", np.zeros((9, 9, 3), np.uint8))]
    monkeypatch.setattr(detectors, "no_faces", lambda: pictures)
    suite.measure(["detectors"], photographs=tmp_path / "photos")
    (row,) = pd.read_csv(tmp_path / "artifacts" / "bench" / "detectors.csv").to_dict("records")
    assert (row["faces"], row["found"], row["missed"]) == (2, 1, 1)
    assert row["false_faces"] == 1
    assert (row["pictures_without"], row["pictures_with_false"], row["false_without"]) == (2, 1, 2)
    assert np.isnan(row["fer_images"])  # the data are not there


class MiddleDetector(FixedDetector):
    """Finds the face of FER-2013 exactly."""

    def detect(self, image):
        return [Face((72, 72, 144, 144), 0.9)]


def test_the_crops_of_an_exact_detector_are_read_as_well_as_the_faces(monkeypatch, dataset):
    monkeypatch.setattr(detectors.datasets, "load", lambda name: dataset)
    columns = detectors._on_fer2013(MiddleDetector())
    assert columns["fer_images"] == columns["fer_found"] > 0
    # One drawn face in ten, at the edge of two classes, may be read otherwise from a resized crop.
    assert columns["fer_accuracy"] == pytest.approx(columns["fer_own_accuracy"], abs=0.11)
    indices, crops = detectors.found_crops(MiddleDetector(), dataset.val.images)
    for index, crop in zip(indices, crops, strict=True):
        smaller = Image.fromarray(crop).convert("L").resize((48, 48))
        face = dataset.val.images[index].reshape(48, 48)
        assert np.abs(np.asarray(smaller, float) - face).mean() < 5


def test_a_missing_photograph_is_named(monkeypatch, tmp_path, capsys):
    assert emotion(monkeypatch, "bench", "detectors", "--photos", tmp_path / "none") == 2
    assert "Expected the photograph six_steps.jpg" in capsys.readouterr().err
