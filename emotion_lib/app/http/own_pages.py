"""Requests of other sites' pages: a browser would send them with the visitor's password."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import RequestError
from .error_answers import answer_to

# They change nothing, and a page of another site cannot read their answers.
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class OnlyOwnPages:
    """Layer that refuses what a page of another site lets a browser send.

    Programs send neither of the two headers, which no page can set. As in Go's
    ``http.CrossOriginProtection``.

    Args:
        app: that is behind it.
    """

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request, or answer it."""
        if scope["type"] == "http" and _is_of_another_site(scope):
            error = RequestError(
                "Expected a request of this server's own page, or of a program. Received: one of "
                "another site's page. Open this server's page.",
                status=403,
            )
            await answer_to(error)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _is_of_another_site(scope: Scope) -> bool:
    if scope["method"] in SAFE_METHODS:
        return False
    headers = Headers(scope=scope)
    site = headers.get("sec-fetch-site")
    if site:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")  # of older browsers, and of addresses without TLS
    if not origin:
        return False
    host = origin.partition("://")[2]
    # A proxy may put its own name into Host; a page can set neither.
    return host not in (headers.get("host"), headers.get("x-forwarded-host"))
