"""Routes of the API, one module per subject."""

from ..schemas import Fault

DESCRIPTIONS = {
    401: "Name and password are missing or wrong.",
    404: "There is no such thing, or no longer.",
    409: "It is too late for that, or too early.",
    413: "The body is too large, or has too many pictures.",
    415: "The body is of another type.",
    422: "The request is malformed, or names an unknown model or detector.",
    429: "Too many requests in a minute; Retry-After says when to come again.",
    500: "An error of the server.",
    503: "The server is busy; Retry-After says when to come again.",
    507: "The disk of the server is full.",
}
# Of any route.
COMMON = (401, 422, 429, 500, 503)


def faults(*statuses: int) -> dict[int | str, dict]:
    """Return the documentation of the statuses that a route refuses requests with."""
    return {status: {"model": Fault, "description": DESCRIPTIONS[status]} for status in statuses}
