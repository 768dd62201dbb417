"""``/healthz``, ``/readyz`` and ``/metrics``: for what watches the server."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from ..errors import BusyError
from ..schemas import Health
from ..service import Service
from . import faults


def router(service: Service) -> APIRouter:
    """Return the routes for what watches the server."""
    routes = APIRouter(tags=["server"])

    @routes.get("/healthz")
    async def alive() -> Health:
        """Answer as long as the server is alive."""
        return Health(status="alive")

    @routes.get("/readyz", responses=faults(503))
    async def ready() -> Health:
        """Tell whether the next picture would be read: the model is loaded, the queue not full."""
        if not service.is_warm:
            raise BusyError("Expected a loaded model. Received: it is being loaded. Wait for it.")
        if service.worker.is_full:
            raise BusyError("Expected room in the queue. Received: it is full. Wait for it.")
        return Health(status="ready")

    @routes.get(
        "/metrics",
        response_class=Response,
        responses={200: {"content": {"text/plain": {}}}},
    )
    def metrics() -> Response:
        """Return the server's figures for Prometheus; none of them is about a person."""
        return Response(generate_latest(service.metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return routes
