import numpy as np
import pytest
from conftest import drawn_texts

from emotion_lib import plots

FACE = np.zeros((8, 8), np.uint8)


def test_filters_share_a_scale_with_0_in_its_middle():
    kernels = np.zeros((3, 3, 1, 10))
    kernels[0, 0, 0, 4] = -2
    figure = plots.filters(kernels)
    texts = drawn_texts(figure)
    pictures = [axis.images[0] for axis in figure.axes if axis.images]
    assert len(pictures) == 10
    assert {picture.get_clim() for picture in pictures} == {(-2, 2)}
    assert pictures[4].get_array()[0, 0] == -2
    assert {"0", "9", "weight"} <= set(texts)


def test_filters_over_several_channels_are_their_mean():
    kernels = np.stack([np.zeros((3, 3, 1)), np.ones((3, 3, 1))], axis=2)
    figure = plots.filters(kernels)
    assert (figure.axes[0].images[0].get_array() == 0.5).all()


def test_feature_maps_are_numbered_and_share_a_scale():
    maps = np.zeros((6, 6, 70))
    maps[..., 2] = 3
    figure = plots.feature_maps(maps)
    pictures = [axis.images[0] for axis in figure.axes if axis.images]
    assert len(pictures) == 64
    assert {picture.get_clim() for picture in pictures} == {(0, 3)}
    assert [axis.get_title() for axis in figure.axes[:64]] == [str(i) for i in range(64)]


def test_heat_of_one_sign_goes_from_dark_to_light():
    heat = np.zeros((2, 4, 4))
    heat[1, 0, 0] = 0.5
    figure = plots.overlay(np.stack([FACE, FACE]), heat, ["first", "second"], "share")
    texts = drawn_texts(figure)
    above = [figure.axes[index].images[1] for index in (2, 3)]
    assert {picture.get_clim() for picture in above} == {(0, 0.5)}
    assert {picture.get_cmap().name for picture in above} == {"inferno"}
    assert above[0].get_extent() == [-0.5, 7.5, 7.5, -0.5]
    assert above[1].get_alpha()[0, 0] == 0.75
    assert above[1].get_alpha()[3, 3] == 0
    assert {"first", "second", "share"} <= set(texts)


def test_heat_of_both_signs_has_0_in_the_middle():
    heat = np.full((4, 4), -0.2)
    heat[0, 0] = 0.1
    figure = plots.overlay(FACE, heat)
    drawn_texts(figure)
    assert figure.axes[1].images[1].get_clim() == (-0.2, 0.2)


@pytest.mark.parametrize("shape", [(8, 8), (8, 8, 3)])
def test_a_face_without_heat_is_itself(shape):
    figure = plots.overlay(np.zeros(shape, np.uint8), np.zeros((4, 4)))
    drawn_texts(figure)
    assert not figure.axes[1].images[1].get_alpha().any()
