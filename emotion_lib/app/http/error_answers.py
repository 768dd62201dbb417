"""Answers to requests that fail: every one is ``{"detail": "Expected ... Received: ..."}``."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from ..errors import RequestError

UNEXPECTED = (
    "Expected to answer. Received: an unexpected error on the server. Send the request again; if "
    "it fails again, tell the people who run this server."
)


def answer_to(error: RequestError) -> JSONResponse:
    """Return the answer that tells a client of an error."""
    headers = {} if error.retry is None else {"Retry-After": str(error.retry)}
    return JSONResponse({"detail": str(error)}, error.status, headers)


def faults_of(error: ValidationError | RequestValidationError) -> RequestError:
    """Return the error for a request whose form is wrong."""
    faults = []
    for fault in error.errors()[:3]:
        place = ".".join(str(part) for part in fault["loc"])
        faults.append(f"{place}: {fault['msg']}" if place else fault["msg"])
    return RequestError(
        f"Expected a request as /docs describes it. Received: {'; '.join(faults)}. Correct it."
    )


def install(api: FastAPI) -> None:
    """Let an application answer every error as ``{"detail": "Expected ... Received: ..."}``."""

    @api.exception_handler(RequestError)
    async def refused(request: Request, error: RequestError) -> JSONResponse:
        return answer_to(error)

    @api.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> JSONResponse:
        return answer_to(faults_of(error))

    @api.exception_handler(HTTPException)
    async def unknown(request: Request, error: HTTPException) -> JSONResponse:
        detail = (
            f"Expected a route of this server. Received: {request.method} {request.url.path}: "
            f"{error.detail}. /docs lists the routes."
        )
        return JSONResponse({"detail": detail}, error.status_code, error.headers)

    @api.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> JSONResponse:
        # The server logs the traceback; its text may hold paths, which are nobody's business.
        return JSONResponse({"detail": UNEXPECTED}, 500)
