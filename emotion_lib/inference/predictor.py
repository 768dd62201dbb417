"""Prediction of the expression of every face in an image."""

import os
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing, nullcontext
from functools import partial
from itertools import islice
from typing import NamedTuple, overload

import numpy as np

from .. import artifacts
from ..artifacts import ArtifactError, Record
from ..faces.cropping import to_input
from ..faces.detection import Detector, DetectorError, Face
from ..faces.detectors import SharedDetector, load_detector
from ..faces.picture_faces import faces_with_crops
from ..files import printable
from ..files.thread_lock import Lock
from ..images import ChannelOrder, ImageError, ImageSource, Picture, name_of
from .model_choice import model_choice
from .network_checks import are_probabilities, check_names, check_network, no_probabilities
from .networks import Network, Runtime, load_network
from .pipeline import in_order
from .results import NOT_SURE, Prediction, Result


class Found(NamedTuple):
    """The faces of an image.

    Attributes:
        name: of the image in error messages.
        faces: from left to right.
        inputs: of the network, one per face; None for an image that cannot be used.
        error: message of an image that cannot be used.
    """

    name: str
    faces: Sequence[Face] = ()
    inputs: np.ndarray | None = None
    error: str | None = None


class Predictor:
    """A model and a face detector, which classify images from any number of threads.

    Args:
        network: classifier of face crops.
        class_names: one per output of the network, in order.
        detector: face detector.
        record: run.json of the model, with how it was made and its scores; None: there is none.
        threads: number of images of a stream that are decoded and searched at once; None: one per
            processor, at most four.

    Attributes:
        network, class_names, detector, record: as above; the detector may be shared by threads.
        input_shape: height, width and channels of the network's input.

    Raises:
        ModelError: the network does not take images, or the class names do not fit its outputs.
        ArtifactError: the outputs are no probabilities.

    Example:
        >>> predictor = Predictor.load()  # doctest: +SKIP
        >>> predictor.predict("photo.jpg")[0].label  # doctest: +SKIP
        'happy'
        >>> [r.status for r in predictor.predict(["photo.jpg", "broken.jpg"])]  # doctest: +SKIP
        ['ok', 'error']
    """

    # Threshold of a model whose confidence was not calibrated.
    UNCALIBRATED_THRESHOLD = 0.4
    # Images of a stream that go through the network together: enough to fill the processor, few
    # enough to hold in memory and to answer soon.
    PICTURES_PER_BATCH = 16

    def __init__(
        self,
        network: Network,
        class_names: tuple[str, ...],
        detector: Detector,
        record: Record | None = None,
        threads: int | None = None,
    ):
        check_network(network, class_names)
        self.network = network
        self.class_names = tuple(class_names)
        self.detector = SharedDetector(detector)
        self.record = record
        self.input_shape = network.input_shape
        self._threads = threads
        self._one_large_picture = Lock()

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
            model: "best", the promoted model, which ships with the project; "best int8", its
                smaller and faster sibling; "ensemble", the most accurate recorded ensemble whose
                file is here; the name of a recorded run; a ``.keras`` file that takes raw pixels
                0..255; or a ``.tflite`` file of ``emotion export``. None: "best".
            class_names: meaning of the outputs, in order; needed only if neither the file nor the
                run.json beside it holds them.
            detector: "blazeface", "yunet", "thorough", "haar", an object with the same method, or
                None for the best one that is installed.
            runtime: "litert": the compiled model beside the file, without importing TensorFlow.
                "int8": the smaller and faster one, whose answers differ slightly. "keras": the file
                itself. "auto": the compiled model if there is one, else the file.
            threads: threads of a compiled model, and of the images of a stream; None: one per
                processor, at most four.

        Raises:
            ArtifactError: there is no such model, it is damaged, class names are missing, or its
                outputs are no probabilities.
            DetectorError: the detector is not installed.
            ModelError: the model does not take images, or the class names do not fit its outputs,
                or contradict those in the file.
        """
        choice = model_choice(model)
        path = choice.file
        record = artifacts.record_beside(path) if path.is_file() else None
        network, names = load_network(path, choice.runtime_of(runtime), threads, record)
        if record is not None and network.runtime == "int8":
            record = record.of_int8()
        names = names or (record.class_names if record else None)
        if class_names and names:
            check_names(class_names, names, printable(path))
        names = class_names or names
        if not names:
            raise ArtifactError(
                f"Expected class names in {printable(path)} or in its own run.json beside it. "
                "Received: none. Pass class_names=(...) in the order of the model's outputs."
            )
        if detector is None or isinstance(detector, str):
            detector = load_detector(detector)
        return cls(network, tuple(names), detector, record, threads)

    @property
    def threshold(self) -> float:
        """Probability below which the label should be "not sure".

        It was fitted on validation images when the model was promoted; the model's record states
        the share of wrong answers that it allows. Without a record it is 0.4.
        """
        return self.threshold_of(self.record)

    @classmethod
    def threshold_of(cls, record: Record | None) -> float:
        """Return :attr:`threshold` of a model with this record."""
        if record is None or record.calibration is None:
            return cls.UNCALIBRATED_THRESHOLD
        return record.calibration.threshold

    # A string and an array are iterables too: the first signature that fits counts.
    @overload
    def predict(  # type: ignore[overload-overlap]
        self, images: ImageSource | Picture, *, channels: ChannelOrder = ..., abstain: float = ...
    ) -> Result: ...
    @overload
    def predict(
        self,
        images: Iterable[ImageSource | Picture],
        *,
        channels: ChannelOrder = ...,
        abstain: float = ...,
    ) -> list[Result]: ...
    def predict(
        self,
        images: ImageSource | Picture | Iterable[ImageSource | Picture],
        *,
        channels: ChannelOrder = "RGB",
        abstain: float = 0.0,
    ) -> Result | list[Result]:
        """Find and classify all faces of one image or of many.

        Args:
            images: one image (a path, bytes, an array or a PIL image, see
                :func:`emotion_lib.images.read_image`, or an open
                :class:`emotion_lib.images.Picture`, which stays open), or an iterable of images.
                An array is one image. JPEG files are decoded only as far as their faces need.
            channels: channel order of arrays ("BGR" for those of OpenCV).
            abstain: probability of the most probable class below which the label is "not sure";
                :attr:`threshold` is the model's own.

        Returns:
            One result per image, in order; for a single image the result itself. An image that
            cannot be used gives a result with the status "error" and raises no exception, so that
            one bad file does not cost the results of a thousand others.

        Raises:
            ValueError: ``abstain`` is no probability.
        """
        # What is neither is one image that cannot be used: OpenCV gives None for a missing file.
        if isinstance(images, ImageSource | Picture) or not isinstance(images, Iterable):
            return next(self.stream([images], channels=channels, abstain=abstain))
        return list(self.stream(images, channels=channels, abstain=abstain))

    def stream(
        self,
        images: Iterable[ImageSource | Picture],
        *,
        channels: ChannelOrder = "RGB",
        abstain: float = 0.0,
    ) -> Generator[Result, None, None]:
        """Yield one result after the other, for more images than fit in memory.

        Threads decode and search the next images meanwhile, and end with the iterator. The faces of
        :attr:`PICTURES_PER_BATCH` images go through the network together.

        Args:
            images: as for :meth:`predict`. Few are taken ahead of the results: a batch, and
                :data:`emotion_lib.inference.pipeline.AHEAD` per thread.
            channels: as for :meth:`predict`.
            abstain: as for :meth:`predict`.

        Raises:
            ValueError: ``abstain`` is no probability.
        """
        if not 0 <= abstain <= 1:
            raise ValueError(f"Expected abstain from 0 to 1. Received: {abstain}.")
        find = partial(self.find, channels=channels)
        with closing(in_order(find, images, self._threads)) as found:
            while batch := list(islice(found, self.PICTURES_PER_BATCH)):
                yield from self.results(batch, abstain)

    def find(self, image: ImageSource | Picture, channels: ChannelOrder = "RGB") -> Found:
        """Decode and search an image: the first half of :meth:`predict`.

        Servers call it in one thread per image, and classify the faces of many images together.

        Args:
            image: as for :meth:`predict`.
            channels: as for :meth:`predict`.
        """
        name = image.name if isinstance(image, Picture) else name_of(image)
        try:
            if isinstance(image, Picture):
                return self._find_in(image)
            with Picture(image, channels=channels) as picture:
                return self._find_in(picture)
        except (OSError, ImageError) as error:
            return Found(name, error=str(error))
        except DetectorError:  # the detector's fault, not this image's
            raise
        except Exception as error:  # of any library, MemoryError too: it must not end the batch
            return Found(name, error=_unreadable(name, error))

    def results(self, found: Sequence[Found], abstain: float = 0.0) -> list[Result]:
        """Classify the faces of images together: the second half of :meth:`predict`.

        Args:
            found: of :meth:`find`.
            abstain: as for :meth:`predict`.

        Returns:
            One result per image, in order.
        """
        inputs = [image.inputs for image in found if image.inputs is not None]
        scores = np.empty((0, len(self.class_names)), np.float32)
        try:
            if any(map(len, inputs)):
                scores = self._raw_scores(np.concatenate(inputs))
        except ArtifactError:  # the model's fault, not an image's
            raise
        except Exception as error:  # too little memory for all these faces, for example
            if len(found) == 1:
                return [Result("error", error=_unreadable(found[0].name, error))]
            results = []
            for image in found:
                results += self.results([image], abstain)
            return results
        results = []
        start = 0
        for image in found:
            end = start + len(image.faces)
            results.append(self._result(image, scores[start:end], abstain))
            start = end
        return results

    def scores(self, crops: list[np.ndarray]) -> np.ndarray:
        """Return the probabilities of face crops.

        Args:
            crops: uint8 RGB ``(side, side, 3)`` each, of any size.

        Returns:
            float32 ``(n, num_classes)``.

        Raises:
            ArtifactError: the model gives no probabilities for them.
        """
        rows = self._raw_scores(to_input(crops, self.input_shape))
        if not are_probabilities(rows):
            raise ArtifactError(no_probabilities(rows, len(self.class_names)))
        return rows

    def prediction(
        self, face: Face, row: np.ndarray, abstain: float = 0.0, top: int | None = None
    ) -> Prediction:
        """Return the prediction of a face.

        Args:
            face: the face.
            row: its probabilities ``(num_classes,)``.
            abstain: as for :meth:`predict`.
            top: index of the class for the label; None: the most probable one.
        """
        top = int(row.argmax()) if top is None else top
        label = self.class_names[top] if row[top] >= abstain else NOT_SURE
        return Prediction(face, dict(zip(self.class_names, row.tolist(), strict=True)), label)

    def _find_in(self, picture: Picture) -> Found:
        # Each takes up to a gigabyte.
        with self._one_large_picture if picture.takes_much_memory else nullcontext():
            found = faces_with_crops(picture, self.detector, max(self.input_shape[:2]))
        # Scaled here, as a batch of crops would take 20 MB.
        inputs = to_input([pixels for _, pixels in found], self.input_shape)
        return Found(picture.name, [face for face, _ in found], inputs)

    def _raw_scores(self, inputs: np.ndarray) -> np.ndarray:
        return self.network(inputs)

    def _result(self, image: Found, rows: np.ndarray, abstain: float) -> Result:
        if image.error is not None:
            return Result("error", error=image.error)
        if not image.faces:
            return Result("no_face")
        if not are_probabilities(rows):
            return Result("error", error=no_probabilities(rows, len(self.class_names)))
        predictions = []
        for face, row in zip(image.faces, rows, strict=True):
            predictions.append(self.prediction(face, row, abstain))
        return Result("ok", tuple(predictions))


def _unreadable(name: str, error: Exception) -> str:
    """Return the error message of an image that a library failed on."""
    return (
        f"Expected to read {name}. Received: {type(error).__name__}: {error}. "
        "Save it again in another format or size."
    )
