"""``/api/v1/preview``: a JPEG of a picture that browsers cannot show, such as HEIC or TIFF."""

import asyncio
from io import BytesIO
from typing import Annotated

from fastapi import APIRouter, File, HTTPException, Response, UploadFile
from PIL import Image

from ...images import ImageError, Picture
from ..service import Service

# px of the longer side: the photographs of a phone stay as they are.
MAX_SIDE = 4096


def router(service: Service) -> APIRouter:
    """Return the route for previews."""
    routes = APIRouter(tags=["pictures"])

    @routes.post(
        "/preview",
        response_class=Response,
        responses={200: {"content": {"image/jpeg": {}}}},
    )
    async def preview(
        image: Annotated[UploadFile, File(description="A picture.")],
    ) -> Response:
        """Return the upright picture as a JPEG of at most 4096 px."""
        content = await image.read()
        try:
            jpeg = await asyncio.to_thread(_jpeg, content)
        except ImageError as error:
            raise HTTPException(422, str(error)) from error
        return Response(jpeg, media_type="image/jpeg")

    return routes


def _jpeg(content: bytes) -> bytes:
    with Picture(content) as picture:
        pixels = picture.whole(MAX_SIDE).pixels
    file = BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=90)
    return file.getvalue()
