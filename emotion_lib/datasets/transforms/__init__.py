"""Changes to images and labels on the CPU, for any backend: degradation, framing and mixing.

A transform of batches is a callable of ``(images, labels, rng, epoch)`` that returns images and
labels; :class:`emotion_lib.datasets.batches.Batches` applies it. The simulated camera shift
(:func:`shifted`) between FER-2013's faces and those of other cameras consists of the same parts, so
that a model can be evaluated on it without test data.
"""

from .corruptions import CORRUPTIONS, STRENGTHS, corrupted
from .degradation import Degradation, Framing
from .mixing import ByHead, Mixing, one_hot
from .sequence import Sequence
from .splits import resized, shifted

__all__ = [
    "CORRUPTIONS",
    "STRENGTHS",
    "ByHead",
    "Degradation",
    "Framing",
    "Mixing",
    "Sequence",
    "corrupted",
    "one_hot",
    "resized",
    "shifted",
]
