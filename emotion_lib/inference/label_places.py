"""Places of labels beside boxes, away from all faces and from each other."""

from collections.abc import Sequence

from ..faces.detection import Box, intersection

# What a square pixel costs that a label covers: of another label, of another face, of its own.
LABEL_COST = 4.0
FACE_COST = 2.0
OWN_FACE_COST = 1.0


def label_places(
    boxes: Sequence[Box], sizes: Sequence[tuple[float, float]], image_size: tuple[int, int]
) -> list[tuple[float, float]]:
    """Return the top left corner of the label of each box.

    A label lies above its box if that place is free, else below or beside it. Where every place is
    taken, the one that covers least is chosen.

    Args:
        boxes: of the faces, in px of the image.
        sizes: width and height of each label in px.
        image_size: width and height of the image, in which all labels lie.

    Example:
        >>> label_places([(20, 40, 60, 60)], [(50, 16)], (200, 200))
        [(20, 24)]
        >>> label_places([(20, 0, 60, 60)], [(50, 16)], (200, 200))
        [(20, 60)]
    """
    taken: list[Box] = []
    for number, (box, size) in enumerate(zip(boxes, sizes, strict=True)):
        others = [other for index, other in enumerate(boxes) if index != number]
        best = None
        least = float("inf")
        for x, y in _around(box, size, image_size):
            label = (x, y, *size)
            cost = OWN_FACE_COST * intersection(label, box)
            cost += FACE_COST * sum(intersection(label, other) for other in others)
            cost += LABEL_COST * sum(intersection(label, other) for other in taken)
            if cost < least:
                best = label
                least = cost
        assert best is not None
        taken.append(best)
    return [(x, y) for x, y, _, _ in taken]


def _around(
    box: Box, size: tuple[float, float], image_size: tuple[int, int]
) -> list[tuple[float, float]]:
    """Return corners of a label around a box, the best first, moved into the image."""
    left, top, box_width, box_height = box
    width, height = size
    right = left + box_width
    bottom = top + box_height
    places = [
        (left, top - height),
        (right - width, top - height),
        (left, bottom),
        (right - width, bottom),
        (right, top),
        (left - width, top),
        (right, bottom - height),
        (left - width, bottom - height),
        (left, top - 2 * height),
        (left, bottom + height),
    ]
    inside = []
    most_x = max(0, image_size[0] - width)
    most_y = max(0, image_size[1] - height)
    for x, y in places:
        inside.append((min(max(0, x), most_x), min(max(0, y), most_y)))
    return inside
