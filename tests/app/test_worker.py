"""Tests of emotion_lib.app.worker."""

import asyncio
import io
import threading

import numpy as np
import pytest
from PIL import Image

from emotion_lib.app import worker as module
from emotion_lib.app.http.metrics import Metrics
from emotion_lib.app.http.zip_files import Source
from emotion_lib.app.settings import Settings
from emotion_lib.app.worker import Worker
from emotion_lib.inference.predictor import Found
from emotion_lib.inference.results import Result


class Faces:
    """A predictor that finds no face, when it may."""

    threshold = 0.4

    def __init__(self):
        self.batches = []
        self.may_find = threading.Event()
        self.may_classify = threading.Event()
        self.may_find.set()
        self.may_classify.set()
        self.found = []

    def find(self, picture):
        self.may_find.wait(10)
        self.found.append(picture.name)
        return Found(picture.name)

    def results(self, found, abstain):
        self.may_classify.wait(10)
        self.batches.append(len(found))
        return [Result("no_face")] * len(found)


@pytest.fixture
def predictor():
    return Faces()


@pytest.fixture
def worker():
    worker = Worker(Settings(), Metrics())
    yield worker
    worker.close()


def picture(name, side=64):
    file = io.BytesIO()
    Image.fromarray(np.zeros((side, side, 3), np.uint8)).save(file, "PNG")
    return Source(name, file.getvalue)


def test_pictures_of_several_clients_are_classified_together(worker, predictor):
    predictor.may_classify.clear()

    async def clients():
        asked = [asyncio.create_task(worker.read(predictor, [picture(name)])) for name in "abcdef"]
        while len(predictor.found) < 6:
            await asyncio.sleep(0.01)
        predictor.may_classify.set()
        return await asyncio.gather(*asked)

    answers = asyncio.run(clients())
    assert [answer.name for (answer,) in answers] == list("abcdef")
    assert max(predictor.batches) >= 4  # the first ones may have begun alone
    assert sum(predictor.batches) == 6


def test_a_large_picture_does_not_hold_up_small_ones(worker, predictor, monkeypatch):
    monkeypatch.setattr(module, "LARGE_PIXELS", 10_000)
    find = predictor.find
    released = threading.Event()

    def slow(picture):
        if picture.name.startswith("large"):
            released.wait(10)
        return find(picture)

    predictor.find = slow

    async def clients():
        large = [
            asyncio.create_task(worker.read(predictor, [picture(f"large {n}", 128)]))
            for n in range(4)
        ]
        await asyncio.sleep(0.05)
        await worker.read(predictor, [picture("small")])
        assert predictor.found == ["small"]
        released.set()
        await asyncio.gather(*large)

    asyncio.run(clients())
    assert len(predictor.found) == 5


def test_slow_pictures_do_not_take_all_places(worker, predictor, monkeypatch):
    find = predictor.find
    released = threading.Event()

    def slow(picture):
        if picture.name.startswith("slow"):
            released.wait(10)
        return find(picture)

    predictor.find = slow

    async def clients():
        slow = [
            asyncio.create_task(worker.read(predictor, [picture(f"slow {n}")]))
            for n in range(module.cores() + 2)
        ]
        await asyncio.sleep(0.05)
        await worker.read(predictor, [picture("quick")])
        assert predictor.found == ["quick"]
        released.set()
        await asyncio.gather(*slow)

    asyncio.run(clients())


def test_a_request_of_many_pictures_lets_others_between(worker, predictor):
    predictor.may_find.clear()

    async def clients():
        many = asyncio.create_task(
            worker.read(predictor, [picture(f"many {n}") for n in range(20)])
        )
        await asyncio.sleep(0.05)
        one = asyncio.create_task(worker.read(predictor, [picture("one")]))
        await asyncio.sleep(0.05)
        predictor.may_find.set()
        await asyncio.gather(many, one)

    asyncio.run(clients())
    assert predictor.found.index("one") <= module.PICTURES_PER_TURN + 2


def test_pictures_of_a_client_that_has_gone_are_not_read(worker, predictor):
    predictor.may_find.clear()

    async def clients():
        gone = asyncio.create_task(
            worker.read(predictor, [picture(f"gone {n}") for n in range(20)])
        )
        await asyncio.sleep(0.05)
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        predictor.may_find.set()
        await worker.read(predictor, [picture("one")])

    asyncio.run(clients())
    assert len(predictor.found) <= module.cores() + 1  # those that were being searched


def test_a_fault_of_the_detector_reaches_all_who_wait(worker, predictor):
    def fail(found, abstain):
        raise RuntimeError("broken")

    predictor.results = fail
    with pytest.raises(RuntimeError, match="broken"):
        asyncio.run(worker.read(predictor, [picture("a")]))
