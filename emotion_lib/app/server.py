"""Server of the page."""

import os
import socket
from pathlib import Path

from ..errors import EmotionError

# Before Gradio and TensorFlow are imported: no usage reports, no start-up messages.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


class ServerError(EmotionError, OSError):
    """An address that cannot be served, or a page that cannot be started."""


def serve(
    model: Path | None = None,
    *,
    class_names: tuple[str, ...] | None = None,
    detector: str | None = None,
    host: str = "127.0.0.1",
    port: int = 7860,
) -> None:
    """Serve the page until interrupted.

    Args:
        model: a .keras file; None: the shipped model.
        class_names: names of the model's outputs, for a file that does not hold them.
        detector: name of the face detector; None: the best one that is installed.
        host: address to listen on.
        port: port to listen on.

    Raises:
        ServerError: the address cannot be used, or a file of the page cannot be read.
        ArtifactError: there is no such model, or it cannot be loaded.
        DetectorError: there is no such detector.
    """
    _check_address(host, port)
    import uvicorn

    from ..inference.predictor import Predictor
    from . import api, page
    from .service import Service

    try:
        predictor = Predictor.load(model, class_names=class_names, detector=detector)
        application = page.mount(api.create(Service({"best": predictor})))
    except OSError as error:
        if isinstance(error, EmotionError):
            raise
        raise ServerError(
            f"Expected to start the page. Received: {type(error).__name__}: {error}"
        ) from error
    print(f"Serving on http://{host}:{port} (Ctrl-C stops)", flush=True)
    uvicorn.run(application, host=host, port=port, log_level="warning")


def _check_address(host: str, port: int) -> None:
    """Bind an address for a moment: the server itself reports only later that it could not.

    Raises:
        ServerError: the port is taken, not allowed or no port number, or this machine has no such
            address.
    """
    try:
        for name in (host.strip("[]"), "127.0.0.1"):  # Gradio needs the port on 127.0.0.1 too
            _bind(name, port)
    except (OSError, OverflowError, UnicodeError) as error:
        raise ServerError(
            f"Expected to serve on {host}, port {port}. Received: {str(error).rstrip('.')}. "
            "Choose a free port, or an address of this machine: --port 7861 --host 127.0.0.1 "
            "(make app PORT=7861 HOST=127.0.0.1)"
        ) from error


def _bind(name: str, port: int) -> None:
    found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    family, kind, protocol, _, address = found[0]
    with socket.socket(family, kind, protocol) as probe:
        if os.name == "posix":  # on other systems this option would let two servers share a port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((address[0], port, *address[2:]))
