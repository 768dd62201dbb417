"""The base class of the library's errors, and the error of an unfit model."""


class EmotionError(Exception):
    """Error that the user can correct.

    The message says what was expected, what was received and what to do.

    The command line prints the message without a traceback and ends with exit status 2.

    Example:
        >>> from emotion_lib import Predictor
        >>> try:
        ...     Predictor.load("no_such_model.keras")
        ... except EmotionError as error:
        ...     print(type(error).__name__)
        ArtifactError
    """


class ModelError(EmotionError, ValueError):
    """Error of a model that does not fit its purpose: its inputs, outputs or class names."""
