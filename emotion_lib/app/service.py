"""What all routes of the server share."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..inference.predictor import Predictor
from .catalogue import Catalogue, ModelFile, models_here
from .http.metrics import Metrics
from .http.request_body import BodiesInMemory
from .http.zip_files import Source
from .media.cameras import Cameras
from .media.jobs import Jobs
from .media.uploads import Uploads
from .schemas import Analysis
from .settings import Settings
from .worker import Worker


class Service:
    """Models, the worker and the limits of one server.

    Args:
        models: name -> model, the default first; None: the named ones whose files are
            here, see :func:`.catalogue.models_here`.
        settings: limits.
        detector: name of the default detector; None: the best one that is installed.

    Attributes:
        catalogue: the models and detectors.
        settings: limits.
        metrics: figures of the server.
        worker: reads pictures.
        bodies: bytes of requests in memory.
        uploads: the folder for files, which ends with the server.
        jobs: videos that are read, or wait for it.
        cameras: of visitors, whose pictures are read.
        is_warm: whether the default model is loaded and has been used.

    Example:
        >>> service = Service({"best": ModelFile(), "mine": ModelFile(Path("mine.keras"))})
        ... # doctest: +SKIP
        >>> service.predictor("mine", "yunet").threshold  # doctest: +SKIP
        0.4
    """

    def __init__(
        self,
        models: Mapping[str, ModelFile | Predictor] | None = None,
        settings: Settings | None = None,
        detector: str | None = None,
    ):
        self.settings = settings or Settings()
        self.is_warm = False
        self.catalogue = Catalogue(models or models_here(), detector)
        self.metrics = Metrics()
        self.worker = Worker(self.settings, self.metrics)
        self.bodies = BodiesInMemory(self.settings.memory_bytes)
        self.uploads = Uploads(self.settings.keep_seconds)
        self.jobs = Jobs(self.settings, self.uploads)
        self.cameras = Cameras(self.settings.cameras)

    def predictor(self, model: str | None = None, detector: str | None = None) -> Predictor:
        """Return a model with a detector, see :meth:`Catalogue.predictor`."""
        return self.catalogue.predictor(model, detector)

    def warm_up(self) -> None:
        """Load the default model, and use it once: the first time takes the longest."""
        predictor = self.predictor()
        predictor.predict(np.zeros((240, 320, 3), np.uint8))
        predictor.network(np.zeros((1, *predictor.input_shape), np.uint8))
        self.is_warm = True

    async def analyse(
        self,
        pictures: Sequence[Source],
        model: str | None = None,
        detector: str | None = None,
        threshold: float | None = None,
    ) -> Analysis:
        """Find and read the faces of pictures.

        Args:
            pictures: name and content of each.
            model: name of a model; None: the default.
            detector: name of a detector; None: the default.
            threshold: probability below which the label is "not sure"; None: the model's own.

        Raises:
            RequestError: there is no such model or detector, or the queue is full.
        """
        model, detector = self.catalogue.names(model, detector)
        predictor = await self.catalogue.loaded(model, detector)
        if threshold is None:
            threshold = predictor.threshold
        results = await self.worker.read(predictor, pictures, threshold)
        return Analysis(
            model=model,
            detector=detector,
            class_names=list(predictor.class_names),
            threshold=threshold,
            results=results,
        )

    def close(self) -> None:
        """End all work."""
        self.jobs.close()
        self.worker.close()
        self.uploads.close()
