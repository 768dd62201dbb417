"""Metrics of a model's scores on a split, with confidence intervals."""

import lazy_loader

from ..environment import require

require("keras")

# The names stand in __init__.pyi. They are imported when they are first used: comparing recorded
# scores needs no Keras, whose import takes most of the time.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
