"""The server's FastAPI application: the API, the stage's files, and the page."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from .. import __version__
from . import error_answers
from .routes import about, explain, live, models, pictures, preview, videos
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


def create(service: Service) -> FastAPI:
    """Return the API over a service, without the page."""

    @asynccontextmanager
    async def lifespan(api: FastAPI) -> AsyncIterator[None]:
        yield
        service.close()

    api = FastAPI(title="Emotion lab", version=__version__, lifespan=lifespan)
    error_answers.install(api)
    for router in ROUTERS:
        api.include_router(router(service), prefix="/api/v1")
    api.mount("/stage", StaticFiles(directory=STAGE), name="stage")
    api.mount("/examples", StaticFiles(directory=EXAMPLES), name="examples")
    return api
