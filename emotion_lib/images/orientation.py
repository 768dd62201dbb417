"""Stored images that have to be turned or mirrored to be upright."""

from PIL import ExifTags, Image

Area = tuple[int, int, int, int]  # left, top, right, bottom in px

UPRIGHT = {  # EXIF orientation -> operation that turns the image upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SWAPS_AXES = (5, 6, 7, 8)
_FROM_THE_RIGHT = (2, 3, 7, 8)  # the stored x axis points against that of the upright image
_FROM_THE_BOTTOM = (3, 4, 6, 7)


def stored_spans(
    area: Area, size: tuple[int, int], orientation: int
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the spans (low, high) of x and y in a stored image of an area of the upright one."""
    left, top, right, bottom = area
    across, down = (left, right), (top, bottom)
    if orientation in SWAPS_AXES:
        across, down = down, across
    if orientation in _FROM_THE_RIGHT:
        across = (size[0] - across[1], size[0] - across[0])
    if orientation in _FROM_THE_BOTTOM:
        down = (size[1] - down[1], size[1] - down[0])
    return across, down


def upright_corner(area: Area, size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """Return where an area of a stored image begins in the upright one."""
    left, top, right, bottom = area
    x = size[0] - right if orientation in _FROM_THE_RIGHT else left
    y = size[1] - bottom if orientation in _FROM_THE_BOTTOM else top
    return (y, x) if orientation in SWAPS_AXES else (x, y)


def orientation_of(image: Image.Image) -> int:
    """Return the orientation from EXIF or XMP, or 1 if there is none or they are damaged."""
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # their parser raises many types, and the pixels are still usable
        return 1
    return orientation if orientation in UPRIGHT else 1
