"""Reading of images: every mode and format, and files that are damaged or hostile."""

import io
import os
from collections import Counter

import numpy as np
import pytest
from PIL import Image, ImageOps

from emotion_lib.files.listing import PICTURE_SUFFIXES
from emotion_lib.images import MAX_BYTES, ImageError, read_image, to_gray

# 24 px high, 32 px wide, from dark at the left to bright at the right.
GRADIENT = np.tile(np.linspace(0, 255, 32, dtype=np.uint8), (24, 1))
RGB = np.stack([GRADIENT, GRADIENT // 2, 255 - GRADIENT], axis=2)
NOISE = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)


def encode(image: Image.Image, format: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def test_path_bytes_pil_and_array_agree(tmp_path):
    path = tmp_path / "picture.png"
    Image.fromarray(RGB).save(path)
    for source in (path, str(path), path.read_bytes(), Image.fromarray(RGB), RGB):
        pixels = read_image(source)
        assert pixels.dtype == np.uint8
        assert np.array_equal(pixels, RGB)
    assert np.array_equal(read_image(RGB[..., ::-1], channels="BGR"), RGB)


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


def test_a_16_bit_png_is_the_same_by_every_way_in(tmp_path):
    values = GRADIENT.astype(np.uint16) * 257
    path = tmp_path / "deep.png"
    content = encode(Image.fromarray(values), "PNG")
    path.write_bytes(content)
    for source in (path, content, memoryview(content), Image.open(path), values):
        assert np.array_equal(read_image(source)[..., 0], GRADIENT)


def test_memory_of_a_large_picture_goes_back_to_the_system():
    if "PILLOW_BLOCK_SIZE" in os.environ:
        pytest.skip("the environment sets Pillow's blocks")
    # glibc holds back blocks of up to 32 MiB.
    assert Image.core.get_block_size() > 2**25


def test_cmyk():
    pixels = read_image(encode(Image.fromarray(RGB).convert("CMYK"), "JPEG", quality=95))
    assert np.abs(pixels.astype(int) - RGB).mean() < 8


def test_alpha_is_laid_on_white():
    alpha = np.zeros((24, 32), np.uint8)
    alpha[:, 16:] = 255
    pixels = read_image(encode(Image.fromarray(np.dstack([RGB, alpha])), "PNG"))
    assert (pixels[:, :16] == 255).all()
    assert np.array_equal(pixels[:, 16:], RGB[:, 16:])


def test_bgra_array():
    bgra = np.dstack([RGB[..., ::-1], np.full((24, 32), 255, np.uint8)])
    assert np.array_equal(read_image(bgra, channels="BGR"), RGB)


def test_palette_with_transparency():
    image = Image.fromarray(RGB).convert("P")
    assert read_image(encode(image, "PNG", transparency=0)).shape == (24, 32, 3)


def test_exif_rotation_is_applied():
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright: turn 90 degrees clockwise
    pixels = read_image(encode(Image.fromarray(RGB), "JPEG", exif=exif, quality=95))
    assert pixels.shape == (32, 24, 3)
    assert pixels[0, :, 0].mean() < 20
    assert pixels[-1, :, 0].mean() > 235


def test_the_first_frame_of_an_animation_is_read():
    first = Image.new("L", (32, 24), 10)
    second = Image.new("L", (32, 24), 200)
    pixels = read_image(encode(first, "GIF", save_all=True, append_images=[second]))
    assert pixels.shape == (24, 32, 3)
    assert pixels.max() < 20


JPEG = encode(Image.fromarray(NOISE), "JPEG")


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
def test_images_that_cannot_be_used_are_explained(source, message):
    with pytest.raises(ImageError, match=r"Expected .*Received: ") as error:
        read_image(source)
    assert message in str(error.value)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP"])
def test_a_truncated_file_is_explained(format):
    content = encode(Image.fromarray(NOISE), format)
    for length in np.linspace(1, len(content) * 0.9, 40).astype(int):
        try:
            # A format may have a complete frame in the first part of the file.
            assert read_image(content[:length]).shape == (64, 64, 3)
        except ImageError as error:
            assert "Received" in str(error)


def test_gray_with_premultiplied_alpha():
    assert read_image(Image.new("LA", (20, 20), (90, 255)).convert("La")).shape == (20, 20, 3)


def test_a_huge_image_is_refused_before_decoding():
    huge = encode(Image.new("1", (20_000, 20_000)), "PNG")  # a few kB that would take 1.2 GB as RGB
    with pytest.raises(ImageError, match="100 megapixels"):
        read_image(huge)
    with pytest.raises(ImageError, match="100 megapixels"):
        read_image(encode(Image.new("1", (11_000, 11_000)), "PNG"))


def test_wrong_arguments_are_refused(tmp_path):
    with pytest.raises(ImageError, match="BRG"):
        read_image(RGB, channels="BRG")
    with pytest.raises(ImageError, match="folder"):
        read_image(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"Expected an image file\. .*does not exist"):
        read_image(tmp_path / "none.jpg")


@pytest.mark.parametrize("suffix", sorted(PICTURE_SUFFIXES - {".heic", ".heif", ".hif"}))
def test_files_of_every_listed_suffix_can_be_read(suffix, tmp_path):
    path = tmp_path / f"picture{suffix}"
    Image.fromarray(RGB).convert("1" if suffix == ".pbm" else "RGB").save(path)
    assert read_image(path).shape == (24, 32, 3)


@pytest.mark.parametrize("format", ["EPS", "PCX", "SGI", "IM", "ICO", "DDS"])
def test_rare_formats_are_never_opened_whatever_the_suffix(format, tmp_path):
    """Their decoders raise any type on damaged input, and that of EPS starts Ghostscript."""
    path = tmp_path / "picture.jpg"
    path.write_bytes(encode(Image.fromarray(RGB), format))
    with pytest.raises(ImageError, match="no decoder recognises"):
        read_image(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_only_regular_files_are_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "zero.jpg").symlink_to("/dev/zero")
    for name in ("pipe.jpg", "zero.jpg"):
        with pytest.raises(ImageError, match="a pipe, a device or a socket"):
            read_image(tmp_path / name)


def test_impossible_file_names_are_image_errors(tmp_path):
    for name in ("a\0b.jpg", "a" * 300 + ".jpg"):
        with pytest.raises(ImageError, match=r"can be read.*Received: "):
            read_image(tmp_path / name)


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    path = tmp_path / "picture.png"
    path.write_bytes(encode(Image.fromarray(RGB), "PNG"))
    os.truncate(path, MAX_BYTES + 1)  # a hole, which takes no space on the disk
    with pytest.raises(ImageError, match="Expected at most 1,073,741,824 bytes"):
        read_image(path)


@pytest.mark.parametrize("size", [(16, 6_250_000), (70_000, 16)])
def test_an_image_that_is_too_long_is_refused_before_decoding(size):
    with pytest.raises(ImageError, match="65,500 px per side"):
        read_image(encode(Image.new("1", size), "PNG"))


@pytest.mark.parametrize(
    "error", [MemoryError(), RecursionError("deep"), IndexError("of a decoder"), TypeError()]
)
def test_every_error_of_a_decoder_is_an_image_error(error, monkeypatch):
    def fail(image):
        raise error

    monkeypatch.setattr(Image.Image, "convert", fail)
    with pytest.raises(ImageError, match=r"Expected .*Received: "):
        read_image(Image.fromarray(GRADIENT))


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    "exif", [b"no TIFF header", b"MM\0*" + b"\xff" * 40, b"II*\0\x08\0\0\0\x01"]
)
def test_damaged_exif_does_not_hide_the_pixels(format, exif):
    content = encode(Image.fromarray(RGB), format, exif=b"Exif\0\0" + exif)
    pixels = read_image(content)
    assert np.abs(pixels.astype(int) - RGB).mean() < 8


@pytest.mark.parametrize("orientation", range(1, 9))
def test_each_orientation_is_applied_as_pillow_does(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encode(Image.fromarray(RGB), "PNG", exif=exif)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
    assert np.array_equal(read_image(content), np.asarray(upright))


# Options that the encoder of each format gets: EXIF data with an orientation, where it is read.
FUZZED = {
    "JPEG": {"exif": b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"},
    "PNG": {"exif": b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"},
    "WEBP": {}, "AVIF": {}, "GIF": {}, "BMP": {}, "DIB": {}, "TIFF": {}, "JPEG2000": {}, "PPM": {},
    "TGA": {}, "EPS": {}, "PCX": {}, "SGI": {}, "DDS": {}, "ICO": {},
}  # fmt: skip


def mutated(content: bytes, other: bytes, rng: np.random.Generator) -> bytes:
    """Return a file with one fault.

    A bit is flipped, the end is cut off, the end or the header is replaced by another file's, or
    four bytes near the beginning get an extreme value.
    """
    damaged = bytearray(content)
    kind = rng.integers(5)
    place = int(rng.integers(len(damaged)))
    if kind == 0:
        damaged[place] ^= 1 << int(rng.integers(8))
    elif kind == 1:
        del damaged[place:]
    elif kind == 2:
        damaged[place:] = other[int(rng.integers(len(other))) :]
    elif kind == 3:
        damaged[: int(rng.integers(64))] = other[: int(rng.integers(64))]
    else:
        place = int(rng.integers(min(100, len(damaged))))
        damaged[place : place + 4] = bytes([int(rng.choice([0, 1, 127, 255]))]) * 4
    return bytes(damaged)


def test_mutated_files_are_read_or_refused():
    """No other exception is raised, whatever the bytes are."""
    rng = np.random.default_rng(0)
    image = Image.fromarray(RGB)
    contents = [encode(image, format, **options) for format, options in FUZZED.items()]
    answers = Counter()
    for number in range(100):
        other = contents[number % len(contents)]
        for content in contents:
            try:
                answers[read_image(mutated(content, other, rng)).ndim] += 1
            except ImageError:
                answers["refused"] += 1
    assert answers.keys() == {3, "refused"}
    assert min(answers.values()) > 300
