"""``/api/v1/preview``: a JPEG of a picture that browsers cannot show, such as HEIC or TIFF."""

from io import BytesIO

from fastapi import APIRouter, Request, Response
from PIL import Image

from ...images import ImageError, Picture
from ..errors import RequestError
from ..http.request_body import MULTIPART, one_file
from ..http.waiting import unless_gone
from ..http.zip_files import Source
from ..service import Service
from ..settings import Settings
from . import faults

# px of the longer side: the photographs of a phone stay as they are.
MAX_SIDE = 4096
FORM = {
    "type": "object",
    "required": ["image"],
    "properties": {
        "image": {"type": "string", "format": "binary", "description": "A picture."},
    },
}
BODY = {"required": True, "content": {MULTIPART: {"schema": FORM}}}


def router(service: Service) -> APIRouter:
    """Return the route for previews."""
    routes = APIRouter(tags=["pictures"])
    settings = service.settings

    @routes.post(
        "/preview",
        response_class=Response,
        responses=faults(413, 415) | {200: {"content": {"image/jpeg": {}}}},
        openapi_extra={"requestBody": BODY},
    )
    async def preview(request: Request) -> Response:
        """Return the upright picture as a JPEG of at most 4096 px."""
        with service.bodies.share() as share:
            source, _ = await one_file(request, settings, share, "image")
            work = service.worker.call(lambda: _jpeg(source, settings))
            jpeg = await unless_gone(request, work, settings.seconds_per_request)
        return Response(jpeg, media_type="image/jpeg")

    return routes


def _jpeg(source: Source, settings: Settings) -> bytes:
    try:
        with Picture(source.read(), name=source.name) as picture:
            settings.check_pixels(picture.stored_size, source.name)
            pixels = picture.whole(MAX_SIDE).pixels
    except ImageError as error:
        raise RequestError(str(error)) from error
    file = BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=90)
    return file.getvalue()
