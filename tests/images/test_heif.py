"""HEIC files. They were made by pillow-heif, as pi-heif only decodes.

``portrait.heic`` is the page's first example, stored lying on its side with EXIF orientation 6;
``ten_bit.heic`` a gradient of 10 bits per channel with a white square.
"""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import emotion

from emotion_lib.images import ImageError, Picture, read_image
from emotion_lib.inference.predictor import Predictor

PORTRAIT = Path(__file__).parent / "portrait.heic"
TEN_BIT = Path(__file__).parent / "ten_bit.heic"


def test_a_photograph_of_a_phone_is_upright_and_read():
    for source in (PORTRAIT, PORTRAIT.read_bytes()):
        with Picture(source) as picture:
            assert picture.size == (200, 160)
            (prediction,) = Predictor.load().predict(picture)
        assert prediction.label == "happy"


def test_the_command_reads_it(monkeypatch, capsys):
    emotion(monkeypatch, "predict", str(PORTRAIT))
    assert "happy" in capsys.readouterr().out


def test_ten_bits_become_eight():
    pixels = read_image(TEN_BIT)
    assert pixels.shape == (64, 96, 3)
    assert pixels[12:20, 12:20].min() > 245
    assert np.abs(pixels[40, :, 0] - np.linspace(0, 255, 96)).max() < 12


def test_a_folder_of_a_phone_lists_them(tmp_path):
    from emotion_lib.files.listing import find_pictures

    (tmp_path / "IMG_0001.HEIC").write_bytes(TEN_BIT.read_bytes())
    assert len(find_pictures(tmp_path)) == 1


@pytest.mark.parametrize("part", [0.3, 0.9])
def test_a_damaged_file_is_an_image_error(part):
    content = PORTRAIT.read_bytes()
    with pytest.raises(ImageError):
        read_image(content[: int(len(content) * part)])


def test_a_byte_that_ends_the_decoder_does_not_end_this_process():
    content = bytearray(PORTRAIT.read_bytes())
    content[179] = 166  # in the kind of the metadata
    with pytest.raises(ImageError, match="truncated or damaged"):
        read_image(bytes(content))


def test_a_huge_promise_is_not_decoded():
    content = bytearray(PORTRAIT.read_bytes())
    place = content.index(b"ispe") + 8
    content[place : place + 8] = (60_000).to_bytes(4, "big") * 2
    with pytest.raises(ImageError):
        read_image(bytes(content))


def test_the_missing_package_is_named(monkeypatch):
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "pi_heif" else find_spec(name)
    )
    monkeypatch.delitem(sys.modules, "pi_heif", raising=False)
    with pytest.raises(ImageError, match=r"pip install 'emotion-lib\[app\]'"):
        read_image(PORTRAIT)
