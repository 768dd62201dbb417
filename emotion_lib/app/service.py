"""What all routes of the server share."""

from dataclasses import dataclass, field

from ..inference.predictor import Predictor
from .cameras import Cameras
from .errors import RequestError
from .jobs import Jobs
from .settings import Settings
from .uploads import Uploads
from .worker import Worker


@dataclass
class Service:
    """Models, the worker and the limits of one server.

    Attributes:
        predictors: name -> model with its detector; the first one is the default.
        settings: limits.
        worker: reads pictures.
        uploads: the folder for files, which ends with the server.
        jobs: videos that are read, or wait for it.
        cameras: of visitors, whose pictures are read.
    """

    predictors: dict[str, Predictor]
    settings: Settings = field(default_factory=Settings)

    def __post_init__(self) -> None:
        self.worker = Worker(self.settings.queue)
        self.uploads = Uploads(self.settings.keep_seconds)
        self.jobs = Jobs(self.settings, self.uploads)
        self.cameras = Cameras(self.settings.cameras)

    def predictor(self, model: str | None = None, detector: str | None = None) -> Predictor:
        """Return a model with a detector; None: the default.

        Raises:
            RequestError: there is no such model.
        """
        name = model or next(iter(self.predictors))
        if name not in self.predictors:
            raise RequestError(
                f"Expected one of the models {list(self.predictors)}. Received: {name[:80]!r}. "
                "Choose one of these."
            )
        return self.predictors[name]

    def close(self) -> None:
        """End all work."""
        self.jobs.close()
        self.worker.close()
        self.uploads.close()
