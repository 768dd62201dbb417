"""A web server that ends within seconds after a signal, whatever still runs."""

import os
import threading
from collections.abc import Callable
from types import FrameType

import uvicorn

# Requests have so long to end; what still runs then is cancelled.
REQUESTS_END_S = 3
# A thread that computes cannot be cancelled: then the process ends without it.
ALL_ENDS_S = 4.5


class StoppingServer(uvicorn.Server):
    """A server that ends in time.

    Args:
        config: of uvicorn.
        clean_up: is called once more before a process ends whose threads do not.
    """

    def __init__(self, config: uvicorn.Config, clean_up: Callable[[], None]):
        config.timeout_graceful_shutdown = REQUESTS_END_S
        super().__init__(config)
        self._clean_up = clean_up

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop, at a signal."""
        if not self.should_exit:
            timer = threading.Timer(ALL_ENDS_S, self._end)
            timer.daemon = True
            timer.start()
        super().handle_exit(sig, frame)

    def _end(self) -> None:
        try:
            self._clean_up()
        finally:
            os._exit(0)
