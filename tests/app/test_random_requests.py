"""Random requests to every route, by schemathesis: none fails, and every answer is documented."""

from collections import defaultdict
from contextlib import suppress

import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from emotion_lib.app import api
from emotion_lib.app.service import Service

FEW = settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def test_no_request_fails(predictor):
    service = Service({"small": predictor})
    service.warm_up()
    described = schemathesis.openapi.from_asgi("/openapi.json", api.create(service))
    statuses = defaultdict(set)

    def check(case):
        statuses[case.operation.label].add(assert_is_documented(case))

    for found in described.get_all_operations():
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            cases = found.ok().as_strategy(generation_mode=mode)
            with suppress(Unsatisfiable):  # no request to a route without parameters is wrong
                FEW(given(cases)(check))()
    service.close()
    assert len(statuses) > 10
    assert statuses["GET /api/v1/models"] == {200}


def assert_is_documented(case):
    """Send a request, and return the status of its answer."""
    response = case.call()
    assert response.status_code != 500
    assert str(response.status_code) in case.operation.definition.raw["responses"]
    if response.status_code >= 400:
        assert list(response.json()) == ["detail"]
        assert response.json()["detail"].startswith("Expected ")
    return response.status_code
