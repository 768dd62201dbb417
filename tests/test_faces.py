import numpy as np
import pytest
from PIL import Image

from emotion_lib import faces
from emotion_lib.datasets.synthetic import draw_face
from emotion_lib.faces import DetectorError, Face, crop, find_faces, load_detector, to_input
from emotion_lib.images import read_image


@pytest.fixture(params=["yuface", "haar"], scope="module")
def detector(request):
    return load_detector(request.param)


def overlap(a, b):
    """Intersection over union of two boxes x, y, width, height."""
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    shared = max(0, w) * max(0, h)
    return shared / (a[2] * a[3] + b[2] * b[3] - shared)


def test_the_portrait_has_one_face(detector, photograph):
    (face,) = detector.detect(read_image(photograph))
    assert overlap(face.box, (172, 62, 102, 128)) > 0.5 and 0.5 < face.score <= 1


def test_no_face_in_noise_and_flat_colour(detector):
    noise = np.random.default_rng(0).integers(0, 256, (240, 320, 3), dtype=np.uint8)
    assert detector.detect(noise) == [] and detector.detect(np.full((240, 320, 3), 128, np.uint8)) == []


def test_boxes_are_those_of_the_large_picture(detector, photograph):
    image = Image.open(photograph)
    large = np.asarray(image.resize((image.width * 3, image.height * 3)))
    (face,), (same,) = detector.detect(large), detector.detect(np.asarray(image))
    assert overlap(tuple(v / 3 for v in face.box), same.box) > 0.7


def test_several_faces_from_left_to_right(photograph):
    portrait = read_image(photograph)
    found = load_detector("yuface").detect(np.concatenate([portrait, portrait[:, ::-1], portrait], axis=1))
    assert len(found) == 3 and [f.box[0] for f in found] == sorted(f.box[0] for f in found)
    assert all(len(f.landmarks) == 5 for f in found)
    left_eye, right_eye, nose, *_ = found[0].landmarks
    assert left_eye[0] < nose[0] < right_eye[0] and nose[1] > left_eye[1]


def test_a_drawn_face_is_found():
    canvas = np.full((300, 400, 3), 220, np.uint8)
    canvas[50:250, 100:300] = np.asarray(draw_face("happy", 21, 200))
    assert len(load_detector("yuface").detect(canvas)) == 1


def test_default_is_the_best_installed(monkeypatch):
    assert load_detector().name == "yuface"
    found = faces.importlib.util.find_spec
    monkeypatch.setattr(faces.importlib.util, "find_spec", lambda name: None if name == "yuface" else found(name))
    assert load_detector().name == "haar"
    with pytest.raises(DetectorError, match="pip install yuface"):
        load_detector("yuface")


def test_unknown_detector():
    with pytest.raises(DetectorError, match=r"\['yuface', 'haar'\].*'mtcnn'"):
        load_detector("mtcnn")


def test_small_pictures_are_faces_already(detector):
    image = np.zeros((64, 50, 3), np.uint8)
    (face,) = find_faces(image, detector)
    assert face.box == (0, 0, 50, 64)
    assert crop(image, face, detector.framing).shape == (64, 64, 3)


def test_crop_is_a_centred_square_and_repeats_the_edge():
    image = np.zeros((100, 200, 3), np.uint8)
    image[:, :, 0] = np.arange(200)
    inside = crop(image, Face((80, 30, 40, 40), 1.0), framing=1.0)
    assert inside.shape == (40, 40, 3) and inside[0, :, 0].tolist() == list(range(80, 120))
    beyond = crop(image, Face((-20, 30, 40, 40), 1.0), framing=1.0)
    assert beyond[0, :, 0].tolist() == [0] * 20 + list(range(20))
    wider = crop(image, Face((80, 30, 40, 40), 1.0), framing=1.5)
    assert wider.shape == (60, 60, 3) and wider[0, 0, 0] == 70


def test_framing_puts_the_eyes_where_fer2013_has_them(photograph):
    """Medians over FER-2013's training images: eyes at x = 0.30 and 0.68, y = 0.38 of the side."""
    image = read_image(photograph)
    detector = load_detector("yuface")
    (face,) = detector.detect(image)
    side = crop(image, face, detector.framing).shape[0]
    x, y, w, h = face.box
    eyes = [((ex - (x + w / 2)) / side + 0.5, (ey - (y + h / 2)) / side + 0.5) for ex, ey in face.landmarks[:2]]
    np.testing.assert_allclose(eyes, [(0.30, 0.38), (0.68, 0.38)], atol=0.08)


def test_to_input_shapes_and_smooth_scaling():
    checkerboard = np.indices((480, 480)).sum(axis=0) % 2 * 255
    crops = [np.repeat(checkerboard[..., None], 3, 2).astype(np.uint8), np.full((20, 20, 3), 200, np.uint8)]
    gray, colour = to_input(crops, (48, 48, 1)), to_input(crops, (32, 32, 3))
    assert gray.shape == (2, 48, 48, 1) and colour.shape == (2, 32, 32, 3) and gray.dtype == np.uint8
    assert np.abs(gray[0].astype(int) - 127).max() < 12  # averaged: skipping pixels would give 0 or 255
    assert (gray[1] == 200).all()
