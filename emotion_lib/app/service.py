"""What all routes of the server share."""

from dataclasses import dataclass, field

from ..inference.predictor import Predictor
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
    """

    predictors: dict[str, Predictor]
    settings: Settings = field(default_factory=Settings)

    def __post_init__(self) -> None:
        self.worker = Worker(self.settings.queue)
        self.uploads = Uploads(self.settings.keep_seconds)

    def close(self) -> None:
        """End all work."""
        self.worker.close()
        self.uploads.close()
