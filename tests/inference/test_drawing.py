import numpy as np
from PIL import ImageColor

from emotion_lib.faces.detection import Face
from emotion_lib.inference.drawing import annotate, caption, color_of
from emotion_lib.inference.results import NOT_SURE, Prediction

IMAGE = np.full((200, 300, 3), 255, np.uint8)


def prediction(box, label="happy", share=0.93):
    return Prediction(Face(box, 0.9), {"happy": share, "sad": 1 - share}, label)


def test_boxes_and_labels_have_the_colour_of_their_number():
    drawn = annotate(IMAGE, [prediction((20, 60, 80, 90)), prediction((180, 60, 80, 90), "sad")])
    for number, x in enumerate((20, 180)):
        assert tuple(drawn[100, x]) == ImageColor.getrgb(color_of(number))
    assert (drawn[100, 60] == 255).all()
    assert (IMAGE == 255).all()
    label = drawn[38:59, 20:100].reshape(-1, 3)
    assert (label == ImageColor.getrgb(color_of(0))).all(1).any()
    assert (label == 255).all(1).any()


def test_labels_of_faces_at_the_edge_stay_inside():
    drawn = annotate(IMAGE, [prediction((-10, -5, 60, 60)), prediction((270, 150, 60, 80))])
    assert drawn.shape == IMAGE.shape
    assert (drawn[55:80, :90] != 255).any()  # no room above: the label is below the box


def test_an_image_without_faces_stays_the_same():
    assert np.array_equal(annotate(IMAGE, []), IMAGE)


def test_captions():
    assert caption(prediction((0, 0, 1, 1)), 1) == "1 happy 93 %"
    assert caption(prediction((0, 0, 1, 1), NOT_SURE), 2) == "2 not sure"
