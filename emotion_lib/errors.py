"""Base of the library's errors: what the user can mend, with a message that says how."""


class EmotionError(Exception):
    """Error that the user can mend; its message says what was expected, what came and what to do.

    The command line prints the message without a traceback and ends with exit status 2.
    """
