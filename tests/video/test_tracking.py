import numpy as np
import pytest

from emotion_lib.faces.detection import Face, iou
from emotion_lib.faces.detectors import load_detector
from emotion_lib.images import read_image
from emotion_lib.video.tracking import FORGET, Tracker


class Scripted:
    """Finds what it is told to, and counts how often it was asked for a whole frame."""

    name, framing = "scripted", 1.0

    def __init__(self):
        self.boxes, self.frames = [], 0

    def detect(self, image):
        if image.shape[:2] != (240, 320):
            return []  # a mosaic: nothing is found there, so that every frame is searched as a whole
        self.frames += 1
        return [Face(box, 0.9) for box in sorted(self.boxes)]


FRAME = np.zeros((240, 320, 3), np.uint8)


def test_numbers_stay_with_their_faces():
    """Two people walk towards each other, one leaves, and comes back too late to be known."""
    detector = Scripted()
    tracker = Tracker(detector)
    for step in range(10):
        detector.boxes = [(10 + 8 * step, 50, 60, 60), (240 - 8 * step, 150, 60, 60)]
        found = dict(tracker.update(FRAME, step / 25))
        assert found[1].box == (10 + 8 * step, 50, 60, 60) and found[2].box == (
            240 - 8 * step,
            150,
            60,
            60,
        )
    detector.boxes = [(82, 50, 60, 60)]
    assert [n for n, _ in tracker.update(FRAME, 0.5)] == [1]
    detector.boxes = [(82, 50, 60, 60), (168, 150, 60, 60)]
    assert [n for n, _ in tracker.update(FRAME, 0.9)] == [1, 2]  # known again within a second
    detector.boxes = [(82, 50, 60, 60)]
    tracker.update(FRAME, 1.0)
    detector.boxes = [(82, 50, 60, 60), (168, 150, 60, 60)]
    assert [n for n, _ in tracker.update(FRAME, 1.0 + FORGET + 0.5)] in ([1, 3], [3, 4])


@pytest.mark.parametrize("interval", [0.04, 1.0, 60.0])
def test_a_face_may_be_missing_for_a_while_at_any_rate(interval):
    """For a second, or for one frame where frames are further apart."""
    detector = Scripted()
    tracker = Tracker(detector, search_every=0)
    box = (82, 50, 60, 60)
    shown = [box, box, None, box, *[None] * 30, box]
    numbers = []
    for step, each in enumerate(shown):
        detector.boxes = [each] if each else []
        numbers.append([number for number, _ in tracker.update(FRAME, step * interval)])
    assert [each for each in numbers if each] == [[1], [1], [1], [2]]
    assert tracker.known == {2}


def test_a_pause_without_frames_is_no_absence():
    """A video may leave out frames in which nothing moves."""
    detector = Scripted()
    detector.boxes = [(82, 50, 60, 60)]
    tracker = Tracker(detector)
    for time_s in (0, 0.04, 0.08, 5.0, 5.04):
        assert [number for number, _ in tracker.update(FRAME, time_s)] == [1]


def test_an_empty_scene_is_searched_now_and_then_only():
    detector = Scripted()
    tracker = Tracker(detector, search_every=0.4)
    for step in range(25):
        assert tracker.update(FRAME, step / 25) == []
    assert detector.frames == 3


def test_search_every_frame_on_request():
    detector = Scripted()
    tracker = Tracker(detector, search_every=0)
    for step in range(5):
        tracker.update(FRAME, step / 25)
    assert detector.frames == 5


@pytest.mark.parametrize("name", ["yunet", "haar"])
def test_a_moving_face_is_followed_in_the_small(name, photograph):
    """Between two searches of the whole frame, the box goes where the face goes."""
    portrait = read_image(photograph)[:300, :400]
    detector = load_detector(name)
    asked = []
    detector = type(
        "Counting",
        (),
        {"detect": lambda self, image: asked.append(image.shape) or real.detect(image)},
    )()
    real = load_detector(name)
    tracker = Tracker(detector, search_every=10)
    start = None
    for step in range(12):
        frame = np.roll(portrait, 6 * step, axis=1)
        ((number, face),) = tracker.update(frame, step / 25)
        start = start or face.box
        assert number == 1 and iou(face.box, (start[0] + 6 * step, *start[1:])) > 0.6
    whole = [shape for shape in asked if shape == portrait.shape]
    assert (
        len(whole) <= 2 and len(asked) >= 12
    )  # once, and once more at most where the small one was not enough


def test_six_faces_at_once(photograph):
    portrait = read_image(photograph)[:240, 100:340]
    frame = np.tile(portrait, (2, 3, 1))
    tracker = Tracker(load_detector(), search_every=10)
    first, second = tracker.update(frame, 0.0), tracker.update(frame, 0.04)
    assert len(first) == len(second) == 6 and {n for n, _ in first} == {n for n, _ in second}
    for number, face in second:
        assert iou(face.box, dict(first)[number].box) > 0.7
