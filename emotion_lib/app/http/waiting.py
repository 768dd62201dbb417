"""Work on a request that ends when the client has gone or the time is over."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from fastapi import Request

from ..errors import BusyError, RequestError

Answer = TypeVar("Answer")


async def unless_gone(
    request: Request, work: Coroutine[Any, Any, Answer], seconds: float
) -> Answer:
    """Return what work returns; it is cancelled when the client closes the connection.

    Args:
        request: whose body has been read.
        work: on it.
        seconds: that it may take.

    Raises:
        BusyError: the time is over.
        RequestError: the client has gone; nobody receives the answer.
    """
    working = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_until_gone(request))
    try:
        await asyncio.wait({working, gone}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        if gone.done():
            raise RequestError("Expected a client that waits. Received: none.", status=499)
        raise BusyError(
            f"Expected an answer within {seconds:g} seconds. Received: none yet. Send fewer or "
            "smaller pictures, or come again later.",
            retry=5,
        )
    finally:
        working.cancel()
        gone.cancel()


async def _until_gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
