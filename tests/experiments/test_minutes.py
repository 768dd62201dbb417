"""Minutes per notebook: the table, and the times expected from it."""

import csv
import math

import pytest

from emotion_lib.experiments.minutes import COLUMNS, MinutesTable, clock, rounded, time_left

H100 = {"device": "NVIDIA H100", "backend": "jax"}
CPU = {"device": "a CPU, 2 cores", "backend": "tensorflow"}


@pytest.fixture
def table(tmp_path):
    return MinutesTable(tmp_path / "minutes.csv")


def rows(table):
    with table.file.open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_last_time_on_the_same_device_is_expected(table):
    assert table.expected("01_a", **H100) is None
    table.add("01_a", "done", 2.5, **H100)
    table.add("01_a", "done", 40, **CPU)
    table.add("01_a", "done", 9, **H100, parameters="EPOCHS=5")
    table.add("02_b", "done", 7, **H100)
    assert table.expected("01_a", **H100) == 2.5
    assert table.expected("01_a", **CPU) == 40
    assert table.expected("01_a", **H100, parameters="EPOCHS=5") == 9
    assert table.expected("01_a", device="NVIDIA H100", backend="tensorflow") is None
    table.add("01_a", "done", 2, **H100)
    assert table.expected("01_a", **H100) == 2 and len(rows(table)) == 4


def test_a_failed_run_is_in_the_table_but_is_not_expected(table):
    table.add("01_a", "done", 2.5, **H100)
    table.add("01_a", "FAILED", 0.1, **H100, reason='ValueError: "x", y')
    table.add("01_a", "stopped", 0.2, **H100, reason="the budget is spent")
    done, stopped = rows(table)
    assert list(done) == list(COLUMNS)
    assert done["status"] == "done" and done["minutes"] == "2.50"
    assert stopped["status"] == "stopped" and stopped["reason"] == "the budget is spent"
    assert table.expected("01_a", **H100) == 2.5
    table.add("01_a", "FAILED", 1, **H100)
    table.add("01_a", "done", 3, **H100)
    (only,) = rows(table)
    assert only["status"] == "done" and only["reason"] == "" and only["minutes"] == "3.00"


def test_the_minutes_of_a_stopped_run_are_added_to_those_that_resume_it(table):
    table.add("01_a", "done", 9, **H100)
    table.add("01_a", "stopped", 2, **H100)
    table.add("01_a", "stopped", 3, **H100)
    table.add("01_a", "stopped", 50, **CPU)
    assert table.expected("01_a", **H100) == 9
    table.add("01_a", "done", 4, **H100)
    assert table.expected("01_a", **H100) == 9
    table.add("01_a", "done", 4, **H100)  # from the beginning
    assert table.expected("01_a", **H100) == 4


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe", b"notebook,status\n01_a,done\n", b"notebook,minutes\n01_a,soon,x\n"],
)
def test_a_damaged_table_is_replaced(table, content):
    table.file.write_bytes(content)
    assert table.expected("01_a", **H100) is None
    table.add("01_a", "done", 2.5, **H100)
    assert table.expected("01_a", **H100) == 2.5


def test_a_table_that_cannot_be_written_stays_as_it_is(table):
    table.add("01_a", "done", 2.5, **H100)
    before = table.file.read_bytes()
    with pytest.raises(UnicodeEncodeError):
        table.add("02_b", "FAILED", 1, **H100, reason="\ud800")
    assert table.file.read_bytes() == before and len(list(table.file.parent.iterdir())) == 1


@pytest.mark.parametrize(
    ("minutes", "jobs", "expected"),
    [([], 3, 0), ([5], 3, 5), ([10, 4, 4, 4], 2, 12), ([1, 2, 3], 1, 6)],
)
def test_time_left_of_several_at_a_time(minutes, jobs, expected):
    assert math.isclose(time_left(minutes, jobs), expected)


def test_minutes_as_text():
    assert [clock(value) for value in (0, 0.999, 2.171, 59.99, 62.5)] == [
        "0:00",
        "0:59",
        "2:10",
        "59:59",
        "1:02:30",
    ]
    assert [rounded(value) for value in (0, 0.4, 8.6, 59.4, 60, 125)] == [
        "1 min", "1 min", "9 min", "59 min", "1 h 0 min", "2 h 5 min",
    ]  # fmt: skip
