"""Server of the page and of the API: start and stop."""

import gc
import os
import socket
import threading
from collections.abc import Mapping
from pathlib import Path

from ..errors import EmotionError
from ..inference.model_choice import SHORT_NAMES, model_choice
from .address import ServerError, check_certificate, listen, url
from .catalogue import ModelFile, models_here
from .service import Service
from .settings import Settings

# Before Gradio and TensorFlow are imported: no usage reports, no start-up messages.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


def serve(
    model: str | os.PathLike | None = None,
    *,
    class_names: tuple[str, ...] | None = None,
    detector: str | None = None,
    also: Mapping[str, str] | None = None,
    host: str = "127.0.0.1",
    port: int = 7860,
    settings: Settings | None = None,
    auth: tuple[str, str] | None = None,
    root_path: str = "",
    certificate: Path | None = None,
    key: Path | None = None,
    share: bool = False,
    mcp: bool = False,
) -> None:
    """Serve the page and the API until interrupted.

    Args:
        model: see :func:`emotion_lib.inference.model_choice.model_choice`. With one of its short
            names, the page offers the others too.
        class_names: names of the model's outputs, for a file that does not hold them.
        detector: name of the face detector; None: the best one that is installed.
        also: name on the page -> further model, to compare with.
        host: address to listen on.
        port: port to listen on; 0: any free one.
        settings: limits; None: the defaults.
        auth: name and password that page and API ask for.
        root_path: prefix of the address, such as "/faces", that a proxy removes from requests.
        certificate: file for TLS; None: plain HTTP.
        key: file of its private key; None: the certificate's file holds it.
        share: ask Gradio's service for a public address.
        mcp: give agents the endpoints by the Model Context Protocol.

    Raises:
        ServerError: the address cannot be used, or a file cannot be read.
        ArtifactError: there is no such model, or it cannot be loaded.
        DetectorError: there is no such detector.
    """
    root_path = _checked(root_path)
    check_certificate(certificate, key)
    if share and certificate:
        raise ServerError(
            "Expected a public address or a certificate. Received: both. The tunnel has a "
            "certificate of its own: leave out --ssl-certfile."
        )
    listener = listen(host, port)
    try:
        with listener:
            service = _service(model, class_names, detector, also or {}, settings or Settings())
            # While Gradio is imported.
            threading.Thread(target=service.warm_up, daemon=True).start()
            _run(
                service,
                listener,
                auth=auth,
                root_path=root_path,
                certificate=certificate,
                key=key,
                share=share,
                mcp=mcp,
            )
    except OSError as error:
        if isinstance(error, EmotionError):
            raise
        raise ServerError(
            f"Expected to start the page. Received: {type(error).__name__}: {error}"
        ) from error


def _checked(root_path: str) -> str:
    """Return the prefix with a slash before it and none after it."""
    root_path = root_path.strip("/")
    if "://" in root_path or any(character in root_path for character in " ?#"):
        raise ServerError(
            f"Expected a prefix of the address, such as /faces. Received: {root_path}. "
            "Leave out the host and what follows a question mark."
        )
    return f"/{root_path}" if root_path else ""


def _service(
    model: str | os.PathLike | None,
    class_names: tuple[str, ...] | None,
    detector: str | None,
    also: Mapping[str, str],
    settings: Settings,
) -> Service:
    """Return the service, with the first model loaded: a fault of it ends the start."""
    choice = model_choice(model)
    first = ModelFile(choice.file, choice.runtime, class_names)
    if choice.name in SHORT_NAMES:
        models = {choice.name: first}
        for name, other in models_here().items():
            models.setdefault(name, other)
    else:
        models = {first.record.name if first.record else choice.file.name: first}
    for name, further in also.items():
        if name in models:
            raise ServerError(
                f"Expected a name for each further model. Received: {name} twice. Choose another."
            )
        models[name] = ModelFile(*model_choice(further)[1:])
    service = Service(models, settings, detector)
    service.predictor()
    return service


def _run(
    service: Service,
    listener: socket.socket,
    *,
    auth: tuple[str, str] | None,
    root_path: str,
    certificate: Path | None,
    key: Path | None,
    share: bool,
    mcp: bool,
) -> None:
    """Serve until a signal, and end within 5 s."""
    import uvicorn

    # Gradio reads it when it is imported.
    os.environ["GRADIO_TEMP_DIR"] = str(service.uploads.folder / "gradio")
    from . import api, page, sharing
    from .http.connections import Connection
    from .stopping import StoppingServer

    application = page.mount(api.create(service, auth), service, root_path=root_path, mcp=mcp)
    config = uvicorn.Config(
        application,
        http=Connection,
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="on",
        root_path=root_path,
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )

    def clean_up() -> None:
        if share:
            sharing.close_tunnels()
        service.close()

    address = url(listener, secure=certificate is not None)
    print(f"Serving on {address} (Ctrl-C stops)", flush=True)
    if share:
        sharing.share(listener.getsockname()[1], service.uploads.folder)
    # What was loaded until now lives as long as the server: the collector need not search it. At
    # the end of the process that search takes as long as all else together.
    gc.freeze()
    try:
        StoppingServer(config, clean_up).run(sockets=[listener])
    except KeyboardInterrupt:  # uvicorn sends itself the signal again, after a graceful stop
        pass
    finally:
        clean_up()
        gc.freeze()
