"""Tests of models with a fixed batch."""

import numpy as np
import pytest

from emotion_lib.app.site import fixed_batch
from emotion_lib.inference.compiled_file import read_compiled
from emotion_lib.litert import CompiledModel
from emotion_lib.paths import best_dir


@pytest.fixture(scope="module")
def content():
    return read_compiled(best_dir() / "model.keras", "int8")


def signature(content):
    from ai_edge_litert.interpreter import Interpreter

    (details,) = Interpreter(model_content=content).get_input_details()
    return details["shape_signature"].tolist()


def test_the_batch_is_fixed_and_the_answers_stay(content):
    fixed = fixed_batch.fixed_batch(content)
    assert signature(content) == [-1, 48, 48, 1]
    assert signature(fixed) == [1, 48, 48, 1]
    face = np.arange(48 * 48, dtype=np.uint8).reshape(1, 48, 48, 1)
    np.testing.assert_array_equal(CompiledModel(fixed)(face)[0], CompiledModel(content)(face)[0])


def test_a_model_with_other_answers_is_refused(content):
    damaged = bytearray(content)
    middle = len(damaged) // 2
    damaged[middle : middle + 4000] = bytes(4000)
    with pytest.raises(fixed_batch.FixedBatchError, match="same answers"):
        fixed_batch._check(content, bytes(damaged))
