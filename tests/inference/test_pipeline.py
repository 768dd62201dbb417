import os
import signal
import threading
import time

import pytest

from emotion_lib.inference.pipeline import AHEAD, in_order

THREADS = 3


def running():
    """Return the threads of pipelines; those of a server, left by other tests, have other names."""
    return [thread for thread in threading.enumerate() if thread.name.startswith("emotion_")]


def test_answers_stay_in_order_when_their_times_differ():
    def slow_first(number):
        time.sleep(0.02 if number % 4 == 0 else 0)
        return number, threading.current_thread().name

    answers = list(in_order(slow_first, range(40), THREADS))
    assert [number for number, _ in answers] == list(range(40))
    assert len({name for _, name in answers}) > 1
    assert not running()


@pytest.mark.parametrize(("items", "threads"), [([], 3), ([7], 3), ([7, 8], 1)])
def test_a_single_item_or_thread_takes_the_callers(items, threads):
    answers = list(in_order(lambda item: (item, threading.current_thread()), items, threads))
    assert answers == [(item, threading.main_thread()) for item in items]


def test_items_are_taken_a_bounded_number_ahead():
    taken = []

    def items():
        for number in range(1000):
            taken.append(number)
            yield number

    answers = in_order(abs, items(), THREADS)
    for number in range(20):
        assert next(answers) == number
        assert len(taken) <= number + AHEAD * THREADS
    answers.close()
    assert not running()


def test_an_iterator_that_is_abandoned_leaves_no_thread():
    started = []

    def work(number):
        started.append(number)
        time.sleep(0.01)
        return number

    answers = in_order(work, range(1000), THREADS)
    next(answers)
    assert running()
    del answers
    assert not running()
    assert len(started) < AHEAD * THREADS  # what was only queued is not begun


def test_an_exception_is_raised_in_its_place():
    def fails_at_five(number):
        if number == 5:
            raise ZeroDivisionError
        return number

    answers = in_order(fails_at_five, range(100), THREADS)
    assert [next(answers) for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(ZeroDivisionError):
        next(answers)
    assert not running()


def test_an_interruption_ends_the_threads():
    def items():
        yield from range(30)
        raise KeyboardInterrupt

    answers = []
    with pytest.raises(KeyboardInterrupt):
        for answer in in_order(abs, items(), THREADS):
            answers.append(answer)
    assert answers == list(range(len(answers)))
    assert not running()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_continues_without_the_threads():
    answers = in_order(abs, range(50), THREADS)
    assert next(answers) == 0
    child = os.fork()
    if not child:
        signal.alarm(20)  # kills a process that waits for ever
        try:
            os._exit(0 if list(answers) == list(range(1, 50)) else 1)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    assert list(answers) == list(range(1, 50))
