"""Functions of the fifteen corruptions: one image and an amount in, one corrupted image out.

Each takes an image uint8 ``(height, width[, channels])``, an amount in the unit that
:data:`emotion_lib.datasets.transforms.corruptions.CORRUPTIONS` names, and a random generator. An
image may come back without its single channel, which OpenCV drops.
"""

import cv2
import numpy as np

from . import operations

# Where FER-2013's faces have their eyes and mouths, as (left, right, middle) in shares of the side.
# YuNet's landmarks on 440 training faces have the medians 0.39 (eyes) and 0.74 (mouth) of the
# height; four in five lie between 0.26 and 0.45, and between 0.67 and 0.83.
EYES = (0.12, 0.88, 0.39)
MOUTH = (0.2, 0.8, 0.76)
# Gray values of what covers them.
SUNGLASSES = 30
MASK = 200


def blur(image: np.ndarray, amount: float, _: np.random.Generator) -> np.ndarray:
    """Return a Gaussian blur, as of a lens out of focus."""
    return operations.blurred(image, amount * _scale_of(image))


def motion(image: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """Return the mean of the image along a line, in a random direction."""
    length = amount * _scale_of(image)
    reach = int(np.ceil(length / 2))
    line = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    direction = rng.uniform(0, np.pi)
    for step in np.linspace(-length / 2, length / 2, 8 * reach + 1):
        row = round(reach + step * np.sin(direction))
        column = round(reach + step * np.cos(direction))
        line[row, column] += 1
    return cv2.filter2D(image, -1, line / line.sum(), borderType=cv2.BORDER_REPLICATE)


def noise(image: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """Return an image with Gaussian noise, as of a camera in the dark."""
    return operations.noisy(image, amount, rng)


def jpeg(image: np.ndarray, amount: float, _: np.random.Generator) -> np.ndarray:
    """Return an image after JPEG compression."""
    return operations.compressed(image, int(amount))


def low_resolution(image: np.ndarray, amount: float, _: np.random.Generator) -> np.ndarray:
    """Return an image that was smaller before, as of a face far away."""
    return operations.enlarged(image, round(amount * image.shape[0]))


def brightness(image: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """Return a brighter or a darker image."""
    return _gray_values(image.astype(np.float64) + amount * rng.choice((-1, 1)))


def contrast(image: np.ndarray, amount: float, _: np.random.Generator) -> np.ndarray:
    """Return an image with all gray values closer to their mean."""
    return _gray_values(image.mean() + amount * (image - image.mean()))


def gamma(image: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """Return an image with darker or brighter middle tones; black and white stay."""
    exponent = amount ** rng.choice((-1, 1))
    return _gray_values(255 * (image / 255) ** exponent)


def color_cast(image: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """Return an image as coloured light from one side may leave it after conversion to gray.

    The colours of a gray image are not known, so a colour cast cannot be computed from it, and its
    effect on lips against skin is missing here. Two effects remain. The weights of the three
    channels no longer fit the light, which makes all of the skin brighter or darker: a tone curve.
    And light of another colour falls off across the face: a smooth gradient.
    """
    height, width = image.shape[:2]
    direction = rng.uniform(0, 2 * np.pi)
    rows = np.linspace(-1, 1, height)[:, None]
    columns = np.linspace(-1, 1, width)
    gain = 1 + amount * (rows * np.sin(direction) + columns * np.cos(direction))
    if image.ndim == 3:
        gain = gain[..., None]
    exponent = np.exp(amount * rng.choice((-1, 1)))
    return _gray_values(255 * (image / 255) ** exponent * np.maximum(gain, 0))


def occluded_eyes(image: np.ndarray, amount: float, _: np.random.Generator) -> np.ndarray:
    """Return an image with a dark band at the height of the eyes."""
    return _with_band(image, EYES, amount, SUNGLASSES)


def occluded_mouth(image: np.ndarray, amount: float, _: np.random.Generator) -> np.ndarray:
    """Return an image with a pale rectangle at the height of the mouth."""
    return _with_band(image, MOUTH, amount, MASK)


def _with_band(
    image: np.ndarray, place: tuple[float, float, float], height: float, value: int
) -> np.ndarray:
    """Return an image with a horizontal band of one gray value.

    Args:
        image: uint8 ``(height, width[, channels])``.
        place: left, right and middle of the band, as shares of the side.
        height: of the band, as a share of the image's.
        value: gray value.
    """
    left, right, middle = place
    rows, columns = image.shape[:2]
    top = round(rows * (middle - height / 2))
    bottom = round(rows * (middle + height / 2))
    covered = image.copy()
    covered[top:bottom, round(columns * left) : round(columns * right)] = value
    return covered


def rotation(image: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """Return an image turned to one side."""
    return operations.reframed(image, angle=amount * rng.choice((-1, 1)))


def shift(image: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """Return an image moved in a random direction."""
    direction = rng.uniform(0, 2 * np.pi)
    shift = amount * np.array([np.cos(direction), np.sin(direction)])
    return operations.reframed(image, shift=shift)


def scale(image: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """Return a larger or a smaller face."""
    return operations.reframed(image, scale=amount ** rng.choice((-1, 1)))


def box_jitter(image: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """Return the crop of a detector whose box is not where FER-2013 would have it.

    The centre moves by a normal distribution in each direction, the size by one of its logarithm
    that is 1.6 times as wide. The boxes of YuNet and BlazeFace around the same 417 faces of the
    training split differ by such distributions, with a standard deviation of 0.03 to 0.05 of the
    side and 0.07: about strength 3.
    """
    draws = np.clip(rng.normal(size=3), -2, 2)
    scale = np.exp(1.6 * amount * draws[0])
    return operations.reframed(image, scale=scale, shift=amount * draws[1:])


def _gray_values(values: np.ndarray) -> np.ndarray:
    return np.clip(values.round(), 0, 255).astype(np.uint8)


def _scale_of(image: np.ndarray) -> float:
    """Return the height relative to FER-2013's 48 px: amounts in px are those of a 48 px face."""
    return image.shape[0] / 48
