import pytest

from emotion_lib.inference.picture_sources import EngineError
from emotion_lib.inference.ray_session import ray_session

ray = pytest.importorskip("ray")


def test_a_command_line_that_is_not_utf8(monkeypatch):
    """Ray records the command line as text when it starts."""
    entrypoint = ray._private.utils.get_entrypoint_name
    assert entrypoint() != "emotion predict"
    recorded = []

    def init(**options):
        recorded.append(ray._private.utils.get_entrypoint_name())
        raise ConnectionError

    monkeypatch.setattr(ray, "init", init)
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    message = r"Expected Ray to start\. Received: ConnectionError"
    with pytest.raises(EngineError, match=message), ray_session(1):
        pass
    assert recorded == ["emotion predict"]
    assert ray._private.utils.get_entrypoint_name is entrypoint


def test_ray_that_runs_already_is_left_running(monkeypatch):
    stopped = []
    monkeypatch.setattr(ray, "is_initialized", lambda: True)
    monkeypatch.setattr(ray, "shutdown", lambda: stopped.append(True))
    with ray_session(1) as found:
        assert found is ray
    assert not stopped


@pytest.mark.parametrize(("failures", "starts"), [(1, True), (2, False)])
def test_a_start_that_takes_too_long_is_tried_once_more(failures, starts, monkeypatch):
    calls = []

    def init(**options):
        calls.append("start")
        if calls.count("start") <= failures:
            raise Exception("The current node timed out during startup.")

    monkeypatch.setattr(ray, "init", init)
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.setattr(ray, "shutdown", lambda: calls.append("stop"))
    if starts:
        with ray_session(1) as found:
            assert found is ray
        assert calls == ["start", "stop", "start", "stop"]
    else:
        with pytest.raises(EngineError, match="timed out during startup"), ray_session(1):
            pass
        assert calls == ["start", "stop", "start"]
