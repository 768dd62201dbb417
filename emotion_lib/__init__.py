"""The emotion lab: facial-expression recognition that is re-run rather than believed.

Importing the package costs nothing; each module loads what it needs when it is imported:

    from emotion_lib import datasets, training          # the lab
    from emotion_lib.inference.predictor import Predictor          # the field
"""

__version__ = "0.1.0"
