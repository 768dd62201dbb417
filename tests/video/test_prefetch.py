import threading

import pytest

from emotion_lib.video.prefetch import prefetch


def test_items_come_in_order_and_only_some_are_produced_ahead():
    produced = []

    def produce():
        for index in range(20):
            produced.append(index)
            yield index

    items = prefetch(produce, size=2)
    assert next(items) == 0
    assert len(produced) <= 5
    assert list(items) == list(range(1, 20))


def test_an_error_is_raised_after_the_items_before_it():
    def produce():
        yield 1
        raise OSError("the disk went away")

    items = prefetch(produce, size=2)
    assert next(items) == 1
    with pytest.raises(OSError, match="went away"):
        next(items)


def test_closing_early_ends_the_thread():
    before = threading.active_count()
    items = prefetch(lambda: iter(range(1000)), size=2)
    assert next(items) == 0
    items.close()
    assert threading.active_count() == before
