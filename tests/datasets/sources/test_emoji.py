"""Happy and sad emoji: the embedded selection, packages of vendors, and splits by code point."""

import json
import shutil
import zipfile

import numpy as np
import pytest
from PIL import Image

from emotion_lib.datasets import DataError, load
from emotion_lib.datasets.sources import emoji

CAR = "1F697"  # neither happy nor sad


@pytest.fixture
def package(tmp_path):
    """Two vendors' packages in the layout of npm: "red" with nine emoji, "clear" with seven."""
    root = tmp_path / "npm"
    entries = []
    for code_point in (*emoji.HAPPY[:4], *emoji.SAD[:4], CAR):
        entries.append({"unified": code_point, "image": f"{code_point.lower()}.png"})
    vendors = (("red", (255, 0, 0, 255), entries), ("clear", (0, 0, 0, 0), entries[:-2]))
    for vendor, color, drawn in vendors:
        folder = root / f"emoji-datasource-{vendor}"
        images = folder / "img" / vendor / "64"
        images.mkdir(parents=True)
        (folder / "emoji.json").write_text(json.dumps(entries))
        for entry in drawn:
            Image.new("RGBA", (64, 64), color).save(images / entry["image"])
    return root


def red_image(package, name):
    return package / "emoji-datasource-red" / "img" / "red" / "64" / name


def test_the_embedded_selection():
    found = emoji.read()
    assert found.images.shape == (192, 48, 48)
    assert found.images.dtype == np.uint8
    assert sorted(set(found.vendors)) == ["fluent", "google", "openmoji", "twitter"]
    assert set(found.labels[found.code_points == "1F600"]) == {0}
    assert set(found.labels[found.code_points == "1F62D"]) == {1}
    assert (found.images[:, 0, 0] == 255).mean() > 0.9  # transparency is laid on white


def test_every_vendor_is_attributed():
    with zipfile.ZipFile(emoji.EMBEDDED) as archive:
        attribution = archive.read("ATTRIBUTION.md").decode()
    assert all(vendor in attribution for vendor in emoji.read().vendors)
    assert emoji.EMBEDDED.stat().st_size < 1_000_000


def test_happy_and_sad_share_no_code_point():
    assert len(set(emoji.HAPPY)) + len(set(emoji.SAD)) == 48
    assert not set(emoji.HAPPY) & set(emoji.SAD)


def test_no_code_point_is_in_two_splits():
    """Not even in another vendor's image; and the vendor that is left out is in no split."""
    found = emoji.read()
    data = load("emoji", leave_out="twitter")
    assert data.full
    assert "twitter left out" in data.notes
    code_points = []
    for split in (data.train, data.val, data.test):
        assert set(split.labels) == {0, 1}
        rows = []
        for image in split.images:
            rows.append(np.flatnonzero((found.images == image).all(axis=(1, 2)))[0])
        assert "twitter" not in found.vendors[rows]
        code_points += set(found.code_points[rows])
    assert len(code_points) == len(set(code_points)) == 48


def test_the_split_depends_on_the_seed_only():
    data = load("emoji", leave_out="twitter")
    assert load("emoji", leave_out="twitter").fingerprint == data.fingerprint
    assert load("emoji", leave_out="twitter", seed=1).fingerprint != data.fingerprint


def test_an_unpacked_copy_of_the_embedded_images_is_the_full_data_set(tmp_path):
    with zipfile.ZipFile(emoji.EMBEDDED) as archive:
        archive.extractall(tmp_path / "copy")
    assert load("emoji", source=emoji.EMBEDDED).full
    assert load("emoji", source=tmp_path / "copy", image_size=32).full
    (image,) = (tmp_path / "copy").glob("**/img/google/64/1f600.png")
    image.unlink()
    data = load("emoji", source=tmp_path / "copy")
    assert not data.full
    assert "not the embedded pictures" in data.notes[-1]


def test_other_images_are_not_the_full_data_set(package):
    assert not load("emoji", source=package).full


def test_folds_test_every_code_point_once():
    found = emoji.read()
    tested = np.zeros(len(found), int)
    for train, val, test in emoji.folds(found):
        assert not (train & val).any()
        assert not (train & test).any()
        assert (train | val | test).all()
        assert not set(found.code_points[train]) & set(found.code_points[test])
        tested += test
    assert (tested == 1).all()
    with pytest.raises(ValueError, match="at least 3 folds"):
        emoji.folds(found, 2)


def test_packages_as_published(package):
    found = emoji.read(package)
    assert len(found) == 8 + 7
    assert found.images[0].max() == 255
    red = emoji.read(package, vendors=["red"])
    assert len(red) == 8
    assert set(red.images.ravel().tolist()) == {76}


def test_images_sorted_into_folders(package, tmp_path):
    folder = emoji.write_folders(tmp_path / "sorted", package)
    assert len(list((folder / "happy").glob("*.png"))) == 8
    assert Image.open(folder / "sad" / "red-1f613.png").size == (48, 48)


def test_missing_sources_and_vendors_are_refused(package, tmp_path):
    with pytest.raises(DataError, match=r"npm pack emoji-datasource-google"):
        emoji.read(tmp_path / "nowhere")
    with pytest.raises(DataError, match=r"Received: \['apple'\]"):
        emoji.read(package, vendors=["apple"])
    with pytest.raises(DataError, match="vendor to leave out"):
        load("emoji", leave_out="apple")


def test_damaged_packages_are_refused(package, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"Expected emoji.json in"):
        emoji.read(tmp_path / "empty")
    shutil.copytree(package, tmp_path / "damaged")
    red_image(tmp_path / "damaged", "1f600.png").write_bytes(b"damaged")
    with pytest.raises(DataError, match=r"1f600.png in"):
        emoji.read(tmp_path / "damaged")
    for file in package.rglob("emoji.json"):
        file.write_text('[{"name": "x"}]')
    with pytest.raises(DataError, match="`unified` and `image`"):
        emoji.read(package)
