import io

import numpy as np
import pytest
from PIL import Image

from emotion_lib.images import ImageError, read_image, to_gray

GRADIENT = np.tile(np.linspace(0, 255, 32, dtype=np.uint8), (24, 1))  # 24 high, 32 wide, dark left, bright right
RGB = np.stack([GRADIENT, GRADIENT // 2, 255 - GRADIENT], axis=2)


def encode(image: Image.Image, format: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def test_path_bytes_pil_and_array_agree(tmp_path):
    path = tmp_path / "picture.png"
    Image.fromarray(RGB).save(path)
    for source in (path, str(path), path.read_bytes(), Image.fromarray(RGB), RGB, RGB[..., ::-1]):
        channels = "BGR" if isinstance(source, np.ndarray) and source is not RGB else "RGB"
        pixels = read_image(source, channels=channels)
        assert pixels.dtype == np.uint8 and np.array_equal(pixels, RGB)


def test_gray_arrays():
    assert read_image(GRADIENT).shape == (24, 32, 3)
    assert np.array_equal(read_image(GRADIENT[..., None])[..., 2], GRADIENT)
    assert np.array_equal(to_gray(read_image(GRADIENT)), GRADIENT)


def test_float_and_16_bit_arrays():
    assert np.array_equal(read_image(GRADIENT.astype(np.float32))[..., 0], GRADIENT)
    assert np.array_equal(read_image(GRADIENT.astype(np.uint16) * 257)[..., 0], GRADIENT)


@pytest.mark.parametrize("mode", ["I;16", "F"])
def test_16_bit_and_float_files_are_scaled_not_clipped(mode):
    values = GRADIENT.astype(np.uint16) * 257 if mode == "I;16" else GRADIENT.astype(np.float32)
    pixels = read_image(encode(Image.fromarray(values), "TIFF"))
    assert np.array_equal(pixels[..., 0], GRADIENT)


def test_cmyk():
    pixels = read_image(encode(Image.fromarray(RGB).convert("CMYK"), "JPEG", quality=95))
    assert np.abs(pixels.astype(int) - RGB).mean() < 8


def test_alpha_is_laid_on_white():
    alpha = np.zeros((24, 32), np.uint8)
    alpha[:, 16:] = 255
    pixels = read_image(encode(Image.fromarray(np.dstack([RGB, alpha])), "PNG"))
    assert (pixels[:, :16] == 255).all() and np.array_equal(pixels[:, 16:], RGB[:, 16:])


def test_bgra_array():
    bgra = np.dstack([RGB[..., ::-1], np.full((24, 32), 255, np.uint8)])
    assert np.array_equal(read_image(bgra, channels="BGR"), RGB)


def test_palette_with_transparency():
    picture = Image.fromarray(RGB).convert("P")
    assert read_image(encode(picture, "PNG", transparency=0)).shape == (24, 32, 3)


def test_exif_rotation_is_applied():
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright: turn 90 degrees clockwise
    pixels = read_image(encode(Image.fromarray(RGB), "JPEG", exif=exif, quality=95))
    assert pixels.shape == (32, 24, 3)
    assert pixels[0, :, 0].mean() < 20 < 235 < pixels[-1, :, 0].mean()


def test_animation_gives_its_first_frame():
    frames = [Image.fromarray(np.full((24, 32), v, np.uint8)) for v in (10, 200)]
    pixels = read_image(encode(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert pixels.shape == (24, 32, 3) and pixels.max() < 20


JPEG = encode(Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)), "JPEG")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (b"", "empty file"),
        (b"this is text, not a picture", "no decoder recognises"),
        (JPEG[: len(JPEG) // 2], "truncated or damaged"),
        (encode(Image.new("RGB", (1, 1)), "PNG"), "1x1 px"),
        (Image.new("RGB", (8, 600)), "8x600 px"),
        (np.zeros((4, 4), np.uint8), "4x4 px"),
        (np.zeros((24, 32, 5), np.uint8), "shape"),
        (np.zeros((2, 24, 32, 3), np.uint8), "pass a list"),
        (np.zeros((24, 32), np.int64), "int64"),
        (GRADIENT.astype(np.float32) / 255, "0..1"),
        (GRADIENT.astype(np.float32) - 128, "raw pixels"),
        (12, "int"),
    ],
)
def test_bad_pictures_say_what_is_wrong(source, message):
    with pytest.raises(ImageError, match=r"Expected .*Received: ") as error:
        read_image(source)
    assert message in str(error.value)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP"])
def test_a_file_cut_anywhere_is_explained(format):
    whole = encode(Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)), format)
    for length in np.linspace(1, len(whole) * 0.9, 40).astype(int):
        try:
            assert read_image(whole[:length]).shape == (64, 64, 3)  # a frame that is there already
        except ImageError as error:
            assert "Received" in str(error)


def test_premultiplied_gray():
    assert read_image(Image.new("LA", (20, 20), (90, 255)).convert("La")).shape == (20, 20, 3)


def test_huge_picture_is_refused_before_decoding():
    huge = encode(Image.new("1", (20_000, 20_000)), "PNG")  # a few kB that would take 1.2 GB as RGB
    with pytest.raises(ImageError, match="100 megapixels"):
        read_image(huge)
    with pytest.raises(ImageError, match="100 megapixels"):
        read_image(encode(Image.new("1", (11_000, 11_000)), "PNG"))


def test_bad_arguments(tmp_path):
    with pytest.raises(ImageError, match="BRG"):
        read_image(RGB, channels="BRG")
    with pytest.raises(ImageError, match="folder"):
        read_image(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_image(tmp_path / "none.jpg")
