"""Tests of emotion_lib.benchmarks.growth."""

import pandas as pd
import pytest

from emotion_lib.benchmarks import growth, suite


def test_the_exponent_of_a_square_is_two():
    assert growth.exponent([1, 2, 4], [3, 12, 48]) == pytest.approx(2)
    assert growth.exponent([1, 2, 4, 8], [3, 12, 48, 0]) == pytest.approx(2)


def test_every_quantity_has_its_exponents(fake_workers, tmp_path):
    suite.measure(["growth"])
    table = pd.read_csv(tmp_path / "artifacts" / "bench" / "growth.csv")
    assert set(table["quantity"]) == {"image size", "batch size", "training images", "rows read"}
    assert table["time_exponent"].abs().max() < 1e-9  # the fake takes as long for everything
    assert table.set_index("quantity").loc["rows read", "memory_mib"].tolist() == [10.0] * 4


def test_serving_grows_with_videos_and_pictures(fake_workers):
    table = growth.serving_growth(print)
    assert table["quantity"].tolist() == ["seconds of video"] * 4 + ["pictures"] * 3
    assert set(table["memory_mib"]) == {90.0}
