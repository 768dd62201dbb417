import os
import signal
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from emotion_lib import paths
from emotion_lib.litert import CompiledModel, ModelPool, silent_stderr


@pytest.fixture(scope="module")
def content():
    return (paths.best_dir() / "model.tflite").read_bytes()


def test_shapes_and_outputs_per_batch(content):
    model = CompiledModel(content, threads=1)
    assert model.input_shape == (48, 48, 1)
    assert model.output_shapes == ((7,),)
    faces = np.random.default_rng(0).integers(0, 256, (5, 48, 48, 1), dtype=np.uint8)
    (scores,) = model(faces)
    assert scores.shape == (5, 7)
    assert scores.dtype == np.float32
    for count in (1, 5, 2):
        np.testing.assert_allclose(model(faces[:count])[0], scores[:count], atol=1e-6)


def test_bytes_that_are_no_model_are_refused():
    with pytest.raises((ValueError, RuntimeError)):
        CompiledModel(b"not compiled at all")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_a_forked_process_builds_the_model_again(content):
    """Also while the lock is held, as if another thread were in a call."""
    model = CompiledModel(content)
    face = np.zeros((1, 48, 48, 1), np.uint8)
    (expected,) = model(face)
    with model._lock, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
        if not child:
            signal.alarm(20)  # kills a process that waits for ever
            try:
                (scores,) = model(face)
                os._exit(int(not np.allclose(scores, expected)))
            finally:
                os._exit(1)
        assert os.waitpid(child, 0)[1] == 0


def test_a_pool_computes_several_calls_at_once(content):
    """It builds only as many models as there are calls at the same time."""
    pool = ModelPool(content)
    assert (pool.input_shape, pool.output_shapes) == ((48, 48, 1), ((7,),))
    faces = np.random.default_rng(0).integers(0, 256, (8, 48, 48, 1), dtype=np.uint8)
    (expected,) = pool(faces)
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda face: pool(face[None])[0], faces))
    np.testing.assert_allclose(np.concatenate(answers), expected, atol=1e-6)
    assert 1 <= len(pool._idle) <= 4


def test_a_pool_gives_two_threads_only_to_calls_that_are_alone(content):
    pool = ModelPool(content)
    face = np.zeros((1, 48, 48, 1), np.uint8)
    pool(face)
    assert pool._idle == [pool._alone]
    pool._idle.clear()  # as if a call went on
    pool(face)
    (second,) = pool._idle
    assert second._threads == 1
    assert pool._has_company


def test_threads_that_silence_the_stream_at_once_restore_it():
    """One that ends within another's time would restore what the other one had put there."""
    before = os.fstat(2)
    own = os.dup(2)

    def silence(_):
        with silent_stderr():
            pass

    try:
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(silence, range(1000)))
        assert os.path.samestat(os.fstat(2), before)
    finally:
        os.dup2(own, 2)
        os.close(own)
