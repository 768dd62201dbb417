import numpy as np
import pytest
from PIL import Image

from emotion_lib.faces.detection import Face, iou
from emotion_lib.faces.detectors import load_detector
from emotion_lib.images import read_image
from emotion_lib.video.tracking import FORGET, Tracker

FRAME = np.zeros((240, 320, 3), np.uint8)
BOX = (82, 50, 60, 60)
OTHER_BOX = (168, 150, 60, 60)


class Scripted:
    """Detector that finds the given boxes in whole frames, and nothing in mosaics.

    Attributes:
        boxes: boxes to find.
        frames: number of whole frames that were searched.
    """

    name = "scripted"
    framing = 1.0

    def __init__(self, *boxes):
        self.boxes = list(boxes)
        self.frames = 0

    def detect(self, image):
        if image.shape != FRAME.shape:
            return []
        self.frames += 1
        return [Face(box, 0.9) for box in sorted(self.boxes)]


def numbers(tracker, time_s):
    return [number for number, _ in tracker.update(FRAME, time_s)]


def test_faces_keep_their_numbers():
    """Two people pass each other; one leaves, and returns too late to be recognized."""
    detector = Scripted()
    tracker = Tracker(detector)
    for step in range(10):
        first = (10 + 8 * step, 50, 60, 60)
        second = (240 - 8 * step, 150, 60, 60)
        detector.boxes = [first, second]
        found = dict(tracker.update(FRAME, step / 25))
        assert found[1].box == first
        assert found[2].box == second
    detector.boxes = [BOX]
    assert numbers(tracker, 0.5) == [1]
    detector.boxes = [BOX, OTHER_BOX]
    assert numbers(tracker, 0.9) == [1, 2]  # recognized within a second
    detector.boxes = [BOX]
    tracker.update(FRAME, 1.0)
    detector.boxes = [BOX, OTHER_BOX]
    assert numbers(tracker, 1.0 + FORGET + 0.5) in ([1, 3], [3, 4])


@pytest.mark.parametrize("interval", [0.04, 1.0, 60.0])
def test_a_face_may_be_missing_for_a_while_at_any_rate(interval):
    """For a second, or for one frame where frames are further apart."""
    detector = Scripted()
    tracker = Tracker(detector, search_every=0)
    shown = [BOX, BOX, None, BOX, *[None] * 30, BOX]
    found = []
    for step, box in enumerate(shown):
        detector.boxes = [box] if box else []
        found += numbers(tracker, step * interval)
    assert found == [1, 1, 1, 2]
    assert tracker.known == {2}


def test_a_pause_without_frames_is_no_absence():
    """A video may leave out frames in which nothing moves."""
    tracker = Tracker(Scripted(BOX))
    for time_s in (0, 0.04, 0.08, 5.0, 5.04):
        assert numbers(tracker, time_s) == [1]


def test_a_face_that_passes_behind_another_keeps_its_number():
    """It is hidden for 0.4 s, and moves on by more than its width."""
    detector = Scripted()
    tracker = Tracker(detector, search_every=0)
    for step in range(40):
        walking = (6 * step, 50, 40, 40)
        detector.boxes = [(110, 54, 44, 44)]
        if not 15 <= step < 25:
            detector.boxes.append(walking)
        found = dict(tracker.update(FRAME, step / 25))
    assert found.keys() == {1, 2}
    assert found[1].box == walking


def test_a_cut_forgets_all_faces():
    """The face of another person is in the same place."""
    rng = np.random.default_rng(0)
    scenes = []
    for _ in range(2):
        blocks = Image.fromarray(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8))
        scenes.append(np.asarray(blocks.resize(FRAME.shape[1::-1])))
    detector = Scripted(BOX)
    tracker = Tracker(detector, search_every=10)
    for index, scene in enumerate([scenes[0], scenes[0], scenes[1]]):
        found = tracker.update(scene, index / 25)
    assert [number for number, _ in found] == [2]
    assert tracker.known == {2}
    assert tracker.skip(scenes[0], 3 / 25)
    assert tracker.known == set()
    assert [number for number, _ in tracker.update(scenes[0], 4 / 25)] == [3]


def test_a_missing_face_is_awaited_by_more_searches():
    detector = Scripted(BOX)
    tracker = Tracker(detector, search_every=0.39)
    tracker.update(FRAME, 0.0)
    detector.boxes = []
    for step in range(1, 25):  # a search when it is lost, and one every 0.2 s
        tracker.update(FRAME, step / 25)
    assert detector.frames == 1 + 1 + 4


def test_an_empty_scene_is_searched_at_intervals():
    detector = Scripted()
    tracker = Tracker(detector, search_every=0.4)
    for step in range(25):
        assert numbers(tracker, step / 25) == []
    assert detector.frames == 3


def test_every_frame_is_searched_on_request():
    detector = Scripted()
    tracker = Tracker(detector, search_every=0)
    for step in range(5):
        numbers(tracker, step / 25)
    assert detector.frames == 5


class Recording:
    """Detector that records the shapes of the images that it searches."""

    framing = 1.0

    def __init__(self, name):
        self.name = name
        self.shapes = []
        self._detector = load_detector(name)

    def detect(self, image):
        self.shapes.append(image.shape)
        return self._detector.detect(image)


@pytest.mark.parametrize("name", ["yunet", "haar"])
def test_a_moving_face_is_followed_in_a_small_patch(name, photograph):
    """Between two searches of the whole frame, the box moves with the face."""
    portrait = read_image(photograph)[:300, :400]
    detector = Recording(name)
    tracker = Tracker(detector, search_every=10)
    first_box = None
    for step in range(12):
        frame = np.roll(portrait, 6 * step, axis=1)
        ((number, face),) = tracker.update(frame, step / 25)
        if first_box is None:
            first_box = face.box
        x, y, width, height = first_box
        assert number == 1
        assert iou(face.box, (x + 6 * step, y, width, height)) > 0.6
    # Once, and at most once more if the patch was not enough.
    assert detector.shapes.count(portrait.shape) <= 2
    assert len(detector.shapes) >= 12


def test_six_faces_at_once(photograph):
    portrait = read_image(photograph)[:240, 100:340]
    frame = np.tile(portrait, (2, 3, 1))
    tracker = Tracker(load_detector(), search_every=10)
    first = dict(tracker.update(frame, 0.0))
    second = dict(tracker.update(frame, 0.04))
    assert len(first) == 6
    assert first.keys() == second.keys()
    for number, face in second.items():
        assert iou(face.box, first[number].box) > 0.6
