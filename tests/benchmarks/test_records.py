"""Tests of the committed measurements: no row that the code no longer makes."""

import pandas as pd
import pytest

from emotion_lib.benchmarks import growth, parity, serving, speed, suite
from emotion_lib.benchmarks.peers import comparison
from emotion_lib.faces.detectors import DETECTORS
from emotion_lib.paths import ROOT

FOLDER = ROOT / "artifacts" / "bench"
FIGURES = {"speed.webp", "growth.webp"}


@pytest.fixture(autouse=True)
def every_package(monkeypatch):
    """Let every package seem installed, on a machine without a GPU as the recorded one."""
    for module in (serving, speed):
        monkeypatch.setattr(module, "available", lambda name: True)
    monkeypatch.setattr(speed, "HAS_GPU", False)


def rows(part, *columns):
    """Return the rows of a committed table as tuples of some of its columns."""
    table = pd.read_csv(FOLDER / f"{part}.csv")
    return list(table[list(columns)].itertuples(index=False, name=None))


def assert_made(recorded, made):
    """Assert that recorded rows are among those that the code makes, in that order.

    A new variant may have no row until the part is measured again.
    """
    assert recorded
    assert recorded == [row for row in made if row in recorded]


def test_every_file_belongs_to_a_part():
    expected = set(FIGURES)
    for part in suite.PARTS:
        expected |= {f"{part}.csv", f"{part}.json"}
    assert {file.name for file in FOLDER.iterdir()} <= expected


def test_speed_holds_the_variants_that_are_measured():
    expected = []
    for group in speed._groups():
        expected += [(group.part, group.network, variant) for variant in group.subjects]
    assert_made(rows("speed", "part", "network", "variant"), expected)


@pytest.mark.parametrize("part", ["field", "engines"])
def test_serving_holds_the_variants_that_are_measured(part):
    groups = {"field": serving._groups, "engines": lambda: [serving._engine_group()]}[part]()
    expected = []
    for group in groups:
        expected += [(group.part, variant) for variant in group.subjects]
    assert_made(rows(part, "part", "variant"), expected)


def test_growth_holds_the_values_that_are_measured(fake_workers):
    tables = {"growth": growth.lab_growth(0, print), "field_growth": growth.serving_growth(print)}
    for part, table in tables.items():
        expected = list(table[["quantity", "value"]].itertuples(index=False, name=None))
        assert_made(rows(part, "quantity", "value"), expected)


def test_other_tables_hold_the_names_that_are_measured():
    assert set(rows("parity", "variant")) == {(variant,) for variant in parity.VARIANTS}
    assert_made(rows("detectors", "detector"), [(name,) for name in DETECTORS])
    peers = [*comparison._OURS, *comparison.PEERS]
    assert_made(rows("peers", "peer"), [(name,) for name in peers])
