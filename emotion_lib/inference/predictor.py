"""A model file and pictures in; faces with probabilities out."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

import numpy as np

from .. import artifacts
from ..faces.cropping import crop, find_faces, to_input
from ..faces.detectors import Detector, DetectorError, Face, Shared, load_detector
from ..files import printable
from ..images import ChannelOrder, ImageError, ImageSource, read_image
from ..paths import best_dir
from .networks import Network, Runtime, load_network

NOT_SURE = "not sure"
_TOLERANCE = 0.01  # of sums of probabilities; half precision gives 0.002


def _unexpected(image: ImageSource, error: Exception) -> str:
    name = "the picture given"
    if isinstance(image, str | os.PathLike):
        name = printable(image)
    elif isinstance(image, bytes | bytearray | memoryview):
        name = "the bytes given"  # as read_image calls them
    return f"Expected to read {name}. Received: {type(error).__name__}: {error}. Save it again in another format or size."


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


@dataclass(frozen=True)
class Result(Sequence):
    """What came of one picture; as a sequence, its predictions from left to right.

    Attributes:
        status: "ok", "no_face" or "error".
        predictions: one a face.
        error: what is wrong with the picture and what to do, if the status is "error".
    """

    status: Literal["ok", "no_face", "error"]
    predictions: tuple[Prediction, ...] = ()
    error: str | None = None

    def __len__(self) -> int:
        return len(self.predictions)

    def __getitem__(self, index):
        return self.predictions[index]


def _are_probabilities(rows: np.ndarray) -> bool:
    """Return whether rows of scores ``(n, num_classes)`` are distributions; those with a NaN are not."""
    return rows.ndim == 2 and bool(
        rows.min() >= -_TOLERANCE and (np.abs(rows.sum(axis=1) - 1.0) <= _TOLERANCE).all()
    )


class Predictor:
    """Loads a model once and then reads pictures, from any number of threads.

    Example:
        >>> predictor = Predictor.load()                        # doctest: +SKIP
        >>> predictor.predict("photo.jpg")[0].label             # doctest: +SKIP
        'happy'
        >>> [r.status for r in predictor.predict(["photo.jpg", "broken.jpg"])]  # doctest: +SKIP
        ['ok', 'error']
    """

    UNCALIBRATED_THRESHOLD = 0.4  # where nothing is known of what a model's confidence means
    PICTURES_A_BATCH = (
        16  # of a stream: enough to fill the processor, few enough to hold and to answer soon
    )

    def __init__(
        self,
        network: Network,
        class_names: tuple[str, ...],
        detector: Detector,
        record: dict | None = None,
    ):
        if network.num_classes != len(class_names):
            raise ValueError(
                f"Expected {network.num_classes} class names, one an output. Received: {len(class_names)}: {class_names}."
            )
        if len(set(class_names)) < len(class_names):
            raise ValueError(
                f"Expected class names that differ. Received: {class_names}. Give each output a name of its own."
            )
        self.network, self.class_names, self.detector = (
            network,
            tuple(class_names),
            Shared(detector),
        )
        self.record = record  # the run.json beside the model file: what made it and what it reached
        self.input_shape = network.input_shape
        if (
            len(self.input_shape) != 3
            or None in self.input_shape
            or self.input_shape[2] not in (1, 3)
        ):
            flat = " Put keras.layers.Flatten() before it." if len(self.input_shape) == 1 else ""
            raise ValueError(
                f"Expected a model for pictures (height, width, 1 or 3) of one size. "
                f"Received: input shape {self.input_shape}.{flat}"
            )
        self._check_model()

    @classmethod
    def load(
        cls,
        model: str | os.PathLike | None = None,
        *,
        class_names: tuple[str, ...] | None = None,
        detector: str | Detector | None = None,
        runtime: Runtime = "auto",
        threads: int | None = None,
    ) -> "Predictor":
        """Load a model and a detector.

        Args:
            model: a ``.keras`` file that takes raw pixels 0..255; None: the promoted one, ``artifacts/best``.
            class_names: what its outputs mean; needed only if neither the file nor a run.json beside it says so.
            detector: "yunet", "thorough", "haar", an object with the same method, or None for the fastest
                good one installed.
            runtime: "litert" for the compiled model beside the file (no TensorFlow is imported), "int8" for the smaller
                and faster one, whose answers are not quite the same, "keras" for the file itself, "auto" for the
                compiled model if it is there, else the file.
            threads: of a compiled model; None: one a processor, at most four.

        Raises:
            ArtifactError: no such model, not a model, class names are missing, or what it gives are no probabilities.
            DetectorError: the detector is not installed.
            ValueError: it does not take pictures, or the class names are not one per output.
        """
        path = Path(model) if model else best_dir() / "model.keras"
        record = artifacts.record_beside(path) if path.is_file() else None
        network, names = load_network(path, runtime, threads, record)
        names = class_names or names or (record or {}).get("class_names")
        if not names:
            raise artifacts.ArtifactError(
                f"Expected class names in {printable(path)} or in its own run.json beside it. Received: none. "
                "Pass class_names=(...) in the order of the model's outputs."
            )
        if detector is None or isinstance(detector, str):
            detector = load_detector(detector)
        return cls(network, tuple(names), detector, record)

    @property
    def threshold(self) -> float:
        """The probability below which this model had better say "not sure": fitted on validation when it was promoted (its
        record says for what share of wrong answers), else 0.4."""
        return ((self.record or {}).get("calibration") or {}).get(
            "threshold", self.UNCALIBRATED_THRESHOLD
        )

    def predict(
        self,
        images: ImageSource | Iterable[ImageSource],
        *,
        channels: ChannelOrder = "RGB",
        abstain: float = 0.0,
    ) -> Result | list[Result]:
        """Find and read all faces of one picture or of many.

        Args:
            images: one picture (a path, bytes, an array or a PIL image; see :func:`emotion_lib.images.read_image`), or a
                list or any other iterable of them. An array is one picture.
            channels: channel order of arrays ("BGR" for OpenCV's).
            abstain: below this probability of the first class the label is "not sure"; :attr:`threshold` is the model's own.

        Returns:
            A result a picture, in order; the result itself for a single picture. A picture that cannot be used is a
            result with the status "error", never an exception: one bad file must not cost the thousand others.
        """
        if isinstance(images, ImageSource):
            return next(self.stream([images], channels=channels, abstain=abstain))
        return list(self.stream(images, channels=channels, abstain=abstain))

    def stream(
        self, images: Iterable[ImageSource], *, channels: ChannelOrder = "RGB", abstain: float = 0.0
    ) -> Iterator[Result]:
        """As :meth:`predict` of many, one result after the other: for more pictures than fit in memory.

        The faces of :attr:`PICTURES_A_BATCH` pictures go through the network together.
        """
        source = iter(images)
        while chunk := list(islice(source, self.PICTURES_A_BATCH)):
            found = [self._find(image, channels) for image in chunk]
            yield from self._results(chunk, found, abstain)

    def _results(
        self,
        images: list[ImageSource],
        found: list[list[tuple[Face, np.ndarray]] | str],
        abstain: float,
    ) -> list[Result]:
        """Return one result per picture, from what :meth:`_find` returned of each."""
        crops = [pixels for faces in found if not isinstance(faces, str) for _, pixels in faces]
        try:
            scores = (
                self._raw_scores(crops)
                if crops
                else np.empty((0, len(self.class_names)), np.float32)
            )
        except artifacts.ArtifactError:  # it is the model's fault, whatever the picture
            raise
        except Exception as error:  # too little memory for all these faces, say
            if len(images) == 1:
                return [Result("error", error=_unexpected(images[0], error))]
            return [
                self._results([image], [faces], abstain)[0]
                for image, faces in zip(images, found, strict=True)
            ]
        results = []
        start = 0
        for faces in found:
            if isinstance(faces, str):
                results.append(Result("error", error=faces))
                continue
            rows = scores[start : start + len(faces)]
            start += len(faces)
            if not faces:
                results.append(Result("no_face"))
            elif not _are_probabilities(rows):
                results.append(Result("error", error=self._no_probabilities(rows)))
            else:
                pairs = zip(faces, rows, strict=True)
                results.append(
                    Result(
                        "ok", tuple(self.prediction(face, row, abstain) for (face, _), row in pairs)
                    )
                )
        return results

    def _find(
        self, image: ImageSource, channels: ChannelOrder
    ) -> list[tuple[Face, np.ndarray]] | str:
        """Faces and their crops, or what is wrong with the picture."""
        try:
            pixels = read_image(image, channels=channels)
            return [
                (face, crop(pixels, face, self.detector.framing))
                for face in find_faces(pixels, self.detector)
            ]
        except (OSError, ImageError) as error:
            return str(error)
        except DetectorError:  # of the detector, not of this picture
            raise
        except (
            Exception
        ) as error:  # a library's own, MemoryError too: one picture must not end a batch
            return _unexpected(image, error)

    def scores(self, crops: list[np.ndarray]) -> np.ndarray:
        """Probabilities ``(n, num_classes)`` float32 of face crops: uint8 RGB ``(side, side, 3)``, any sizes.

        Raises:
            ArtifactError: the model gives no probabilities for them.
        """
        rows = self._raw_scores(crops)
        if not _are_probabilities(rows):
            raise artifacts.ArtifactError(self._no_probabilities(rows))
        return rows

    def _raw_scores(self, crops: list[np.ndarray]) -> np.ndarray:
        return self.network(to_input(crops, self.input_shape))

    def _check_model(self) -> None:
        """Refuse a model whose outputs are no probabilities, by its answers to a few fixed pictures.

        Raises:
            ArtifactError: they are not, or the model cannot be computed.
        """
        pictures = np.zeros((3, *self.input_shape), np.uint8)
        pictures[1] = 255
        # Noise by Knuth's multiplicative hash: importing numpy.random would take 8 ms of a command's start.
        numbers = np.arange(pictures[2].size, dtype=np.uint32) * np.uint32(2654435761)
        pictures[2] = (numbers >> 24).reshape(self.input_shape)
        try:
            rows = self.network(pictures)
        except artifacts.ArtifactError:
            raise
        except Exception as error:  # of whatever library computes it
            raise artifacts.ArtifactError(
                f"Expected a model that computes pictures {self.input_shape}. Received: {type(error).__name__} "
                f"({(str(error).splitlines() or [''])[0][:200]}). Export it again."
            ) from error
        if not _are_probabilities(rows):
            raise artifacts.ArtifactError(self._no_probabilities(rows))

    def _no_probabilities(self, rows: np.ndarray) -> str:
        expected = f"Expected {len(self.class_names)} outputs of the model that are probabilities and sum to 1. Received:"
        if not np.isfinite(rows).all():
            return f"{expected} NaN or infinite values. The weights are damaged or training diverged: take another checkpoint."
        if rows.ndim != 2:
            return f"{expected} an array of shape {rows.shape}. Name a model that gives one row per picture."
        if rows.shape[1] == 1:
            return f"{expected} one alone. Give the last layer two outputs and a softmax."
        sums = rows.sum(axis=-1)
        return (
            f"{expected} values from {rows.min():.3g} to {rows.max():.3g}, with sums from {sums.min():.3g} to "
            f"{sums.max():.3g}. "
            "If they are logits, put keras.layers.Softmax() behind the model. One of several labels per picture (sigmoid) "
            "can be evaluated, but gives no most probable class."
        )

    def prediction(
        self, face: Face, row: np.ndarray, abstain: float = 0.0, top: int | None = None
    ) -> Prediction:
        """What a row of scores ``(num_classes,)`` says of a face; ``top``: another class than the most probable one."""
        top = int(row.argmax()) if top is None else top
        label = self.class_names[top] if row[top] >= abstain else NOT_SURE
        return Prediction(face, dict(zip(self.class_names, row.tolist(), strict=True)), label)
