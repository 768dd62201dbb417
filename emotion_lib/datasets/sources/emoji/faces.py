"""The happy and sad emoji of a source as arrays.

Happy and sad emoji are listed by code point. Unicode's own subgroups would not do: they put yawning
and surprise beside the worried faces, the sweating smile beside the happy ones, and pensive beside
the sleepy ones.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...dataset import DataError, Split
from .drawings import Drawings

CLASS_NAMES = ("happy", "sad")
# Left out as neither or both: kisses, irony (upside down, smirk), smiles with sweat or a tear,
# sleep, fear, surprise.
HAPPY = (
    "1F600", "1F601", "1F602", "1F603", "1F604", "1F606", "1F607", "1F609", "1F60A", "1F60B",
    "1F60D", "1F60E", "1F61B", "1F61C", "1F61D", "1F642", "1F913", "1F917", "1F920", "1F923",
    "1F929", "1F970", "1F973", "263A-FE0F", "1F638", "1F639", "1F63A", "1F63B",
)  # fmt: skip
SAD = (
    "1F613", "1F614", "1F615", "1F616", "1F61E", "1F61F", "1F622", "1F623", "1F625", "1F626",
    "1F627", "1F629", "1F62B", "1F62D", "1F630", "1F641", "2639-FE0F", "1F63F", "1F97A", "1F979",
)  # fmt: skip


@dataclass(frozen=True)
class Emoji:
    """Images of emoji with their labels and origin.

    Attributes:
        images: uint8 ``(n, size, size)`` gray on white.
        labels: int64 ``(n,)`` into :data:`CLASS_NAMES`.
        code_points: str ``(n,)``, such as "1F600": the same for every vendor's image of one emoji.
        vendors: str ``(n,)``.
    """

    images: np.ndarray
    labels: np.ndarray
    code_points: np.ndarray
    vendors: np.ndarray

    def __len__(self) -> int:
        return len(self.images)

    def take(self, index: np.ndarray) -> "Emoji":
        """Return some of the rows.

        Args:
            index: integers, or a bool mask.
        """
        return Emoji(
            self.images[index], self.labels[index], self.code_points[index], self.vendors[index]
        )

    def split(self, index: np.ndarray) -> Split:
        """Return some of the rows as a :class:`Split`, see :meth:`take`."""
        return Split(self.images[index], self.labels[index])


def read(
    source: str | os.PathLike | None = None,
    vendors: Sequence[str] | None = None,
    image_size: int = 48,
) -> Emoji:
    """Return all happy and sad emoji of a source.

    Args:
        source: folder or zip with ``emoji.json`` and ``img/<vendor>/64/``; None: the embedded
            selection.
        vendors: the vendors to read, such as ("google", "twitter"); None: all of the source.
        image_size: px per side; transparency is laid on white.

    Raises:
        DataError: there is no such source, it has another layout, a vendor is unknown, or nothing
            in it is happy or sad.
    """
    images = []
    labels = []
    code_points = []
    origins = []
    with Drawings(source) as drawings:
        available = drawings.vendors()
        chosen = tuple(vendors or available)
        unknown = sorted(set(chosen) - set(available))
        if unknown:
            raise DataError(
                f"Expected vendors among {available} in {drawings.path}. Received: {unknown}."
            )
        for entry in drawings.entries():
            if entry["unified"] not in HAPPY + SAD:
                continue
            for vendor in chosen:
                image = drawings.image(vendor, entry, image_size)
                if image is not None:
                    images.append(image)
                    labels.append(int(entry["unified"] in SAD))
                    code_points.append(entry["unified"])
                    origins.append(vendor)
    if len(set(labels)) < 2:
        raise DataError(
            f"Expected happy and sad emoji in {drawings.path}. Received: {len(images)} pictures."
        )
    return Emoji(
        np.stack(images), np.array(labels, np.int64), np.array(code_points), np.array(origins)
    )
