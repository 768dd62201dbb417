"""A model file and pictures in; faces with probabilities out."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import artifacts
from .faces import Detector, Face, crop, find_faces, load_detector, to_input
from .images import ChannelOrder, ImageSource, read_image
from .paths import best_dir

NOT_SURE = "not sure"


@dataclass(frozen=True)
class Prediction:
    """What the model reads in one face: a perceived expression, not a feeling.

    Attributes:
        face: where the face is.
        probabilities: class name -> probability; they sum to 1.
        label: the most probable class, or "not sure" if it stays below the threshold asked for.
    """

    face: Face
    probabilities: dict[str, float]
    label: str


class Predictor:
    """Loads a model once and then reads pictures.

    Example:
        >>> predictor = Predictor.load()                        # doctest: +SKIP
        >>> predictor.predict("photo.jpg")[0].label             # doctest: +SKIP
        'happy'
    """

    def __init__(self, model, class_names: tuple[str, ...], detector: Detector, record: dict | None = None):
        if model.output_shape[-1] != len(class_names):
            raise ValueError(
                f"Expected {model.output_shape[-1]} class names, one an output. Received: {len(class_names)}: {class_names}."
            )
        self.model, self.class_names, self.detector = model, tuple(class_names), detector
        self.record = record  # the run.json beside the model file: what made it and what it reached
        self.input_shape = tuple(model.input_shape[1:])
        if len(self.input_shape) != 3 or None in self.input_shape or self.input_shape[2] not in (1, 3):
            raise ValueError(
                f"Expected a model for pictures (height, width, 1 or 3). Received: input shape {self.input_shape}."
            )

    @classmethod
    def load(
        cls,
        model: str | os.PathLike | None = None,
        *,
        class_names: tuple[str, ...] | None = None,
        detector: str | Detector | None = None,
    ) -> "Predictor":
        """Load a model and a detector.

        Args:
            model: a ``.keras`` file that takes raw pixels 0..255; None: the promoted one, ``artifacts/best``.
            class_names: what its outputs mean; needed only if neither the file nor a run.json beside it says so.
            detector: "yuface", "haar", an object with the same method, or None for the best one installed.

        Raises:
            ArtifactError: no such model, not a model, or class names are missing.
            DetectorError: the detector is not installed.
        """
        path = Path(model) if model else best_dir() / "model.keras"
        network, names = artifacts.load_model(path)
        record_file = path.with_name("run.json")
        record = json.loads(record_file.read_text()) if record_file.is_file() else None
        names = class_names or names or (record or {}).get("class_names")
        if not names:
            raise artifacts.ArtifactError(
                f"Expected class names in {path} or in run.json beside it. Received: none. Pass class_names=(...) in the "
                "order of the model's outputs."
            )
        if detector is None or isinstance(detector, str):
            detector = load_detector(detector)
        return cls(network, tuple(names), detector, record)

    def predict(self, image: ImageSource, *, channels: ChannelOrder = "RGB", abstain: float = 0.0) -> list[Prediction]:
        """Find and read all faces of one picture.

        Args:
            image: a path, bytes, an array or a PIL image; see :func:`emotion_lib.images.read_image`.
            channels: channel order of an array ("BGR" for OpenCV's).
            abstain: below this probability of the first class the label is "not sure".

        Returns:
            One prediction a face, left to right; empty if there is no face.

        Raises:
            ImageError: the picture cannot be used.
        """
        pixels = read_image(image, channels=channels)
        faces = find_faces(pixels, self.detector)
        if not faces:
            return []
        scores = self.scores([crop(pixels, face, self.detector.framing) for face in faces])
        return [self._prediction(face, row, abstain) for face, row in zip(faces, scores, strict=True)]

    def scores(self, crops: list[np.ndarray]) -> np.ndarray:
        """Probabilities ``(n, num_classes)`` float32 of face crops: uint8 RGB ``(side, side, 3)``, any sizes."""
        return np.asarray(self.model.predict_on_batch(to_input(crops, self.input_shape)), np.float32)

    def _prediction(self, face: Face, row: np.ndarray, abstain: float) -> Prediction:
        top = int(row.argmax())
        label = self.class_names[top] if row[top] >= abstain else NOT_SURE
        return Prediction(face, dict(zip(self.class_names, row.tolist(), strict=True)), label)
