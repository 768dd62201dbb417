"""The model card: what it says of the served model."""

from dataclasses import replace

import yaml

from emotion_lib import artifacts
from emotion_lib.artifacts import read_record
from emotion_lib.datasets.sources.ferplus import PERCEIVED_NAME
from emotion_lib.experiments.model_card import model_card
from emotion_lib.experiments.served_files import LABEL_HEAD_BY_VIEWERS
from emotion_lib.paths import ROOT, best_dir
from emotion_lib.training.second_head import OWN_LABELS

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
    missing = artifacts.missing_parents(RECORD, TRACKED)
    assert ("not a recorded run" in CARD) == bool(missing)
    parents = {name: sha for name, sha in RECORD.model.made_of.items() if name not in missing}
    complete = replace(RECORD, model=replace(RECORD.model, made_of=parents))
    assert "recorded run" not in model_card(complete)
    gone = replace(RECORD.model, made_of=parents | {"00_gone": "0" * 64})
    card = " ".join(model_card(replace(RECORD, model=gone)).split())
    assert "one teacher is not a recorded run (00_gone)" in card and "00_gone (0000" in card


def test_the_card_quotes_viewers_first_and_says_the_price():
    """What the label head recognises more of, by the same answers, is named with both figures."""
    record = replace(RECORD, data=replace(RECORD.data, name=PERCEIVED_NAME))
    metrics = record.metrics
    test = replace(metrics.test, recall=metrics.test.recall | {"fear": 0.5, "neutral": 0.8})
    recall = test.recall | {"fear": 0.75, "neutral": 0.5}
    further = {
        LABEL_HEAD_BY_VIEWERS: replace(test, recall=recall),
        OWN_LABELS["test"]: replace(test, accuracy=0.625),
    }
    record = replace(record, metrics=replace(metrics, test=test, further=further))
    card = " ".join(model_card(record).split())
    own = card.index("It gives FER-2013's own label for 62.5%")
    assert card.index(f"It gives the viewers' answer for {test.accuracy:.1%}") < own
    assert "fewer faces of fear (75.0% to 50.0%) than the label head" in card
    assert "It recognises more of neutral (50.0% to 80.0%)." in card
    for name, words in (("13_x/perceived", "another output of"), ("14_x", "its scores scaled")):
        assert words in " ".join(model_card(replace(record, name=name)).split())
    own_labels = replace(record, data=replace(record.data, name="fer2013"))
    assert "viewers' answer for" not in model_card(own_labels)


def test_the_card_has_no_long_lines_outside_tables():
    for line in CARD.splitlines():
        assert len(line) <= 100 or line.startswith(("|", "The model classifies"))
