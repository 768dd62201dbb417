"""The server's FastAPI application: the API, the stage's files, and the page."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from .. import __version__
from .http import error_answers
from .http.auth import BasicAuth
from .http.body_limit import BodyLimit
from .http.metrics import Measuring
from .http.own_pages import OnlyOwnPages
from .http.rate_limit import RateLimit, RequestsPerMinute
from .http.safe_headers import SafeHeaders
from .routes import (
    COMMON,
    about,
    docs,
    explain,
    faults,
    health,
    live,
    models,
    pictures,
    preview,
    videos,
)
from .service import Service

STAGE = Path(__file__).parent / "stage"
EXAMPLES = Path(__file__).parent / "examples"
ROUTERS = (
    pictures.router,
    preview.router,
    explain.router,
    models.router,
    about.router,
    videos.router,
    live.router,
)


def create(service: Service, auth: tuple[str, str] | None = None) -> FastAPI:
    """Return the API over a service, without the page.

    Args:
        service: models, worker and limits.
        auth: name and password that everything but ``/healthz`` asks for, the page too.
    """

    @asynccontextmanager
    async def lifespan(api: FastAPI) -> AsyncIterator[None]:
        yield
        service.close()

    api = FastAPI(
        title="Emotion lab",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,  # they load scripts from another host
        redoc_url=None,
    )
    error_answers.install(api)
    _add_layers(api, service, auth)
    for router in ROUTERS:
        api.include_router(router(service), prefix="/api/v1", responses=faults(*COMMON))
    for router in (health.router, docs.router):
        api.include_router(router(service), responses=faults(401, 429, 500))
    api.mount("/stage", StaticFiles(directory=STAGE), name="stage")
    api.mount("/examples", StaticFiles(directory=EXAMPLES), name="examples")
    return api


def _add_layers(api: FastAPI, service: Service, auth: tuple[str, str] | None) -> None:
    """Add what each request passes through, the innermost first."""
    limit = RequestsPerMinute(service.settings.requests_per_minute)
    settings = service.settings
    api.add_middleware(BodyLimit, most=settings.upload_bytes, seconds=settings.seconds_per_request)
    api.add_middleware(OnlyOwnPages)
    api.add_middleware(RateLimit, limit=limit)
    if auth:
        api.add_middleware(BasicAuth, credentials=auth, limit=limit)
    api.add_middleware(Measuring, metrics=service.metrics)
    api.add_middleware(SafeHeaders)
