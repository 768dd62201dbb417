"""``/api/v1/video``: a video in; its state, timeline and annotated copy out."""

import asyncio
import errno
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Annotated, BinaryIO, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse, StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from ..errors import RequestError
from ..http.zip_files import shown_name
from ..media.recording import Reading, table_as_json
from ..schemas import VideoAnswer
from ..service import Service
from . import faults

MULTIPART = "multipart/form-data"
# Bytes of a multipart body's frame, besides the file itself.
FRAME_BYTES = 10_000
# Seconds for which a question may wait for news, and between two looks for them.
MAX_WAIT = 20.0
LOOK_EVERY = 0.1
TYPES = {
    "timeline.csv": "text/csv; charset=utf-8",
    "timeline.json": "application/json",
    "annotated.mp4": "video/mp4",
    "annotated.webm": "video/webm",
}
FileName = Literal["timeline.csv", "timeline.json", "annotated.mp4", "annotated.webm"]
BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            MULTIPART: {
                "schema": {
                    "type": "object",
                    "required": ["video"],
                    "properties": {"video": {"type": "string", "format": "binary"}},
                }
            },
        },
    }
}


def router(service: Service) -> APIRouter:
    """Return the routes for videos."""
    routes = APIRouter(tags=["video"])
    jobs = service.jobs

    @routes.post("/video", status_code=202, openapi_extra=BODY, responses=faults(413, 507))
    async def send(
        request: Request,
        name: Annotated[str, Query(description="Of the file, for messages.")] = "",
        model: Annotated[str | None, Query(description="Name of a model.")] = None,
        detector: Annotated[str | None, Query(description="Name of a detector.")] = None,
    ) -> VideoAnswer:
        """Take a video, as the body itself or as the field ``video`` of a form."""
        jobs.check_room()
        predictor = await run_in_threadpool(service.predictor, model, detector)
        folder = service.uploads.new_folder("video")
        try:
            path = folder / "video"
            sent = await _receive(request, path, service.settings.upload_bytes)
            return jobs.add(_shown(name or sent), path, predictor)
        except BaseException:
            service.uploads.delete(folder)
            raise

    @routes.get("/video/{number}", responses=faults(404))
    async def state(
        number: str,
        request: Request,
        wait: Annotated[
            float, Query(ge=0, le=MAX_WAIT, description="Seconds to wait for news.")
        ] = 0.0,
    ) -> VideoAnswer:
        """Return the state of a video. One that nobody asks for is cancelled after a minute."""
        answer = jobs.ask(number)
        before = _news(answer)
        while wait > 0 and answer.state in ("waiting", "running") and _news(answer) == before:
            if await request.is_disconnected():
                break
            await asyncio.sleep(LOOK_EVERY)
            wait -= LOOK_EVERY
            answer = jobs.ask(number)
        return answer

    @routes.get("/video/{number}/{file}", response_class=Response, responses=faults(404, 409))
    def download(number: str, file: FileName) -> Response:
        """Return a file of a video that is done: its timeline or its annotated copy."""
        return _file_of(jobs.reading(number), file)

    @routes.delete("/video/{number}", status_code=204, responses=faults(404))
    def delete(number: str) -> None:
        """Cancel the reading, and delete the video with all that was made of it."""
        jobs.delete(number)

    return routes


def _shown(name: str | None) -> str:
    """Return the name of a file for messages."""
    return shown_name(name or "video")


def _file_of(reading: Reading, file: FileName) -> Response:
    """Return a file of a reading, under the name by which it is asked for."""
    if file == "timeline.json" and reading.table:
        width, height = reading.size
        head = {"seconds": reading.seconds, "width": width, "height": height}
        disposition = {"Content-Disposition": f'attachment; filename="{file}"'}
        rows = table_as_json(reading.table, head)
        return StreamingResponse(rows, media_type=TYPES[file], headers=disposition)
    paths = {path.name: path for path in (reading.table, reading.copy) if path}
    if file not in paths or not paths[file].is_file():
        raise RequestError(
            f"Expected a file of this video. Received: {file}, which it does not have. "
            "Its state lists them.",
            status=404,
        )
    return FileResponse(paths[file], media_type=TYPES[file], filename=file)


def _news(answer: VideoAnswer) -> tuple:
    """Return what a visitor wants to hear of at once: all but the seconds that were read."""
    return answer.state, answer.place, answer.preview


async def _receive(request: Request, path: Path, most: int) -> str | None:
    """Write the video of a request to a file, and return its name, if it has one.

    Raises:
        RequestError: there is none, or it is too large.
    """
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    claimed = request.headers.get("content-length", "")
    if claimed.isdigit() and int(claimed) > most + FRAME_BYTES:
        raise _too_large(most)
    try:
        with path.open("xb") as file:
            name = await _write(request, file, most, kind)
            size = file.tell()
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise RequestError(
            "Expected room for the video. Received: a full disk. Try it again later.", status=507
        ) from error
    if not size:
        raise RequestError(
            "Expected a video as the body, or as the field video of a form. Received: nothing. "
            "Choose a file."
        )
    return name


async def _write(request: Request, file: BinaryIO, most: int, kind: str) -> str | None:
    if kind == MULTIPART:
        return await _receive_form(request, file, most)
    async for chunk in _limited(request, most):
        await run_in_threadpool(file.write, chunk)
    return None


async def _receive_form(request: Request, file: BinaryIO, most: int) -> str | None:
    stream = _limited(request, most + FRAME_BYTES)
    try:
        # A file above 1 MB is a nameless temporary file until it is copied.
        form = await MultiPartParser(request.headers, stream, max_files=1, max_fields=9).parse()
    except MultiPartException as error:
        raise RequestError(
            f"Expected a form with one file. Received: {error.message} See /docs."
        ) from error
    try:
        video = form.get("video")
        if not isinstance(video, UploadFile):
            raise RequestError("Expected a file in the field video. Received: none. Choose a file.")
        while chunk := await video.read(2**20):
            await run_in_threadpool(file.write, chunk)
        return video.filename
    finally:
        await form.close()


async def _limited(request: Request, most: int) -> AsyncGenerator[bytes, None]:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            raise _too_large(most)
        yield chunk


def _too_large(most: int) -> RequestError:
    return RequestError(
        f"Expected a video of at most {most / 1e6:.0f} MB. Received: a larger one. "
        "Make it smaller: ffmpeg -i IN -vf scale=-2:720 OUT.mp4",
        status=413,
    )
