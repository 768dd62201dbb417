"""A face that is followed from frame to frame."""

from dataclasses import dataclass

from ..faces.detection import Box, Face, iou

# Seconds after which half of a face's velocity is forgotten.
HALF_LIFE = 0.2


@dataclass
class Track:
    """A face with its number.

    Attributes:
        number: of the track, from 1.
        face: the face as it was found last.
        seen: time of that frame in seconds.
        frame: number of that frame.
        velocity: of its centre in px per second, x and y; a running mean.
    """

    number: int
    face: Face
    seen: float
    frame: int
    velocity: tuple[float, float] = (0.0, 0.0)

    def overlap(self, box: Box, time_s: float, margin: float) -> float:
        """Return how well a box continues this track: the intersection over union.

        The larger one counts of those with the last box, where a person who stopped is found, and
        with the box moved on, where one is who has passed behind somebody.

        Args:
            box: of a face that was found.
            time_s: when it was found, in seconds.
            margin: by which all boxes are widened, relative to their sides.
        """
        x, y, width, height = self.face.box
        seconds = time_s - self.seen
        moved = (x + self.velocity[0] * seconds, y + self.velocity[1] * seconds, width, height)
        wide = _widened(box, margin)
        return max(iou(_widened(self.face.box, margin), wide), iou(_widened(moved, margin), wide))

    def move(self, face: Face, time_s: float, frame: int) -> None:
        """Continue the track with a face.

        Args:
            face: as it was found.
            time_s: time of the frame in seconds.
            frame: number of the frame.
        """
        step = time_s - self.seen
        if step > 0:
            weight = 0.5 ** (step / HALF_LIFE)
            x, y = _center(face)
            last_x, last_y = _center(self.face)
            self.velocity = (
                weight * self.velocity[0] + (1 - weight) * (x - last_x) / step,
                weight * self.velocity[1] + (1 - weight) * (y - last_y) / step,
            )
        self.face = face
        self.seen = time_s
        self.frame = frame


def _center(face: Face) -> tuple[float, float]:
    x, y, width, height = face.box
    return x + width / 2, y + height / 2


def _widened(box: Box, margin: float) -> Box:
    """Return a box with a margin, relative to its sides, on all four sides."""
    x, y, width, height = box
    dx = margin * width
    dy = margin * height
    return x - dx, y - dy, width + 2 * dx, height + 2 * dy
