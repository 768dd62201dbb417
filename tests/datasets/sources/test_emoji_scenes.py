"""Scenes with several objects, composed from emoji."""

import numpy as np
import pytest
from PIL import Image

from emotion_lib import datasets, paths
from emotion_lib.datasets.sources import emoji_scenes


def test_scenes_show_as_many_objects_as_their_labels():
    split = emoji_scenes.scenes(60, ["google", "twitter"], seed=1)
    assert split.images.shape == (60, 64, 64, 3)
    assert split.labels.shape == (60, 10)
    counts = split.labels.sum(axis=1)
    assert set(counts) == {1, 2, 3, 4}
    # More objects have more edges; the background is smooth apart from its noise.
    edges = np.abs(np.diff(split.images.astype(float), axis=2)).mean(axis=(1, 2, 3))
    assert np.corrcoef(edges, counts)[0, 1] > 0.5


def test_scenes_depend_on_the_seed_only():
    first = emoji_scenes.scenes(5, ["google", "twitter"], seed=1)
    again = emoji_scenes.scenes(5, ["google", "twitter"], seed=1)
    np.testing.assert_array_equal(first.images, again.images)


def test_the_data_set_leaves_a_vendor_out():
    assert set(emoji_scenes.vendors()) == {"fluent", "google", "openmoji", "twitter"}
    dataset = datasets.load("emoji_scenes", n=60, leave_out="google")
    assert not dataset.full
    assert dataset.class_names == emoji_scenes.CLASS_NAMES
    assert 6 <= len(dataset.test) <= 12
    assert "google" not in dataset.notes[0]
    assert "accordion" in dataset.notes[0]
    with pytest.raises(ValueError, match="apple"):
        datasets.load("emoji_scenes", leave_out="apple")


def test_only_unaltered_scenes_are_the_full_data_set(monkeypatch):
    monkeypatch.setattr(emoji_scenes, "WHOLE", 40)
    assert datasets.load("emoji_scenes", n=40).full
    assert not datasets.load("emoji_scenes", n=41).full
    assert datasets.load("emoji_scenes", n=40).full  # read from the cache
    (folder,) = (paths.data_dir() / "emoji_scenes").glob("40-*")
    Image.new("RGB", (64, 64)).save(folder / "00007.png")
    altered = datasets.load("emoji_scenes", n=40)
    assert not altered.full
    assert "no longer as they were composed" in altered.notes[1]
    (folder / "00008.png").unlink()
    assert not datasets.load("emoji_scenes", n=40).full


def test_other_code_composes_the_scenes_again(monkeypatch):
    monkeypatch.setattr(emoji_scenes, "WHOLE", 40)
    datasets.load("emoji_scenes", n=40)
    monkeypatch.setattr(emoji_scenes, "_code", lambda: "other")
    assert datasets.load("emoji_scenes", n=40).full
    assert len(list((paths.data_dir() / "emoji_scenes").glob("40-*"))) == 2
