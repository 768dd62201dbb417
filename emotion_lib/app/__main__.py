"""``python -m emotion_lib.app``: serve the page."""

import argparse
import os
import socket
import sys

# Before Gradio and TensorFlow are imported: no usage reports, no start-up notes.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted; return 2 if the model or the address cannot be had."""
    parser = argparse.ArgumentParser(
        prog="python -m emotion_lib.app", description="Serve the emotion lab's page."
    )
    parser.add_argument("--model", help="a .keras file (default: artifacts/best/model.keras)")
    parser.add_argument(
        "--class-names", type=lambda names: tuple(names.split(",")), metavar="A,B,...",
        help="what the model's outputs mean, in order; only for files not exported by this project",
    )  # fmt: skip
    parser.add_argument(
        "--detector",
        help="face detector: yunet, thorough or haar (default: the best one installed)",
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on; 0.0.0.0 opens it to the network"
    )
    parser.add_argument("--port", type=int, default=7860, help="port to listen on (default: 7860)")
    options = parser.parse_args(arguments)

    try:
        _check_address(options.host, options.port)
    except (OSError, OverflowError, UnicodeError) as error:
        print(
            f"Expected to serve on {options.host}, port {options.port}. Received: {str(error).rstrip('.')}. "
            "Choose a free port or this machine's own address: make app PORT=7861 HOST=127.0.0.1",
            file=sys.stderr,
        )
        return 2

    from ..artifacts import ArtifactError
    from ..faces.detectors import DetectorError
    from ..inference.predictor import Predictor
    from . import ui

    try:
        predictor = Predictor.load(
            options.model, class_names=options.class_names, detector=options.detector
        )
        page = ui.build(predictor)
        page.launch(
            server_name=options.host,
            server_port=options.port,
            quiet=True,
            show_error=True,
            max_file_size="500mb",
            prevent_thread_lock=True,
            **ui.LOOK,
        )
        print(f"Serving on http://{options.host}:{options.port} (Ctrl-C stops)", flush=True)
        page.block_thread()
    except (ArtifactError, DetectorError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(
            f"Expected to start the page. Received: {type(error).__name__}: {error}",
            file=sys.stderr,
        )
        return 2
    return 0


def _check_address(host: str, port: int) -> None:
    """Bind an address for a moment, as the server only says later that it could not.

    Raises:
        OSError: the port is taken or not allowed, or the host is not of this machine.
        OverflowError: no port has this number.
        UnicodeError: no host has this name.
    """
    for name in (host.strip("[]"), "127.0.0.1"):  # Gradio wants the port on 127.0.0.1 too
        family, kind, protocol, _, address = socket.getaddrinfo(
            name, None, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            if os.name == "posix":  # elsewhere it would let two servers share a port
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address[0], port, *address[2:]))


if __name__ == "__main__":
    sys.exit(main())
