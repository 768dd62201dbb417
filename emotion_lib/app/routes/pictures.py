"""``/api/v1/analyse``: pictures in, faces with probabilities out."""

from fastapi import APIRouter, Request, Response

from ..http.request_body import JSON, MULTIPART, pictures_of
from ..http.waiting import unless_gone
from ..schemas import Analysis, JsonRequest
from ..service import Service
from . import faults

# The body is read by hand, as FastAPI would write files of more than 1 MB to disk.
FORM = {
    "type": "object",
    "required": ["images"],
    "properties": {
        "images": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "string", "format": "binary"},
            "description": "Pictures, and zip files of pictures.",
        },
        "model": {"type": "string", "description": "Name of a model."},
        "detector": {"type": "string", "description": "Name of a detector."},
        "threshold": {"type": "number", "minimum": 0, "maximum": 1},
    },
}


def _json_schema() -> dict:
    """Return the schema of the JSON body, with that of a picture in its place."""
    schema = JsonRequest.model_json_schema()
    schema["properties"]["images"]["items"] = schema.pop("$defs")["JsonPicture"]
    return schema


BODY = {
    "required": True,
    "content": {MULTIPART: {"schema": FORM}, JSON: {"schema": _json_schema()}},
}


def router(service: Service) -> APIRouter:
    """Return the routes for pictures."""
    routes = APIRouter(tags=["pictures"])

    @routes.post(
        "/analyse",
        response_model=Analysis,
        responses=faults(413, 415),
        openapi_extra={"requestBody": BODY},
    )
    async def analyse(request: Request) -> Response:
        """Find and read the faces of pictures; each picture has a status of its own."""
        with service.bodies.share() as share:
            asked = await pictures_of(request, service.settings, share)
            work = service.analyse(asked.sources, asked.model, asked.detector, asked.threshold)
            analysis = await unless_gone(request, work, service.settings.seconds_per_request)
        # FastAPI would check every number of it again.
        return Response(analysis.model_dump_json(), media_type=JSON)

    return routes
