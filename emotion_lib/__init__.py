"""Facial-expression recognition that is re-run rather than believed.

The public names are imported when they are first used: ``import emotion_lib`` takes a few
milliseconds and loads neither TensorFlow nor Keras.

Example:
    >>> from emotion_lib import Predictor
    >>> for face in Predictor.load().predict("photo.jpg"):
    ...     print(face.label, face.face.box)
"""

import lazy_loader

__version__ = "0.7.0"

# The names are in __init__.pyi, which type checkers and editors read too.
_public_name, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str):
    try:
        return _public_name(name)
    except ImportError as error:
        from .environment import explained

        raise explained(error) from error
