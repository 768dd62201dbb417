"""``/api/v1/models``: the models, and what the page needs to know."""

from dataclasses import asdict

from fastapi import APIRouter

from ...labels import EXPRESSION_COLORS
from ..catalogue import Catalogue
from ..schemas import Models
from ..service import Service
from ..settings import Settings


def router(service: Service) -> APIRouter:
    """Return the routes for models."""
    routes = APIRouter(tags=["models"])

    @routes.get("/models")
    def models() -> Models:
        """List models, detectors, colours and limits."""
        return models_answer(service.catalogue, service.settings)

    return routes


def models_answer(catalogue: Catalogue, settings: Settings) -> Models:
    """Return the answer of the route; the page that needs no server has it as a file."""
    return Models(
        models=catalogue.describe(),
        detectors=list(catalogue.detectors),
        colors=EXPRESSION_COLORS,
        limits=asdict(settings),
    )
