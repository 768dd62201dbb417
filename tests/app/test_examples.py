"""The page's examples: their files, their licences, and what the shipped model answers."""

import json

import pytest
from PIL import Image

from emotion_lib.app import api
from emotion_lib.inference.drawing import label_of
from emotion_lib.inference.predictor import Predictor
from emotion_lib.inference.results import NOT_SURE, POOR_VIEW

ENTRIES = json.loads((api.EXAMPLES / "examples.json").read_text())
# Labels that the shipped model may show. It may be unsure of the anger of 1872 and the drawn
# disgust, and the mask hides a smile.
LABELS = {
    "Joy": {"happy"},
    "Sadness": {"sad"},
    "Fear": {"fear"},
    "Anger": {"angry", NOT_SURE},
    "Surprise": {"surprise"},
    "Disgust": {"disgust", NOT_SURE},
    "Neutral": {"neutral"},
    "Mask": {NOT_SURE, "neutral"},
}


@pytest.fixture(scope="module")
def labels():
    """Return the labels of an example's faces, as they are shown."""
    predictor = Predictor.load()

    def read(entry):
        result = predictor.predict(api.EXAMPLES / entry["file"], abstain=predictor.threshold)
        return [label_of(prediction) for prediction in result]

    return read


def test_every_picture_has_an_entry_and_is_small():
    files = {path.name: path for path in api.EXAMPLES.glob("*.jpg")}
    assert {entry["file"] for entry in ENTRIES} == set(files)
    assert sum(path.stat().st_size for path in files.values()) < 600_000
    for name, path in files.items():
        assert path.stat().st_size < 80_000, name
        with Image.open(path) as image:
            assert 512 <= max(image.size) <= 1280, name


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["title"])
def test_an_entry_says_where_its_picture_comes_from(entry):
    assert list(entry) == ["file", "title", "alt", "credit", "licence", "source"]
    assert all(entry.values())
    readme = (api.EXAMPLES / "README.md").read_text()
    assert f"`{entry['file']}`" in readme


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["title"])
def test_the_model_answers_as_the_title_says(labels, entry):
    found = labels(entry)
    if entry["title"] == "Crowd":
        assert len(found) >= 7
        assert {"happy", "sad"} <= set(found)
        assert {NOT_SURE, POOR_VIEW} & set(found)
    else:
        (label,) = found
        assert label in LABELS[entry["title"]]
