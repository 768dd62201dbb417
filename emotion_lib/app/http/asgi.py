"""What the layers around the application have in common.

They are plain ASGI: Starlette's BaseHTTPMiddleware would run a task and a queue for each request.
"""

from starlette.types import Scope


def path_of(scope: Scope) -> str:
    """Return the path of a request without the prefix that a proxy has."""
    return scope["path"].removeprefix(scope.get("root_path", "")) or "/"


def client_of(scope: Scope) -> str:
    """Return the address of a client, as far as it is known."""
    client = scope.get("client")
    return client[0] if client else "unknown"
