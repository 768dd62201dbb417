"""Errors of requests."""

from ..errors import EmotionError


class RequestError(EmotionError, ValueError):
    """A request that is refused; its message is shown to the client, so it never names a path.

    Attributes:
        status: of the answer.
        retry: seconds after which the same request may succeed; None: it will not.
    """

    def __init__(self, message: str, status: int = 422, retry: int | None = None):
        super().__init__(message)
        self.status = status
        self.retry = retry


class BusyError(RequestError):
    """The server has too much to do; the request may be sent again after a moment."""

    def __init__(self, message: str, status: int = 503, retry: int = 1):
        super().__init__(message, status, retry)
