import numpy as np
from PIL import ImageColor

from emotion_lib.faces.detectors import Face
from emotion_lib.inference.drawing import annotate, caption, color_of, shrunk
from emotion_lib.inference.predictor import NOT_SURE, Prediction

IMAGE = np.full((200, 300, 3), 255, np.uint8)


def prediction(box, label="happy", share=0.93):
    return Prediction(Face(box, 0.9), {"happy": share, "sad": 1 - share}, label)


def test_box_and_label_in_the_colour_of_the_number():
    drawn = annotate(IMAGE, [prediction((20, 60, 80, 90)), prediction((180, 60, 80, 90), "sad")])
    for number, x in enumerate((20, 180)):
        assert tuple(drawn[100, x]) == ImageColor.getrgb(color_of(number))
    assert (drawn[100, 60] == 255).all() and (IMAGE == 255).all()
    label = drawn[38:59, 20:100].reshape(-1, 3)
    assert (label == ImageColor.getrgb(color_of(0))).all(1).any() and (label == 255).all(1).any()


def test_faces_at_the_edge_keep_their_label_inside():
    drawn = annotate(IMAGE, [prediction((-10, -5, 60, 60)), prediction((270, 150, 60, 80))])
    assert drawn.shape == IMAGE.shape
    assert (drawn[55:80, :90] != 255).any()  # no room above: the label goes below


def test_large_pictures_are_shrunk_and_boxes_with_them():
    large = np.full((2000, 3000, 3), 255, np.uint8)
    drawn = annotate(large, [prediction((200, 600, 800, 900))], max_side=300)
    assert drawn.shape == (200, 300, 3)
    assert tuple(drawn[100, 20]) == ImageColor.getrgb(color_of(0)) and (drawn[100, 60] == 255).all()
    assert shrunk(large).shape == (1365, 2048, 3) and shrunk(IMAGE) is IMAGE
    assert shrunk(np.zeros((65_500, 16, 3), np.uint8)).shape == (2048, 1, 3)


def test_nothing_found_nothing_drawn():
    assert np.array_equal(annotate(IMAGE, []), IMAGE)


def test_captions():
    assert caption(prediction((0, 0, 1, 1)), 0) == "1 happy 93 %"
    assert caption(prediction((0, 0, 1, 1), NOT_SURE), 1) == "2 not sure"
