"""The lock between threads, also after a fork."""

import os

import pytest

from emotion_lib.files.thread_lock import Lock


def test_one_at_a_time():
    lock = Lock()
    with lock:
        assert not lock._lock.acquire(blocking=False)
    assert lock._lock.acquire(blocking=False)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_process_finds_it_free():
    lock = Lock()
    with lock:
        child = os.fork()
        if not child:
            os._exit(0 if lock.forked and lock._lock.acquire(timeout=5) else 1)
        assert os.waitpid(child, 0)[1] == 0
    assert not lock.forked
