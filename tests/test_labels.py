"""Class names, and the maps between their orders."""

from pathlib import Path

import numpy as np
import pytest

from emotion_lib import labels
from emotion_lib.labels import FER2013_CSV, SEVEN_EXPRESSIONS, canonical, remap


def test_the_seven_are_in_alphabetical_order():
    assert list(SEVEN_EXPRESSIONS) == sorted(SEVEN_EXPRESSIONS)
    assert set(FER2013_CSV) == set(SEVEN_EXPRESSIONS)


def test_remap_from_the_order_of_the_csv():
    # 4 is sad, 5 surprise, 6 neutral in the CSV; 5, 6 and 4 in alphabetical order.
    labels = remap(np.array([[0, 4], [5, 6]]), FER2013_CSV, SEVEN_EXPRESSIONS)
    assert labels.tolist() == [[0, 5], [6, 4]]


def test_remap_refuses_unknown_names_and_labels():
    with pytest.raises(ValueError, match="contempt"):
        remap(np.array([0]), ("contempt",), SEVEN_EXPRESSIONS)
    with pytest.raises(ValueError, match="from 7 to 7"):
        remap(np.array([7]), FER2013_CSV, SEVEN_EXPRESSIONS)


def test_other_words_for_the_seven_become_the_projects_names():
    names = canonical(["Anger", "Happiness", "sadness ", "Surprised"])
    assert names == ("angry", "happy", "sad", "surprise")
    assert canonical(SEVEN_EXPRESSIONS) == SEVEN_EXPRESSIONS


def test_names_of_other_classes_have_no_canonical_form():
    assert canonical(["Anger", "bored"]) is None


def test_two_names_of_one_expression_are_refused():
    with pytest.raises(ValueError, match="all mean 'happy'"):
        canonical(["joy", "Happy"])


def test_the_page_has_the_same_gray_for_what_is_no_expression():
    stage = Path(labels.__file__).parent / "app" / "stage"
    assert f'UNREAD = "{labels.UNREAD_COLOR.lower()}"' in (stage / "palette.js").read_text()
    assert f"--unread: {labels.UNREAD_COLOR.lower()};" in (stage / "stage.css").read_text()


def test_the_page_knows_no_colour_of_an_expression():
    colors = {color.lower() for color in labels.EXPRESSION_COLORS.values()}
    for file in (Path(labels.__file__).parent / "app").rglob("*"):
        if file.suffix in (".js", ".css", ".html", ".py"):
            text = file.read_text().lower()
            assert not [color for color in colors if color in text], file
