"""``/api/v1/explain``: why a face was read as it was."""

from fastapi import APIRouter, Request

from ...images import ImageError, Picture
from ...inference.explanation import NoSuchFaceError, explain
from ...inference.predictor import Predictor
from ..answers import explanation_answer
from ..errors import RequestError
from ..http.request_body import MULTIPART, one_file
from ..http.waiting import unless_gone
from ..http.zip_files import Source
from ..schemas import Explanation
from ..service import Service
from . import faults

FORM = {
    "type": "object",
    "required": ["image"],
    "properties": {
        "image": {"type": "string", "format": "binary", "description": "A picture."},
        "face": {
            "type": "integer",
            "minimum": 1,
            "default": 1,
            "description": "Number of a face in the answer of analyse.",
        },
        "model": {"type": "string", "description": "Name of a model."},
        "detector": {"type": "string", "description": "Name of a detector."},
    },
}
BODY = {"required": True, "content": {MULTIPART: {"schema": FORM}}}


def router(service: Service) -> APIRouter:
    """Return the route for explanations."""
    routes = APIRouter(tags=["pictures"])

    @routes.post(
        "/explain",
        responses=faults(413, 415),
        openapi_extra={"requestBody": BODY},
    )
    async def explain_face(request: Request) -> Explanation:
        """Tell which parts of a face its label depends on."""
        with service.bodies.share() as share:
            source, fields = await one_file(request, service.settings, share, "image")
            number = _number(fields.get("face", "1"))
            predictor = await service.catalogue.loaded(fields.get("model"), fields.get("detector"))
            work = service.worker.call(lambda: _explanation(service, predictor, source, number))
            return await unless_gone(request, work, service.settings.seconds_per_request)

    return routes


def _number(text: str) -> int:
    if not text.isdecimal() or not 1 <= len(text) <= 6:
        raise RequestError(f"Expected a number from 1 for face. Received: {text[:80]!r}.")
    return int(text)


def _explanation(
    service: Service, predictor: Predictor, source: Source, number: int
) -> Explanation:
    try:
        with Picture(source.read(), name=source.name) as picture:
            service.settings.check_pixels(picture.stored_size, source.name)
            return explanation_answer(explain(predictor, picture, number))
    except (ImageError, NoSuchFaceError) as error:
        raise RequestError(str(error)) from error
