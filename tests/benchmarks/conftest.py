"""Fixtures of the benchmarks' tests."""

import pytest


class FakeWorker:
    """A worker that answers at once; its rate is 100 times the option "speed"."""

    def __init__(self, subject, options, warm_up=3):
        self.rate = 100.0 * options.get("speed", 1)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        pass

    def measure(self, seconds):
        return {
            "rate": self.rate,
            "step_seconds": 1 / self.rate,
            "value": {"test_accuracy": 0.5, "n_test": 10, "seconds": 1.0},
            "peak_mib": 90.0,
            "base_mib": 40.0,
            "private_mib": 30.0,
            "base_private_mib": 20.0,
        }


@pytest.fixture
def fake_workers(monkeypatch):
    """Replace the processes of all parts.

    Returns:
        The options of each worker, in the order in which they were created.
    """
    from emotion_lib.benchmarks import growth, parity, turns

    options_used = []

    class RecordedWorker(FakeWorker):
        def __init__(self, subject, options, warm_up=3):
            super().__init__(subject, options, warm_up)
            options_used.append(options)

    for module in (growth, parity, turns):
        monkeypatch.setattr(module, "Worker", RecordedWorker)
    return options_used
