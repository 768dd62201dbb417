"""The model card: what it says of the served model."""

from dataclasses import replace

import yaml

from emotion_lib import artifacts
from emotion_lib.artifacts import read_record
from emotion_lib.experiments.model_card import model_card
from emotion_lib.paths import ROOT, best_dir

FOLDER = best_dir()
TRACKED = ROOT / "artifacts"
RECORD = read_record(FOLDER / "run.json")
CARD = (FOLDER / "MODEL_CARD.md").read_text()


def test_the_card_of_the_served_model_follows_from_its_record():
    assert model_card(RECORD) == CARD


def test_the_card_describes_each_file_that_is_served():
    files = list(FOLDER.glob("model.*"))
    assert len(files) == 3
    for file in files:
        assert f"`{file.name}`" in CARD


def test_the_head_of_the_card_is_what_model_hubs_read():
    _, head, _ = CARD.split("---\n", 2)
    data = yaml.safe_load(head)
    assert data["library_name"] == "keras" and data["license"] == "mit"
    (result,) = data["model-index"][0]["results"]
    figures = {metric["type"]: metric["value"] for metric in result["metrics"]}
    test = RECORD.metrics.test
    assert figures == {
        "accuracy": round(test.accuracy, 4),
        "macro_f1": round(test.macro_f1, 4),
    }


def test_the_card_says_whether_the_model_can_be_made_again():
    (missing,) = artifacts.missing_parents(RECORD, TRACKED)
    assert "one teacher is not a recorded run" in " ".join(CARD.split())
    assert f"{missing} (" in CARD
    parents = dict(RECORD.model.made_of)
    del parents[missing]
    complete = replace(RECORD, model=replace(RECORD.model, made_of=parents))
    assert artifacts.missing_parents(complete, TRACKED) == {}
    assert "recorded run" not in model_card(complete)


def test_the_card_has_no_long_lines_outside_tables():
    for line in CARD.splitlines():
        assert len(line) <= 100 or line.startswith(("|", "The model classifies"))
