"""The model card: what it says of the served model."""

import re
import tomllib
from dataclasses import replace
from pathlib import Path

import huggingface_hub
from huggingface_hub import ModelCard

from emotion_lib import artifacts
from emotion_lib.app.about import CREDITS
from emotion_lib.artifacts import read_record
from emotion_lib.artifacts.model_limits import LICENCE, TRAINED_ON
from emotion_lib.datasets.sources.ferplus import PERCEIVED_NAME
from emotion_lib.experiments.model_card import model_card
from emotion_lib.experiments.model_card_training import impact
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
    """Parsed by the hub's own library, which needs no network for it."""
    data = ModelCard(CARD).data
    assert (data.library_name, data.license) == ("keras", "mit")
    assert data.datasets == ["fer2013", "ferplus"]
    assert data.model_name == RECORD.name and data.pipeline_tag == "image-classification"
    found = {}
    for result in data.eval_results:
        key = (result.dataset_name, result.dataset_split)
        found.setdefault(key, {})[result.metric_type] = result.metric_value
        assert result.dataset_type == "fer2013"
        if result.metric_type == "accuracy":
            found[key]["n"] = result.dataset_args["n"]
            found[key]["name"] = result.metric_name
    metrics = RECORD.metrics
    without = ("FER+", "PrivateTest without twins of training images")
    expected = {("FER+", "PrivateTest"): metrics.test, without: metrics.test_without_twins}
    expected["FER-2013", "PrivateTest"] = metrics.further[OWN_LABELS["test"]]
    assert set(found) == set(expected)
    for key, figures in expected.items():
        low, high = figures.accuracy_interval_95
        assert found[key] == {
            "n": figures.n,
            "name": f"Accuracy, 95 % interval {low:.4f} to {high:.4f}",
            "accuracy": round(figures.accuracy, 4),
            "balanced_accuracy": round(figures.balanced_accuracy, 4),
            "macro_f1": round(figures.macro_f1, 4),
        }


def test_the_sections_are_those_of_the_hub_s_template():
    template = Path(huggingface_hub.__file__).parent / "templates" / "modelcard_template.md"
    known = re.findall(r"^##+ .*", template.read_text(), re.MULTILINE)
    sections = re.findall(r"^##+ .*", CARD, re.MULTILINE)
    assert [line for line in known if line in sections] == sections


def test_the_time_of_all_trainings_that_led_to_the_model():
    """Both heads of a teacher were trained together, so its time counts once."""
    known = {run.name: run.record for run in artifacts.runs(TRACKED)}
    student = RECORD.training.seconds
    teacher = known["13_compact_residual/small-90"].training.seconds
    minutes = (student + teacher) / 60
    text = impact(RECORD)
    assert f"2 trainings led to this model, its teachers included: {minutes:.0f} minutes" in text
    low, high = (2 * watts * minutes / 60 / 1000 for watts in (3, 15))
    assert f"it is {low:.2g} to {high:.2g} kWh" in " ".join(text.split())
    gpu = replace(RECORD, training=replace(RECORD.training, device="NVIDIA H200"))
    assert "kWh" not in impact(gpu) and "NVIDIA H200" in impact(gpu)


def test_card_readme_page_and_package_agree_on_the_licence():
    readme = " ".join((ROOT / "README.md").read_text().split("## Licences")[1].split())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["license"] == "MIT"
    assert (ROOT / "LICENSE").read_text().startswith("MIT License")
    (credit,) = [credit for credit in CREDITS if credit.name == "The expression model"]
    assert (credit.licence, credit.what) == (LICENCE, TRAINED_ON)
    assert LICENCE.startswith("MIT, as far as the project can")
    card = " ".join(CARD.split())
    assert f"**Licence**: {LICENCE}. The model was {TRAINED_ON}." in card
    # README says the same in a sentence of its own.
    for words in ("as far as the project can", "come from a web search and are meant for research"):
        assert words in readme and words in card
    assert "votes of FER+ (MIT)" in readme and "votes of FER+ (MIT)" in card


def test_the_card_says_what_cannot_be_known():
    card = " ".join(CARD.split())
    assert "FER-2013 has no ages, no origins, no genders, and no names of people." in card
    assert "--groups groups.csv" in card
    for target in re.findall(r"\]\(([^)]+\.md)\)", CARD):
        assert (FOLDER / target).resolve().is_file()
    assert "rater" not in card and "one person" not in card


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
        assert len(line) <= 100 or line.startswith("|")


def test_the_largest_difference_of_the_compiled_file_is_a_bound():
    record = RECORD
    for difference, text in ((1.16e-6, "2e-06"), (1e-4, "1e-04"), (0.0, "0e+00")):
        compiled = replace(record.model.compiled, difference=difference)
        changed = replace(record, model=replace(record.model, compiled=compiled))
        card = " ".join(model_card(changed).split())
        assert f"no probability differs by more than {text}." in card
