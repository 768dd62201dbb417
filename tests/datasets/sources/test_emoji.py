import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from emotion_lib.datasets import DataError, load
from emotion_lib.datasets.sources import emoji


@pytest.fixture
def package(tmp_path):
    """A folder as the npm packages are laid out, two vendors beside each other, one of whom draws one emoji less."""
    root = tmp_path / "npm"
    entries = [
        {"unified": c, "image": f"{c.lower()}.png"}
        for c in (*emoji.HAPPY[:4], *emoji.SAD[:4], "1F697")
    ]
    for vendor, color in (("red", (255, 0, 0, 255)), ("clear", (0, 0, 0, 0))):
        folder = root / f"emoji-datasource-{vendor}"
        (folder / "img" / vendor / "64").mkdir(parents=True)
        (folder / "emoji.json").write_text(json.dumps(entries))
        for entry in entries[: None if vendor == "red" else -2]:
            Image.new("RGBA", (64, 64), color).save(folder / "img" / vendor / "64" / entry["image"])
    return root


def test_the_embedded_selection():
    found = emoji.read()
    assert found.images.shape == (192, 48, 48) and found.images.dtype == np.uint8
    assert sorted(set(found.vendors)) == ["fluent", "google", "openmoji", "twitter"]
    assert {c: set(found.labels[found.code_points == c]) for c in ("1F600", "1F62D")} == {
        "1F600": {0},
        "1F62D": {1},
    }
    assert (found.images[:, 0, 0] == 255).mean() > 0.9  # transparency is laid on white
    with zipfile.ZipFile(emoji.EMBEDDED) as archive:
        attribution = archive.read("ATTRIBUTION.md").decode()
    assert (
        all(vendor in attribution for vendor in found.vendors)
        and emoji.EMBEDDED.stat().st_size < 1_000_000
    )


def test_happy_and_sad_share_no_code_point():
    assert not set(emoji.HAPPY) & set(emoji.SAD) and len(set(emoji.HAPPY + emoji.SAD)) == 48


def test_no_emoji_straddles_the_split():
    """Not even by another vendor's picture of it; and the vendor left out is in none."""
    every, data = emoji.read(), load("emoji", leave_out="twitter")
    code_points = []
    for split in (data.train, data.val, data.test):
        same = [
            int(np.flatnonzero((every.images == image).all((1, 2)))[0]) for image in split.images
        ]
        code_points.append(set(every.code_points[same]))
        assert "twitter" not in every.vendors[same]
        assert set(split.labels) == {0, 1}
    assert (
        not code_points[0] & code_points[1]
        and not code_points[0] & code_points[2]
        and not code_points[1] & code_points[2]
    )
    assert sum(map(len, code_points)) == 48 and data.full and "twitter left out" in data.notes
    assert (
        load("emoji", leave_out="twitter").fingerprint
        == data.fingerprint
        != load("emoji", seed=1).fingerprint
    )


def test_only_the_embedded_pictures_are_the_full_data_set(package, tmp_path):
    """Whatever the source is called: an unpacked copy of them is, a picture more or less is not."""
    with zipfile.ZipFile(emoji.EMBEDDED) as archive:
        archive.extractall(tmp_path / "copy")
    assert (
        load("emoji", source=emoji.EMBEDDED).full
        and load("emoji", source=tmp_path / "copy", image_size=32).full
    )
    (picture, *_) = sorted((tmp_path / "copy").glob("**/img/google/64/1f600.png"))
    picture.unlink()
    data = load("emoji", source=tmp_path / "copy")
    assert not data.full and "not the embedded pictures" in data.notes[-1]
    assert not load("emoji", source=package).full


def test_folds_test_every_code_point_once():
    every = emoji.read()
    tested = np.zeros(len(every), int)
    for train, val, test in emoji.folds(every):
        assert not (train & val).any() and not (train & test).any() and (train | val | test).all()
        assert not set(every.code_points[train]) & set(every.code_points[test])
        tested += test
    assert (tested == 1).all()
    with pytest.raises(ValueError, match="at least 3 folds"):
        emoji.folds(every, 2)


def test_packages_as_published(package, tmp_path):
    found = emoji.read(package)
    assert (
        len(found) == 8 + 7 and found.images[0].max() == 255
    )  # the car is neither, one picture is missing
    red = emoji.read(package, vendors=["red"])
    assert len(red) == 8 and set(red.images.ravel().tolist()) == {76}
    folder = emoji.write_folders(tmp_path / "sorted", package)
    assert (
        len(list((folder / "happy").glob("*.png"))) == 8
        and (folder / "sad" / "red-1f613.png").exists()
    )
    assert Image.open(folder / "sad" / "red-1f613.png").size == (48, 48)


def test_bad_sources(package, tmp_path):
    with pytest.raises(DataError, match=r"npm pack emoji-datasource-google"):
        emoji.read(tmp_path / "nowhere")
    with pytest.raises(DataError, match=r"Received: \['apple'\]"):
        emoji.read(package, vendors=["apple"])
    with pytest.raises(DataError, match="vendor to leave out"):
        load("emoji", leave_out="apple")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"Expected emoji.json in"):
        emoji.read(tmp_path / "empty")
    picture = next((package / "emoji-datasource-red" / "img" / "red" / "64").glob("1f600.png"))
    picture.write_bytes(b"damaged")
    with pytest.raises(DataError, match=r"1f600.png in"):
        emoji.read(package)
    for file in package.rglob("emoji.json"):
        file.write_text('[{"name": "x"}]')
    with pytest.raises(DataError, match="`unified` and `image`"):
        emoji.read(package)
