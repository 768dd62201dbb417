"""The page's sample clip: a portrait, then a hard cut to two drawn faces.

``python -m emotion_lib.benchmarks.sample_clip emotion_lib/app/examples/sample.mp4`` writes it.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from .. import app
from ..datasets.sources.synthetic.drawing import draw_face

RATE = 25  # frames per second
SIZE = (640, 360)
BACKGROUND = (214, 222, 230)
PORTRAIT = Path(app.__file__).parent / "examples" / "1_eileen_collins.jpg"
PORTRAIT_SECONDS = 3
# Of each drawn person: the seed, and the expressions, one after the other.
PERSONS = ((15, ("neutral", "happy", "surprise")), (14, ("sad", "angry", "happy")))
EXPRESSION_SECONDS = 2
FADE = 6  # frames from one expression to the next
FACE = 240  # px


def frames() -> Iterator[Image.Image]:
    """Yield the clip's frames."""
    yield from _portrait()
    yield from _drawn()


def _portrait() -> Iterator[Image.Image]:
    """Yield frames of a camera that comes slowly closer to the portrait's face."""
    portrait = Image.open(PORTRAIT).convert("RGB")
    count = PORTRAIT_SECONDS * RATE
    for index in range(count):
        width = 480 - 200 * index / count
        height = width * SIZE[1] / SIZE[0]
        left = min(max(225 - width / 2, 0), portrait.width - width)
        top = max(120 - height / 2, 0)
        box = (left, top, left + width, top + height)
        yield portrait.resize(SIZE, Image.Resampling.BICUBIC, box)


def _drawn() -> Iterator[Image.Image]:
    """Yield frames of two drawn persons whose expressions change."""
    count = EXPRESSION_SECONDS * RATE
    faces = []
    for seed, expressions in PERSONS:
        faces.append([draw_face(expression, seed, FACE) for expression in expressions])
    for index in range(len(faces[0]) * count):
        number = index // count
        share = min(1.0, (index % count) / FADE)
        frame = Image.new("RGB", SIZE, BACKGROUND)
        for place, person in enumerate(faces):
            face = Image.blend(person[max(0, number - 1)], person[number], share)
            frame.paste(face, (50 + 300 * place + index // 5, 60))
        yield frame


def write(path: Path) -> None:
    """Write the clip as H.264, by the program ffmpeg."""
    size = f"{SIZE[0]}x{SIZE[1]}"
    source = ("-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", size)
    command = ["ffmpeg", "-y", "-loglevel", "error", *source, "-framerate", str(RATE)]
    command += ["-i", "pipe:0", "-c:v", "libx264", "-crf", "25", "-preset", "veryslow"]
    command += ["-pix_fmt", "yuv420p", "-movflags", "+faststart", str(path)]
    content = b"".join(frame.tobytes() for frame in frames())
    subprocess.run(command, input=content, check=True)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
