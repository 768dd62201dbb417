"""Figures of the server for Prometheus. None of them is about a person."""

import time

from fastapi.routing import APIRoute
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .asgi import path_of

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
BATCHES = (1, 2, 4, 8, 16)


class Metrics:
    """Counters of one server.

    Attributes:
        registry: of all figures.
        requests: by route and status.
        seconds: that an answer took, by route.
        queue: requests that are read or wait.
        pictures: that were read, by status.
        faces: that were found.
        batch: pictures whose faces were classified together.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = Counter(
            "emotion_requests", "Requests.", ("route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "emotion_request_seconds",
            "Seconds from request to answer.",
            ("route",),
            buckets=SECONDS,
            registry=self.registry,
        )
        self.queue = Gauge(
            "emotion_queue_length", "Requests that are read or wait.", registry=self.registry
        )
        self.pictures = Counter(
            "emotion_pictures", "Pictures that were read.", ("status",), registry=self.registry
        )
        self.faces = Counter("emotion_faces", "Faces that were found.", registry=self.registry)
        self.batch = Histogram(
            "emotion_batch_pictures",
            "Pictures whose faces were classified together.",
            buckets=BATCHES,
            registry=self.registry,
        )


class Measuring:
    """Layer that counts requests and their seconds.

    Args:
        app: that is behind it.
        metrics: that count.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics):
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request, or answer it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start = time.perf_counter()
        status = 500  # of an exception

        async def counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, counted)
        finally:
            route = _route_of(scope)
            self._metrics.requests.labels(route, str(status)).inc()
            self._metrics.seconds.labels(route).observe(time.perf_counter() - start)


def _route_of(scope: Scope) -> str:
    """Return the pattern of a route of the API, such as "/api/v1/video/{number}"; else "page"."""
    path = path_of(scope)
    # The page takes all paths that no route takes.
    if not path.startswith("/api/") or not isinstance(scope.get("route"), APIRoute):
        return "page"
    for name, value in scope.get("path_params", {}).items():
        path = path.replace(f"/{value}", f"/{{{name}}}", 1)
    return path
