"""A generated video whose faces have known identities and paths."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from ..faces.detection import Box, Detector

WIDTH = 640
HEIGHT = 480
RATE = 25  # frames per second
CUT = 14.0  # seconds at which the second scene begins
SECONDS = 24.0
# Of a face's box; one that is hidden more is not expected to be found.
MAX_HIDDEN = 0.4

Place = tuple[float, float]  # centre in px


@dataclass(frozen=True)
class Person:
    """One identity.

    Attributes:
        size: side of the picture of the head in px.
        place: time in seconds -> centre of the head; None: not in the scene.
        mirrored: whether the portrait is mirrored.
        light: factor of its brightness.
    """

    size: int
    place: Callable[[float], Place | None]
    mirrored: bool = False
    light: float = 1.0


@dataclass(frozen=True)
class TrueFace:
    """A face as it was drawn.

    Attributes:
        identity: number of the person, from 1.
        box: in px, where the detector finds the face of the person alone.
        visible: False if it is hidden by another person, or its centre is out of the picture.
    """

    identity: int
    box: Box
    visible: bool


@dataclass(frozen=True)
class TrueFrame:
    """A frame and its faces.

    Attributes:
        time_s: seconds.
        image: uint8 RGB ``(HEIGHT, WIDTH, 3)``.
        faces: of all persons in the scene, from the farthest to the nearest.
    """

    time_s: float
    image: np.ndarray
    faces: tuple[TrueFace, ...]


def _walk(x: float, y: float, reach: float, period: float, phase: float = 0.0):
    """Return a path to and fro about a point."""

    def place(time_s: float) -> Place:
        angle = 2 * math.pi * (time_s / period + phase)
        return x + reach * math.sin(angle), y + 6 * math.sin(3.1 * angle)

    return place


def _absent(path: Callable[[float], Place], *gaps: tuple[float, float]):
    """Return a path that is left for some seconds, ``(from, until)`` each."""

    def place(time_s: float) -> Place | None:
        if any(start <= time_s < end for start, end in gaps):
            return None
        return path(time_s)

    return place


def _from(start: float, end: float, path: Callable[[float], Place | None]):
    """Return a path that is followed from a time until another."""
    return lambda time_s: path(time_s) if start <= time_s < end else None


# Two who cross again and again (the first passes behind the second), one who stands, one who walks
# out of the picture for half a second at a time, one who looks away for 0.4 s, then for 0.8 s.
# After the cut others, three of them where somebody was before; they walk fast, and the camera
# pans.
FIRST = (
    Person(130, _walk(330, 100, 200, 6.3, 0.5), light=0.8),
    Person(150, _walk(320, 110, 220, 5.1)),
    Person(140, _walk(90, 350, 8, 4.0), mirrored=True),
    Person(120, _walk(520, 350, 120, 4.7), light=1.15),
    Person(130, _absent(_walk(300, 360, 20, 3.0), (5.0, 5.4), (9.0, 9.8)), mirrored=True),
)
SECOND = (
    Person(140, _walk(110, 340, 30, 4.0), light=0.85),
    Person(150, _walk(310, 350, 120, 2.6), mirrored=True),
    Person(130, _walk(500, 110, 90, 2.2), light=1.1),
    Person(120, _walk(250, 120, 160, 3.7, 0.5), mirrored=True),
)
CAST = tuple(
    [Person(p.size, _from(0, CUT, p.place), p.mirrored, p.light) for p in FIRST]
    + [Person(p.size, _from(CUT, math.inf, p.place), p.mirrored, p.light) for p in SECOND]
)


def frames(
    portrait: Image.Image, detector: Detector, cast: tuple[Person, ...] = CAST
) -> Iterator[TrueFrame]:
    """Yield the frames of the video.

    Args:
        portrait: RGB, of one person; everybody is drawn with it, as trackers go by place alone.
        detector: finds the box of each person once.
        cast: the persons, from the farthest to the nearest.
    """
    heads = [_head(portrait, person) for person in cast]
    own_boxes = [_own_box(head, detector) for head in heads]
    rng = np.random.default_rng(0)
    backgrounds = [_background(seed) for seed in (1, 2)]
    noise = rng.integers(-4, 5, (8, HEIGHT, WIDTH, 3), dtype=np.int16)
    for index in range(round(SECONDS * RATE)):
        time_s = index / RATE
        after_cut = time_s >= CUT
        pan = round(30 * (time_s - CUT)) if after_cut else 0
        picture = Image.fromarray(np.roll(backgrounds[after_cut], -pan, axis=1))
        owner = np.zeros((HEIGHT, WIDTH), np.uint8)  # identity of the nearest person
        drawn = []
        for identity, (person, head) in enumerate(zip(cast, heads, strict=True), start=1):
            place = person.place(time_s)
            if place is None:
                continue
            corner = (round(place[0] - person.size / 2), round(place[1] - person.size / 2))
            picture.paste(head, corner, head)
            mask = Image.new("L", (WIDTH, HEIGHT))
            mask.paste(head.getchannel("A"), corner)
            owner[np.asarray(mask) > 127] = identity
            drawn.append((identity, corner))
        faces = []
        for identity, (left, top) in drawn:
            x, y, width, height = own_boxes[identity - 1]
            box = (left + x, top + y, width, height)
            faces.append(TrueFace(identity, box, _is_visible(box, identity, owner)))
        image = np.asarray(picture) + noise[index % len(noise)]
        yield TrueFrame(time_s, np.clip(image, 0, 255).astype(np.uint8), tuple(faces))


def _is_visible(box: Box, identity: int, owner: np.ndarray) -> bool:
    x, y, width, height = box
    if not (0 <= x + width / 2 < WIDTH and 0 <= y + height / 2 < HEIGHT):
        return False
    rows = slice(max(0, round(y)), max(0, round(y + height)))
    columns = slice(max(0, round(x)), max(0, round(x + width)))
    owned = (owner[rows, columns] == identity).sum()
    return bool(owned >= (1 - MAX_HIDDEN) * width * height)


def _head(portrait: Image.Image, person: Person) -> Image.Image:
    """Return a person's head as RGBA, with an oval outline."""
    head = portrait.resize((person.size, person.size))
    if person.mirrored:
        head = head.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    head = head.point(lambda value: min(255, int(value * person.light)))
    oval = Image.new("L", head.size)
    ImageDraw.Draw(oval).ellipse([2, 2, person.size - 3, person.size - 3], fill=255)
    head.putalpha(oval.filter(ImageFilter.GaussianBlur(1)))
    return head


def _own_box(head: Image.Image, detector: Detector) -> Box:
    """Return the box of a head's face in px of the head."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), (120, 120, 120))
    corner = ((WIDTH - head.width) // 2, (HEIGHT - head.height) // 2)
    picture.paste(head, corner, head)
    best = max(detector.detect(np.asarray(picture)), key=lambda face: face.score)
    x, y, width, height = best.box
    return x - corner[0], y - corner[1], width, height


def _background(seed: int) -> np.ndarray:
    """Return a blurred pattern, uint8 ``(HEIGHT, WIDTH, 3)``."""
    rng = np.random.default_rng(seed)
    blocks = rng.integers(40, 200, (9, 12, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(blocks).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC))
