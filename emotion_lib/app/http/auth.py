"""HTTP Basic authentication of page and API."""

import base64
import hmac

from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import RequestError
from .asgi import client_of, path_of
from .error_answers import answer_to
from .rate_limit import RequestsPerMinute, too_many

# Of what watches whether the server is alive, and has no password.
OPEN = "/healthz"


class BasicAuth:
    """Layer that asks for a name and a password.

    Args:
        app: that is behind it.
        credentials: name and password.
        limit: counts requests without them, so that nobody tries one password after the other.
    """

    def __init__(self, app: ASGIApp, credentials: tuple[str, str], limit: RequestsPerMinute):
        self._app = app
        self._expected = b"Basic " + base64.b64encode(":".join(credentials).encode())
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request, or answer it."""
        if scope["type"] == "lifespan" or path_of(scope) == OPEN or self._is_allowed(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self._refuse(scope, receive, send)

    def _is_allowed(self, scope: Scope) -> bool:
        given = b""
        for name, value in scope["headers"]:
            if name == b"authorization":
                given = value
        scheme, _, code = given.partition(b" ")
        # Its time does not depend on where they differ.
        return hmac.compare_digest(scheme.title() + b" " + code.strip(), self._expected)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        wait = self._limit.take(client_of(scope))
        if wait:
            answer = answer_to(too_many(wait))
        else:
            answer = answer_to(
                RequestError(
                    "Expected the name and password of this server. Received: none, or others. "
                    "Send them by HTTP Basic authentication.",
                    status=401,
                )
            )
            answer.headers["WWW-Authenticate"] = 'Basic realm="Emotion lab", charset="UTF-8"'
        await answer(scope, receive, send)
