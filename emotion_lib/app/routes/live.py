"""``/api/v1/live``: pictures of a camera in, one after the other; faces out."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool

from ...images import ImageError, Picture
from ..errors import RequestError
from ..media.cameras import Camera
from ..schemas import CameraAnswer, Moment
from ..service import Service
from . import faults

# Of one picture. The page sends 640 px in about 40,000 bytes.
MAX_BYTES = 2_000_000
MAX_PIXELS = 4_000_000
JPEG = b"\xff\xd8"
BODY = {
    "requestBody": {
        "required": True,
        "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
    }
}


def router(service: Service) -> APIRouter:
    """Return the routes for cameras."""
    routes = APIRouter(tags=["live"])
    cameras = service.cameras

    @routes.post("/live")
    def start(
        model: Annotated[str | None, Query(description="Name of a model.")] = None,
        detector: Annotated[str | None, Query(description="Name of a detector.")] = None,
    ) -> CameraAnswer:
        """Begin with a camera: its faces keep their numbers from picture to picture."""
        camera = cameras.open(service.predictor(model, detector))
        return CameraAnswer(id=camera.id, idle_seconds=cameras.idle)

    @routes.post("/live/{number}", openapi_extra=BODY, responses=faults(404, 409, 413))
    async def read(
        number: str,
        request: Request,
        time_s: Annotated[
            float, Query(ge=0, le=1e9, description="When it was taken, on any clock.")
        ],
    ) -> Moment:
        """Read the next picture. One that comes after a later one is left out (409)."""
        camera = cameras.get(number)
        content = bytearray()
        async for chunk in request.stream():
            content += chunk
            if len(content) > MAX_BYTES:
                raise _too_large()
        return await run_in_threadpool(_read, camera, bytes(content), time_s)

    @routes.delete("/live/{number}", status_code=204, responses=faults(404))
    def end(number: str) -> None:
        """End with a camera, which makes room for another."""
        cameras.close(number)

    return routes


def _read(camera: Camera, content: bytes, time_s: float) -> Moment:
    if not content.startswith(JPEG):  # other formats are decoded before their size is known
        raise RequestError("Expected a JPEG picture. Received: another kind of content.")
    try:
        with Picture(content, name="the camera's picture") as picture:
            width, height = picture.stored_size
            if width * height > MAX_PIXELS:
                raise _too_large()
            image = picture.pixels()
    except ImageError as error:
        raise RequestError(str(error)) from error
    return camera.read(image, time_s)


def _too_large() -> RequestError:
    return RequestError(
        f"Expected a picture of at most {MAX_PIXELS / 1e6:.0f} megapixels and "
        f"{MAX_BYTES / 1e6:.0f} MB. Received: a larger one. Send it smaller.",
        status=413,
    )
