"""Pictures at a reduced scale, and parts of them."""

import io

import numpy as np
import pytest
from PIL import Image, ImageFile, ImageOps

from emotion_lib.images import ImageError, Picture, read_image
from emotion_lib.images.conversion import STRIP_PIXELS

WIDTH, HEIGHT = 2123, 1511  # px; multiples of no factor
ALPHA = np.linspace(0, 255, WIDTH).astype(np.uint8)


@pytest.fixture(scope="module")
def scene():
    """Return a smooth coloured image, in which each place differs from its surroundings."""
    small = np.random.default_rng(0).integers(0, 256, (9, 12, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)


def encode(image, format="JPEG", **options):
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def as_jpeg(scene, **options):
    return encode(scene, quality=92, **options)


@pytest.fixture(scope="module")
def sources(scene):
    """Return the scene as every kind of source."""
    with_alpha = scene.copy()
    with_alpha.putalpha(Image.fromarray(np.tile(ALPHA, (HEIGHT, 1))))
    return {
        "JPEG": as_jpeg(scene),
        "progressive": as_jpeg(scene, progressive=True),
        "CMYK": as_jpeg(scene.convert("CMYK")),
        "gray": as_jpeg(scene.convert("L")),
        "MPO": encode(scene, "MPO", save_all=True, append_images=[scene.resize((400, 300))]),
        "PNG": encode(scene, "PNG", compress_level=1),
        "RGBA": encode(with_alpha, "PNG", compress_level=1),
        "palette": encode(scene.quantize(), "GIF"),
        "16 bit": encode(Image.fromarray(np.asarray(scene.convert("L"), np.uint16) * 257), "TIFF"),
        "PIL": scene,
        "array": np.asarray(scene),
        "gray array": np.asarray(scene.convert("L")),
        "RGBA array": np.asarray(with_alpha),
    }


def test_views_of_every_kind_of_source_show_the_same_places(sources):
    assert WIDTH * HEIGHT > STRIP_PIXELS
    for kind, source in sources.items():
        full = read_image(source).astype(float)
        assert full.shape == (HEIGHT, WIDTH, 3), kind
        with Picture(source) as picture:
            views = [picture.whole(500), picture.part((600.5, 300, 1400, 900), 3, 400)]
            assert picture.size == (WIDTH, HEIGHT)
        assert [max(view.pixels.shape) for view in views] == [500, 400], kind
        assert views[0].scale == pytest.approx(WIDTH / 500, rel=0.01)
        assert views[1].left <= 600 and views[1].top <= 300
        for view in views:
            assert_shows(view, full, kind)


def assert_shows(view, full, kind):
    """Compare pixels of a view with the full picture's there."""
    height, width = view.pixels.shape[:2]
    for row, column in ((1, 1), (height // 2, width // 2), (height - 3, width - 3)):
        y = round(view.top + row * view.scale)
        x = round(view.left + column * view.scale)
        size = round(view.scale)
        mean = full[y : y + size, x : x + size].mean(axis=(0, 1))
        np.testing.assert_allclose(view.pixels[row, column], mean, atol=8, err_msg=kind)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_views_are_upright(orientation, format, scene):
    exif = Image.Exif()
    exif[0x0112] = orientation
    source = encode(scene, format, exif=exif, compress_level=1)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(source)))
    full = np.asarray(upright.convert("RGB")).astype(float)
    with Picture(source) as picture:
        assert picture.size == upright.size
        for view in (picture.whole(250), picture.part((400, 200, 700, 900), 2, 300)):
            assert view.scale > 1
            assert_shows(view, full, f"{format} {orientation}")


def test_a_part_beyond_the_picture_ends_at_its_edges(scene):
    with Picture(np.asarray(scene)) as picture:
        view = picture.part((-50, HEIGHT - 20, 30, HEIGHT + 400), 1, 99)
        assert (view.left, view.top, view.pixels.shape) == (0, HEIGHT - 20, (20, 30, 3))
        assert picture.part((9000, 9000, 9100, 9100), 1, 99).pixels.shape == (1, 1, 3)


def test_a_damaged_file_is_refused_at_every_scale_with_one_message(scene):
    source = as_jpeg(scene)
    for length in (300, len(source) // 2, len(source) - 30):
        messages = set()
        for side in (WIDTH, WIDTH // 2, 900):
            with pytest.raises(ImageError, match="truncated or damaged") as error:
                Picture(source[:length]).whole(side)
            messages.add(str(error.value))
        assert len(messages) == 1


def test_a_given_image_is_neither_reduced_nor_closed(scene):
    image = Image.open(io.BytesIO(as_jpeg(scene)))
    with Picture(image) as picture:
        assert picture.whole(200).pixels.shape[1] == 200
    assert image.size == (WIDTH, HEIGHT)
    assert read_image(image).shape == (HEIGHT, WIDTH, 3)


def test_pixels_are_decoded_no_further_than_needed(scene, monkeypatch):
    sizes = []
    load = ImageFile.ImageFile.load

    def recorded(image):
        if image.tile:  # it is not decoded yet
            sizes.append(image.size)
        return load(image)

    monkeypatch.setattr(ImageFile.ImageFile, "load", recorded)
    with Picture(as_jpeg(scene)) as picture:
        picture.whole(960)
        picture.whole(500)
        picture.part((0, 0, 100, 100), 2, 50)
        assert sizes == [(1062, 756)]
        picture.part((0, 0, 100, 100), 1, 50)
        picture.whole(960)
        assert sizes == [(1062, 756), (WIDTH, HEIGHT)]


def test_only_formats_without_scales_take_much_memory(monkeypatch, sources):
    monkeypatch.setattr("emotion_lib.images.picture._LARGE_PIXELS", 1000)
    expected = {"JPEG": False, "progressive": True, "PNG": True, "array": False, "PIL": False}
    for kind, source in sources.items():
        if kind in expected:
            with Picture(source) as picture:
                assert picture.takes_much_memory == expected[kind], kind
