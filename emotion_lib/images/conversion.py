"""PIL images of any mode as RGB pixels."""

import os

import numpy as np
from PIL import Image

# Pixels that are converted at a time, so that a conversion takes little memory.
STRIP_PIXELS = 2_000_000
# Pillow keeps pixels in blocks of 16 MB, which the C library may hold back when they are freed: 300
# MB of a PNG file of 96 megapixels. Blocks of more than 32 MB it returns to the system at once.
BLOCK_BYTES = 2**26
if "PILLOW_BLOCK_SIZE" not in os.environ:  # Pillow's own setting
    Image.core.set_block_size(BLOCK_BYTES)


def to_rgb(image: Image.Image) -> Image.Image:
    """Return an image as RGB, transparency laid on white."""
    if image.mode == "La":  # gray with premultiplied alpha can become RGBA only through LA
        image = image.convert("LA")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    # Converting to the same mode would copy it: 0.4 GB for 100 megapixels.
    return image if image.mode == "RGB" else image.convert("RGB")


def to_array(image: Image.Image) -> np.ndarray:
    """Return the pixels of an RGB image, copied in strips: at once takes three times the memory."""
    width, height = image.size
    rows = max(1, STRIP_PIXELS // width)
    if rows >= height:
        return np.ascontiguousarray(image)
    pixels = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        pixels[top:bottom] = np.asarray(image.crop((0, top, width, bottom)))
    return pixels
