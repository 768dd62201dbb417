"""Tests of emotion_lib.benchmarks.worker."""

import pytest

from emotion_lib.benchmarks.worker import Worker

# Subjects of serving start without Keras, which takes seconds to import.


def test_a_worker_measures_repeatedly_and_reports_its_memory():
    with Worker("pictures", {"n": 3}, warm_up=1) as worker:
        answers = [worker.measure(0.05) for _ in range(2)]
    for answer in answers:
        assert answer["rate"] == pytest.approx(3 / answer["step_seconds"])
        assert answer["peak_mib"] >= answer["base_mib"] > 20
        assert answer["value"] == {"ok": 3}


def test_a_worker_that_fails_reports_why():
    with pytest.raises(RuntimeError, match=r"(?s)detection.*Expected .*Received: .*nobody"):
        Worker("detection", {"detector": "nobody"})


def test_reading_of_mapped_rows():
    from emotion_lib.benchmarks.data_subjects import reading

    step, amount = reading(300)
    step()
    assert amount == 300
    with pytest.raises(ValueError, match="at least one image"):
        reading(0)
