"""``/api/v1/about``: how often the models are right, their limits, and whose work they are."""

from fastapi import APIRouter

from ..about import About, about_answer
from ..service import Service


def router(service: Service) -> APIRouter:
    """Return the route for the page's tab "About"."""
    routes = APIRouter(tags=["models"])

    @routes.get("/about")
    def about() -> About:
        """Describe the models: figures, limits, prohibited uses, licences, versions."""
        return about_answer(service.catalogue.known())

    return routes
