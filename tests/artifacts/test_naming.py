"""Names of runs: patterns and abbreviations."""

import pytest

from emotion_lib import artifacts
from emotion_lib.artifacts import ArtifactError


def test_a_name_stands_for_itself_and_a_pattern_for_parts():
    assert artifacts.belongs("13_x", ["13_x"])
    assert not artifacts.belongs("13_x/seed-0", ["13_x"])
    assert artifacts.belongs("13_x/seed-0", ["01_y", "13_x/seed-*"])
    assert artifacts.belongs("13_x/A=1/seed-0", ["13_x/*/seed-0"])
    assert not artifacts.belongs("13_x/wide/seed-0", ["13_x/*"])  # a star stands for one part
    assert artifacts.belongs("own/mine [1]", ["own/mine [1]"])


def test_short_names_distinguish_runs():
    expected = {
        "01_cnn": "01 cnn",
        "04_vgg16/from-scratch/none": "04 from-scratch none",
        "04_vgg16/from-scratch": "04 from-scratch",
        "13_b/wide-40": "13 wide-40",
        "16_a/no-votes/seed-0": "16 no-votes seed-0",
        "16_a/the-recipe/seed-0": "16 the-recipe seed-0",
        "own/mine": "own mine",
        "mine": "mine",
    }
    assert artifacts.short_names(expected) == expected
    # An abbreviation does not change with the runs beside it.
    for name, short in expected.items():
        assert artifacts.short_names([name]) == {name: short}
    same_number = ["17_a/x", "17_b/x"]
    assert list(artifacts.short_names(same_number).values()) == ["17 a/x", "17 b/x"]


def test_runs_that_would_share_a_short_name_are_an_error_that_names_them():
    with pytest.raises(ArtifactError, match="differ") as error:
        artifacts.short_names(["01_a/b_c", "01_a/b c", "02_other"])
    assert "01_a/b_c" in str(error.value) and "01_a/b c" in str(error.value)
    assert "02_other" not in str(error.value)
    with pytest.raises(ArtifactError, match="differ"):
        artifacts.short_names(["01_a", "01_a"])
