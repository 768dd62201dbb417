"""Tests of emotion_lib.benchmarks.scenes."""

import pytest
from PIL import Image

from emotion_lib.benchmarks import scenes


def test_a_scene_has_its_people():
    assert scenes.scene(1).shape == scenes.scene(6).shape == (480, 640, 3)
    assert len({scenes.scene(people).tobytes() for people in (1, 2, 6)}) == 3


@pytest.mark.parametrize("write", [scenes.write_jpeg, scenes.write_jpeg_elsewhere])
def test_a_jpeg_has_its_megapixels(write, tmp_path):
    path = write(tmp_path / "a.jpg", 0.3)
    with Image.open(path) as image:
        assert image.format == "JPEG"
        assert image.width * image.height == pytest.approx(0.3e6, rel=0.01)
    smooth = scenes.write_jpeg(tmp_path / "b.jpg")
    assert path.stat().st_size > smooth.stat().st_size  # noise costs bytes
