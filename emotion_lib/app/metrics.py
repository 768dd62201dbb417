"""Figures of the server for Prometheus. None of them is about a person."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

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
