"""Limit of requests per minute and client."""

import math
import time

from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import BusyError
from .asgi import client_of, path_of
from .error_answers import answer_to

# Clients that are remembered; then those who have not come for a minute are forgotten.
MAX_CLIENTS = 10_000
# Pictures of cameras: the number of cameras limits them.
UNCOUNTED = "/api/v1/live/"


class RequestsPerMinute:
    """Counts of requests per client: each may have a minute's worth at once.

    Args:
        most: requests per minute.

    Example:
        >>> limit = RequestsPerMinute(1)
        >>> limit.take("a"), limit.take("b"), limit.take("a") > 50
        (0.0, 0.0, True)
    """

    def __init__(self, most: int):
        self._most = most
        self._clients: dict[str, tuple[float, float]] = {}  # requests left, and when

    def take(self, client: str) -> float:
        """Count a request, and return the seconds to wait before it may be answered; 0: none."""
        now = time.monotonic()
        if client not in self._clients and len(self._clients) >= MAX_CLIENTS:
            self._forget(now)
        left, before = self._clients.get(client, (float(self._most), now))
        left = min(self._most, left + (now - before) * self._most / 60)
        if left < 1:
            self._clients[client] = (left, now)
            return (1 - left) * 60 / self._most
        self._clients[client] = (left - 1, now)
        return 0.0

    def _forget(self, now: float) -> None:
        recent = {}
        for client, (left, before) in self._clients.items():
            if now - before < 60:
                recent[client] = (left, before)
        # More than that within a minute is an attack by many addresses, who share nothing.
        self._clients = recent if len(recent) < MAX_CLIENTS else {}


def too_many(wait: float) -> BusyError:
    """Return the error for a client that has to wait for so many seconds."""
    return BusyError(
        "Expected fewer requests per minute from one client. Received: one more. "
        "Send it again when Retry-After has passed.",
        status=429,
        retry=math.ceil(wait),
    )


class RateLimit:
    """Layer that answers a client with too many requests by 429.

    Requests to the API, and all that send something, are counted; the files of the page are not.

    Args:
        app: that is behind it.
        limit: counts.
    """

    def __init__(self, app: ASGIApp, limit: RequestsPerMinute):
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request, or answer it."""
        wait = self._limit.take(client_of(scope)) if _is_counted(scope) else 0.0
        if wait:
            await answer_to(too_many(wait))(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _is_counted(scope: Scope) -> bool:
    if scope["type"] != "http":
        return False
    path = path_of(scope)
    if path.startswith(UNCOUNTED):
        return False
    return path.startswith("/api/") or scope["method"] not in ("GET", "HEAD", "OPTIONS")
