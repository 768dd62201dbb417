"""Limit of the bytes of any request, whatever its header says."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .error_answers import answer_to
from .errors import RequestError

# What is sent beyond the limit is read and thrown away up to so much, as a client that is still
# sending does not see the answer.
MAX_THROWN_AWAY = 100_000_000


class BodyTooLargeError(RequestError):
    """A body of too many bytes."""

    def __init__(self, most: int):
        super().__init__(
            f"Expected at most {most:,} bytes in a request. Received: more. "
            "Send fewer or smaller files.",
            status=413,
        )


class BodyLimit:
    """Layer that answers a request of too many bytes by 413.

    Args:
        app: that is behind it.
        most: bytes of a request.
    """

    def __init__(self, app: ASGIApp, most: int):
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request, or answer it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = _Body(self._most, receive, send)
        if body.claimed(scope) > self._most:
            await body.refuse(scope)
            return
        try:
            await self._app(scope, body.receive, body.send)
        except BodyTooLargeError:
            if not body.is_too_large:
                raise
        if body.is_too_large and not body.is_answered:
            await body.refuse(scope)


class _Body:
    """The body of one request, with the bytes that were read."""

    def __init__(self, most: int, receive: Receive, send: Send):
        self._most = most
        self._receive = receive
        self._send = send
        self._size = 0
        self._has_ended = False
        self.is_too_large = False
        self.is_answered = False

    def claimed(self, scope: Scope) -> int:
        """Return the length in the header; 0 if there is none."""
        for name, value in scope["headers"]:
            if name == b"content-length" and value.isdigit():
                return int(value)
        return 0

    async def receive(self) -> Message:
        message = await self._next()
        if self._size > self._most:
            self.is_too_large = True
            raise BodyTooLargeError(self._most)
        return message

    async def send(self, message: Message) -> None:
        if self.is_too_large and not self.is_answered:
            return  # the application took the error for one of its own
        self.is_answered = True
        await self._send(message)

    async def refuse(self, scope: Scope) -> None:
        while not self._has_ended and self._size < self._most + MAX_THROWN_AWAY:
            await self._next()
        await answer_to(BodyTooLargeError(self._most))(scope, self._receive, self._send)

    async def _next(self) -> Message:
        message = await self._receive()
        self._size += len(message.get("body", b""))
        self._has_ended = not message.get("more_body", False)
        return message
