"""The data cards in docs/data: metadata as the hub reads it, and counts as the data has them."""

import os
import re
from pathlib import Path

import huggingface_hub
import numpy as np
import pytest
from conftest import REAL_DATA
from huggingface_hub import DatasetCard, DatasetCardData

from emotion_lib import datasets
from emotion_lib.datasets.sources import fer2013, ferplus
from emotion_lib.datasets.sources.ferplus.votes_file import votes_by_split
from emotion_lib.labels import FERPLUS_CSV
from emotion_lib.paths import ROOT

FOLDER = ROOT / "docs" / "data"
NAMES = ("fer2013", "ferplus", "emoji")
VOTES = os.environ.get("FERPLUS_PATH")
if REAL_DATA and not VOTES:
    VOTES = str(Path(REAL_DATA).with_name(ferplus.FILE))


def text_of(name):
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


def counts_in(name, header):
    """Return the table of a card below a header: first cell -> numbers; a dash is 0."""
    lines = text_of(name).splitlines()
    start = lines.index(header) + 2
    rows = {}
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        first, *cells = [cell.strip() for cell in line.strip("|").split("|")]
        rows[first] = [int(cell.replace(",", "").replace("–", "0")) for cell in cells]
    return rows


def expected_rows(table):
    """Return counts per class and split with their sums, in the form of ``counts_in``."""
    rows = {name: list(map(int, row)) for name, row in table.iterrows()}
    return rows | {"all": table.sum().astype(int).tolist()}


@pytest.mark.parametrize("name", NAMES)
def test_the_head_is_what_the_hub_reads(name):
    card = DatasetCard(text_of(name))
    assert isinstance(card.data, DatasetCardData)
    data = card.data.to_dict()
    licences = {"fer2013": "other", "ferplus": "mit"}
    four = ["apache-2.0", "cc-by-4.0", "cc-by-sa-4.0", "mit"]
    assert data["license"] == licences.get(name, four)
    assert data["task_categories"] == ["image-classification"]
    assert len(data["size_categories"]) == 1 and data["pretty_name"]


@pytest.mark.parametrize("name", NAMES)
def test_the_sections_are_those_of_the_hub_s_template(name):
    folder = Path(huggingface_hub.__file__).parent / "templates"
    template = (folder / "datasetcard_template.md").read_text()
    known = re.findall(r"^## .*", template, re.MULTILINE)
    sections = re.findall(r"^## .*", text_of(name), re.MULTILINE)
    assert [line for line in known if line in sections] == sections[:-1]
    assert sections[-1] == "## How it is loaded here"
    assert "cannot be known" in text_of(name)


def test_emoji_counts():
    header = "| class | train | validation | test |"
    assert counts_in("emoji", header) == expected_rows(datasets.load("emoji").counts())
    assert "192 pictures: 48 emoji faces, each as four vendors" in text_of("emoji")


def test_fer2013_has_the_official_counts():
    counts = counts_in("fer2013", "| class | train | validation | test |")
    assert counts["all"] == list(fer2013.OFFICIAL_COUNTS.values())
    of_classes = [row for name, row in counts.items() if name != "all"]
    assert np.sum(of_classes, axis=0).tolist() == counts["all"]


@pytest.mark.skipif(not REAL_DATA, reason="FER2013_PATH does not name the real data")
def test_fer2013_counts_of_the_real_data(monkeypatch):
    monkeypatch.setenv("FER2013_PATH", REAL_DATA)
    faces = datasets.load("fer2013", drop_twins=False)
    header = "| class | train | validation | test |"
    assert counts_in("fer2013", header) == expected_rows(faces.counts())
    text = " ".join(text_of("fer2013").split())
    twins = [int(split.has_twin.sum()) for split in (faces.train, faces.val, faces.test)]
    assert f"By default {twins[0]} training images are left out" in text
    assert f"leaves {len(faces.train) - twins[0]:,}." in text
    assert f"of the test images {twins[2]} have" in text
    assert f"of the validation images {twins[1]}." in text
    if not VOTES or not Path(VOTES).is_file():
        pytest.skip("FERPLUS_PATH does not name the votes")
    monkeypatch.setenv("FERPLUS_PATH", VOTES)
    check_votes(faces, text)


def check_votes(faces, text):
    """Compare the cards with FER+'s votes for all images."""
    ballots = np.concatenate(list(votes_by_split(faces).values()))
    expected = dict(zip(FERPLUS_CSV, ballots.sum(axis=0).tolist(), strict=True))
    rows = counts_in("ferplus", "| answer | votes |")
    assert {name: row[0] for name, row in rows.items()} == expected
    no_face = ballots[:, FERPLUS_CSV.index("not a face")] > ballots.sum(axis=1) / 2
    assert f"{no_face.sum()} are no face for more than half of the viewers" in text
    own = np.concatenate([faces.train.labels, faces.val.labels, faces.test.labels])
    shares, _ = ferplus.to_targets(ballots, "perceived")
    seen, single = ferplus.most_frequent(shares)
    names = list(faces.class_names)
    of_fear = seen[single & (own == names.index("fear"))]
    for answer in ("fear", "neutral", "sad"):
        share = (of_fear == names.index(answer)).mean()
        assert f"{answer} for {100 * share:.0f} %" in text
    assert f"n = {len(of_fear):,} of all splits" in text
    majority = datasets.load("ferplus").counts()
    perceived = datasets.load("ferplus", targets="perceived").counts()
    of_seven = perceived[["val", "test"]].reindex(majority.index, fill_value=0)
    table = majority[["val", "test"]].join(of_seven.add_suffix(" perceived"))
    header = "| class | validation, majority | test, majority | validation, perceived | test, "
    assert counts_in("ferplus", f"{header}perceived |") == expected_rows(table)
