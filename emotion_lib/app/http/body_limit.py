"""Limits of the bytes of any request, whatever its header says, and of the time that they take."""

import asyncio
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import RequestError
from .error_answers import answer_to

# What is sent beyond the limit is read and thrown away up to so much, as a client that is still
# sending does not see the answer.
MAX_THROWN_AWAY = 100_000_000
# Bytes per second that a client has to send, after the time that any request has: a tenth of what
# a slow telephone manages. Otherwise a byte now and then would hold memory for ever.
MIN_RATE = 10_000


class BodyTooLargeError(RequestError):
    """A body of too many bytes."""

    def __init__(self, most: int):
        super().__init__(
            f"Expected at most {most:,} bytes in a request. Received: more. "
            "Send fewer or smaller files.",
            status=413,
        )


class BodyTooSlowError(RequestError):
    """A body that comes too slowly."""

    def __init__(self, seconds: float):
        super().__init__(
            f"Expected a request within {seconds:g} seconds, or {MIN_RATE:,} bytes per second of a "
            "longer one. Received: fewer. Send it again over a faster connection.",
            status=408,
        )


class BodyLimit:
    """Layer that answers a request of too many bytes by 413, and one that is too slow by 408.

    Args:
        app: that is behind it.
        most: bytes of a request.
        seconds: to wait for the body, besides those for its bytes at :data:`MIN_RATE`.
    """

    def __init__(self, app: ASGIApp, most: int, seconds: float):
        self._app = app
        self._most = most
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request, or answer it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = _Body(self._most, self._seconds, receive, send)
        if body.claimed(scope) > self._most:
            body.fault = BodyTooLargeError(self._most)
        else:
            try:
                await self._app(scope, body.receive, body.send)
            except Exception:
                if body.fault is None:
                    raise
        if body.fault and not body.is_answered:
            await body.refuse(scope)


class _Body:
    """The body of one request, with the bytes that were read and the seconds of waiting for them.

    The seconds in which the application reads nothing do not count.
    """

    def __init__(self, most: int, seconds: float, receive: Receive, send: Send):
        self._most = most
        self._seconds = seconds
        self._receive = receive
        self._send = send
        self._size = 0
        self._waited = 0.0
        self._has_ended = False
        self.fault: RequestError | None = None
        self.is_answered = False

    def claimed(self, scope: Scope) -> int:
        """Return the length in the header; 0 if there is none."""
        for name, value in scope["headers"]:
            if name == b"content-length" and value.isdigit():
                return int(value)
        return 0

    async def receive(self) -> Message:
        if self._has_ended:  # the application waits for the end of the connection
            return await self._receive()
        message = await self._next()
        if self._size > self._most:
            self.fault = BodyTooLargeError(self._most)
            raise self.fault
        return message

    async def send(self, message: Message) -> None:
        if self.fault and not self.is_answered:
            return  # the application took the error for one of its own
        self.is_answered = True
        await self._send(message)

    async def refuse(self, scope: Scope) -> None:
        try:
            while not self._has_ended and self._size < self._most + MAX_THROWN_AWAY:
                await self._next()
        except BodyTooSlowError:
            pass
        answer = answer_to(self.fault)
        if not self._has_ended:
            answer.headers["Connection"] = "close"
        await answer(scope, self._receive, self._send)

    async def _next(self) -> Message:
        before = time.monotonic()
        left = self._seconds + self._size / MIN_RATE - self._waited
        try:
            async with asyncio.timeout(max(0.0, left)):
                message = await self._receive()
        except TimeoutError:
            self.fault = self.fault or BodyTooSlowError(self._seconds)
            raise BodyTooSlowError(self._seconds) from None
        self._waited += time.monotonic() - before
        self._size += len(message.get("body", b""))
        self._has_ended = not message.get("more_body", False)
        return message
