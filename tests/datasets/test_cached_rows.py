"""Rows that are computed part by part and cached."""

import numpy as np
import pytest

from emotion_lib import paths
from emotion_lib.datasets import cached_rows as module
from emotion_lib.datasets.cached_rows import cached_rows

KEY = "0123456789abcdef"


def test_an_interrupted_call_continues_with_the_first_incomplete_part(monkeypatch):
    monkeypatch.setattr(module, "_PART", 10)
    starts = []

    def compute(start, stop):
        starts.append(start)
        if len(starts) == 3:
            raise KeyboardInterrupt
        for row in range(start, stop):
            yield np.array([[row]])

    with pytest.raises(KeyboardInterrupt):
        cached_rows("trial", 25, compute, key=KEY, code="0" * 8)
    rows = cached_rows("trial", 25, compute, key=KEY, code="0" * 8)
    assert starts == [0, 10, 20, 20]
    assert rows[:, 0].tolist() == list(range(25))
    assert isinstance(rows, np.memmap)
    assert len(list((paths.data_dir() / "cache").iterdir())) == 1  # the parts were deleted
    cached_rows("trial", 25, compute, key=KEY, code="0" * 8)
    assert len(starts) == 4
