"""Ray on this machine, or the connection to a cluster, for as long as a block runs."""

import contextlib
import logging
import os
from collections.abc import Iterator
from types import ModuleType

from .picture_sources import EngineError


@contextlib.contextmanager
def ray_session(workers: int | None) -> Iterator[ModuleType]:
    """Yield the module ``ray`` with Ray running, and stop it at the end.

    Ray that already runs in this process is used, and left running.

    Args:
        workers: number of processors to use on this machine; None: all. A cluster that RAY_ADDRESS
            names has its own number.

    Raises:
        EngineError: Ray does not start.
    """
    # Neither usage reports nor Ray's many messages.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    import ray.data

    # Errors are reported by this library.
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)
    if ray.is_initialized():
        yield ray
        return
    processors = None if os.environ.get("RAY_ADDRESS") else workers
    with _utf8_command_line(ray):
        try:
            _start(ray, processors)
        except Exception as error:  # of any type
            raise EngineError(
                f"Expected Ray to start. Received: {type(error).__name__}: {error} "
                "Try again, or use --engine local."
            ) from error
    try:
        yield ray
    finally:
        ray.shutdown()


def _start(ray: ModuleType, processors: int | None) -> None:
    """Start Ray, a second time if its processes take longer than the 30 s that it allows them.

    On a busy machine they do, and it raises a bare Exception.
    """
    options = {"num_cpus": processors, "log_to_driver": False, "logging_level": logging.ERROR}
    try:
        ray.init(**options)
    except Exception as error:
        if "timed out" not in str(error):
            raise
        ray.shutdown()
        ray.init(**options)


@contextlib.contextmanager
def _utf8_command_line(ray: ModuleType) -> Iterator[None]:
    """Let Ray record the command line as "emotion predict".

    Ray fails to start if a file name on the command line is not UTF-8. It has no public option for
    what it records. A version without this private function is left as it is.
    """
    utils = getattr(ray._private, "utils", None)
    original = getattr(utils, "get_entrypoint_name", None)
    if original is None:
        yield
        return
    utils.get_entrypoint_name = lambda: "emotion predict"
    try:
        yield
    finally:
        utils.get_entrypoint_name = original
