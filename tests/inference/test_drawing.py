import numpy as np
import pytest
from PIL import ImageColor

from emotion_lib.faces.detection import Face
from emotion_lib.inference.drawing import annotate, caption, luminance, text_color
from emotion_lib.inference.results import NOT_SURE, Prediction
from emotion_lib.labels import EXPRESSION_COLORS, UNREAD_COLOR, color_of

IMAGE = np.full((200, 300, 3), 128, np.uint8)


def prediction(box, label="happy", share=0.93, score=0.9):
    return Prediction(Face(box, score), {"happy": share, "sad": 1 - share}, label)


def is_color(pixels, color):
    """Return where pixels have a colour such as "#0072B2"."""
    return (pixels == ImageColor.getrgb(color)).all(-1)


def test_boxes_and_labels_have_the_colour_of_their_expression():
    drawn = annotate(IMAGE, [prediction((20, 60, 80, 90)), prediction((180, 60, 80, 90), "sad")])
    for label, x in (("happy", 20), ("sad", 180)):
        assert is_color(drawn[100, x], color_of(label))
        assert is_color(drawn[30:58, x : x + 60], color_of(label)).any()
    assert (drawn[100, 60] == 128).all()
    assert (IMAGE == 128).all()


@pytest.mark.parametrize(
    "face", [prediction((20, 60, 80, 90), NOT_SURE), prediction((20, 60, 80, 90), score=0.5)]
)
def test_boxes_that_are_not_sure_or_in_poor_view_are_dashed(face):
    side = annotate(IMAGE, [face])[60:150, 20]
    colored = is_color(side, UNREAD_COLOR)
    white = is_color(side, "#FFFFFF")
    assert 0.3 < colored.mean() < 0.7
    assert (colored | white).all()


@pytest.mark.parametrize("size", [(480, 640), (3000, 4000)])
def test_labels_are_legible_where_the_picture_is_shown(size):
    height, width = size
    image = np.full((*size, 3), 128, np.uint8)
    box = (width * 0.3, height * 0.3, width * 0.3, height * 0.4)
    drawn = annotate(image, [prediction(box)])
    label = is_color(drawn[: int(box[1]) - width // 200], color_of("happy"))
    label_height = np.ptp(np.flatnonzero(label.any(1)))
    shown = 640 / width  # at this scale, whatever the picture's own
    assert 16 < label_height * shown < 32
    line = is_color(drawn[int(height * 0.5)], color_of("happy")).sum() / 2
    assert 2 <= line * shown <= 3


def test_labels_of_faces_at_the_edge_stay_inside():
    drawn = annotate(IMAGE, [prediction((-10, -5, 60, 60)), prediction((270, 150, 60, 80))])
    assert drawn.shape == IMAGE.shape
    below = is_color(drawn[60:80, :90], color_of("happy"))  # as there is no room above
    assert below.any()


def test_an_image_without_faces_stays_the_same():
    assert np.array_equal(annotate(IMAGE, []), IMAGE)


def test_captions():
    assert caption(prediction((0, 0, 50, 50)), 1) == "1 happy 93 %"
    assert caption(prediction((0, 0, 50, 50), NOT_SURE), 2) == "2 not sure"
    assert caption(prediction((0, 0, 10, 10)), 3) == "3 poor view"


def test_text_is_readable_on_every_colour():
    for color in (*EXPRESSION_COLORS.values(), UNREAD_COLOR):
        light = luminance(color) + 0.05
        contrast = 1.05 / light if text_color(color) == "white" else light / 0.05
        assert contrast >= 4.5, color
