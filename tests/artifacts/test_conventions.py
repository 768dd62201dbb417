"""Conventions of labels, by the names that data sets have."""

import pytest
from conftest import record

from emotion_lib.artifacts import answers_by, record_from_json
from emotion_lib.datasets.sources.ferplus import PERCEIVED_NAME


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("fer2013", "FER-2013's own labels"),
        (PERCEIVED_NAME, "viewers perceive"),
        ("pictures", None),
    ],
)
def test_the_labels_that_a_model_answers_by(data, expected):
    found = answers_by(record_from_json(record("01_x", data={"name": data})))
    assert found is None if expected is None else expected in found
    assert answers_by(None) is None
