"""Pictures and videos of known people, made of the page's portrait."""

import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageChops

from .. import app

PORTRAIT = Path(app.__file__).parent / "examples" / "1_eileen_collins.jpg"
FRAMES_PER_SECOND = 25  # of the videos made here
_QUALITY = 90  # of JPEGs, as cameras write them


def scene(people: int) -> np.ndarray:
    """Return a picture of 640x480 with one person or six, made of the page's portrait.

    Args:
        people: 1: the portrait at full height; otherwise this number of small ones, at most six.

    Returns:
        uint8 RGB ``(480, 640, 3)``.
    """
    portrait = Image.open(PORTRAIT).convert("RGB")
    picture = Image.new("RGB", (640, 480), (90, 110, 130))
    if people == 1:
        picture.paste(portrait.resize((480, 480)), (80, 0))
    else:
        small = portrait.crop((80, 0, 380, 300)).resize((200, 200))
        for index in range(people):
            picture.paste(small, (7 + 213 * (index % 3), 20 + 240 * (index // 3)))
    return np.asarray(picture)


def write_jpeg(path: Path, megapixels: float | None = None) -> Path:
    """Write the scene with six people as a JPEG.

    Args:
        path: the file.
        megapixels: of the picture, with the noise of a sensor, which makes the file as large as a
            photograph and as slow to decode; None: 640x480 without noise.
    """
    picture = Image.fromarray(scene(6))
    if megapixels is not None:
        height = round((megapixels * 1e6 * 3 / 4) ** 0.5)
        picture = picture.resize((height * 4 // 3, height), Image.Resampling.BICUBIC)
        noise = Image.effect_noise(picture.size, 12)  # gray values around 128
        picture = ImageChops.add(picture, Image.merge("RGB", [noise] * 3), offset=-128)
    picture.save(path, quality=_QUALITY)
    return path


def write_jpeg_elsewhere(path: Path, megapixels: float) -> Path:
    """Write a JPEG as :func:`write_jpeg` does, in a process of its own.

    Making 96 megapixels takes 1 GB, which would count as the memory of the process that is
    measured.
    """
    script = (
        "import pathlib, sys\n"
        f"from {__name__} import write_jpeg\n"
        "write_jpeg(pathlib.Path(sys.argv[1]), float(sys.argv[2]))\n"
    )
    subprocess.run([sys.executable, "-c", script, str(path), str(megapixels)], check=True)
    return path


def write_video(path: Path, people: int, seconds: float) -> Path:
    """Write a video of the scene, which sways and is a little noisy."""
    import cv2

    still = scene(people)[..., ::-1]
    noise = np.random.default_rng(0).integers(0, 12, (8, *still.shape), dtype=np.uint8)
    fourcc = cv2.VideoWriter.fourcc(*"mp4v")
    writer = cv2.VideoWriter(str(path), fourcc, FRAMES_PER_SECOND, (640, 480))
    for index in range(round(seconds * FRAMES_PER_SECOND)):
        shift = round(20 * np.sin(index / 15))
        writer.write(np.roll(still, shift, axis=1) // 21 * 20 + noise[index % len(noise)])
    writer.release()
    return path
