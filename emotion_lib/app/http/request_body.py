"""Bodies of requests: read in memory within limits, never written to disk, as pictures."""

import base64
import binascii
import sys
from collections.abc import AsyncGenerator, Callable

from fastapi import Request
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from ..errors import BusyError, RequestError
from ..schemas import JsonRequest
from ..settings import Settings
from .error_answers import faults_of
from .zip_files import Source, is_zip, members, shown_name

MULTIPART = "multipart/form-data"
JSON = "application/json"


class BodiesInMemory:
    """Bytes of all bodies that are in memory, so that many large uploads cannot fill it."""

    def __init__(self, most: int):
        self._most = most
        self._used = 0

    def share(self) -> "Share":
        """Return the share of one request; it is given back at the end of its ``with`` block."""
        return Share(self)

    def take(self, size: int) -> None:
        """Count bytes; negative ones were freed.

        Raises:
            BusyError: together they are too many.
        """
        if size > 0 and self._used + size > self._most:
            raise BusyError(
                "Expected fewer large uploads at the same time. Received: one more. "
                "Send it again in some seconds.",
                retry=5,
            )
        self._used += size


class Share:
    """The part of a request in :class:`BodiesInMemory`."""

    def __init__(self, bodies: BodiesInMemory):
        self._bodies = bodies
        self._size = 0

    def __enter__(self) -> "Share":
        return self

    def __exit__(self, *error: object) -> None:
        self._bodies.take(-self._size)

    def take(self, size: int) -> None:
        """Count bytes of this request."""
        self._bodies.take(size)
        self._size += size


class PicturesRequest:
    """Pictures of a request, and what is asked of them.

    Attributes:
        sources: the pictures, those in zip files included.
        model, detector, threshold: None: the default.
    """

    def __init__(
        self,
        sources: list[Source],
        model: str | None,
        detector: str | None,
        threshold: float | None,
    ):
        self.sources = sources
        self.model = model
        self.detector = detector
        self.threshold = threshold


async def pictures_of(request: Request, settings: Settings, share: Share) -> PicturesRequest:
    """Read the pictures of a request, multipart or JSON.

    Raises:
        RequestError: the body is too large, of another type or form, or has too many pictures.
    """
    if _kind(request) == JSON:
        stream = _counted(request, share)
        body = b"".join([chunk async for chunk in stream])
        asked = await run_in_threadpool(_json, body)
    else:
        sources, fields = await form_of(request, settings, share)
        asked = PicturesRequest(
            sources,
            fields.get("model"),
            fields.get("detector"),
            _probability(fields.get("threshold")),
        )
    # 200 MB of base64 take a second, in which nobody else would be answered.
    asked.sources = await run_in_threadpool(_without_zips, asked.sources, settings)
    return asked


async def form_of(
    request: Request, settings: Settings, share: Share, field: str = "images"
) -> tuple[list[Source], dict[str, str]]:
    """Read a form with files.

    Args:
        request: with a multipart body.
        settings: limits.
        share: counts the body.
        field: of the files.

    Returns:
        The files, and the text of each other field.

    Raises:
        RequestError: the body is too large, or no such form.
    """
    kind = _kind(request)
    if kind != MULTIPART:
        raise RequestError(
            f"Expected a body of the type {MULTIPART}. Received: {kind[:80] or 'none'}. "
            "/docs lists the types of each route.",
            status=415,
        )
    stream = _counted(request, share)
    most = settings.images_per_request
    try:
        form = await _InMemory(request.headers, stream, max_files=most, max_fields=20).parse()
    except MultiPartException as error:
        raise RequestError(
            f"Expected a form of at most {most} files. Received: {error.message} See /docs."
        ) from error
    sources = []
    fields = {}
    for name, value in form.multi_items():
        if not isinstance(value, UploadFile):
            fields[name] = value
        elif name == field and (value.filename or value.size):
            # An empty field of a form in a browser is no file.
            sources.append(Source(shown_name(value.filename or ""), value.file.read))
    return sources, fields


async def one_file(
    request: Request, settings: Settings, share: Share, field: str
) -> tuple[Source, dict[str, str]]:
    """Read a form with one file, see :func:`form_of`."""
    sources, fields = await form_of(request, settings, share, field)
    if len(sources) != 1:
        raise RequestError(
            f"Expected one file in the field {field}. Received: {len(sources)}. Send one."
        )
    return sources[0], fields


def _kind(request: Request) -> str:
    return request.headers.get("content-type", "").split(";")[0].strip().lower()


async def _counted(request: Request, share: Share) -> AsyncGenerator[bytes, None]:
    """Yield the body, as long as there is room for it."""
    async for chunk in request.stream():
        share.take(len(chunk))
        yield chunk


class _InMemory(MultiPartParser):
    """Starlette's parser, which would write files of more than 1 MB to disk."""

    spool_max_size = sys.maxsize


def _probability(text: str | None) -> float | None:
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise RequestError(
            f"Expected a threshold from 0 to 1. Received: {text[:80]!r}. Leave it out for the "
            "model's own."
        )
    return value


def _json(body: bytes) -> PicturesRequest:
    try:
        asked = JsonRequest.model_validate_json(body)
    except ValidationError as error:
        raise faults_of(error) from error
    sources = [Source(shown_name(one.name), _decoder(one.content)) for one in asked.images]
    return PicturesRequest(sources, asked.model, asked.detector, asked.threshold)


def _decoder(content: str) -> Callable[[], bytes]:
    return lambda: _decoded(content)


def _decoded(content: str) -> bytes:
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise RequestError(
            f"Expected the content of a picture in base64. Received: {error}. Encode the file's "
            "bytes."
        ) from error


def _without_zips(sources: list[Source], settings: Settings) -> list[Source]:
    """Return the pictures, with zip files replaced by what is in them.

    Raises:
        RequestError: there are no pictures, or too many.
    """
    pictures: list[Source] = []
    for source in sources:
        pictures += _unpacked(source, settings)
    if not pictures:
        raise RequestError("Expected files in the field images. Received: none. Add a picture.")
    if len(pictures) > settings.images_per_request:
        raise RequestError(
            f"Expected at most {settings.images_per_request} pictures in a request, those in zip "
            f"files included. Received: {len(pictures)}. Send them in several requests.",
            status=413,
        )
    return pictures


def _unpacked(source: Source, settings: Settings) -> list[Source]:
    """Return a picture itself, the members of a zip file, or one that raises why it has none."""
    try:
        content = source.read()
        if is_zip(content):
            return members(source.name, content, settings)
    except RequestError as error:
        return [Source(source.name, _raiser(error))]
    return [Source(source.name, lambda: content)]


def _raiser(error: RequestError) -> Callable[[], bytes]:
    def read() -> bytes:
        raise error

    return read
