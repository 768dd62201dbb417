"""``python -m emotion_lib.app``: serve the page."""

import argparse
import os
import sys

# Before Gradio and TensorFlow are imported: no usage reports, no start-up notes.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted; 2 if the model or the port cannot be had."""
    parser = argparse.ArgumentParser(prog="python -m emotion_lib.app", description="Serve the emotion lab's page.")
    parser.add_argument("--model", help="a .keras file (default: artifacts/best/model.keras)")
    parser.add_argument(
        "--class-names", type=lambda names: tuple(names.split(",")), metavar="A,B,...",
        help="what the model's outputs mean, in order; only for files not exported by this project",
    )  # fmt: skip
    parser.add_argument("--detector", help="face detector: yunet, thorough or haar (default: the best one installed)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; 0.0.0.0 opens it to the network")
    parser.add_argument("--port", type=int, default=7860, help="port to listen on (default: 7860)")
    options = parser.parse_args(arguments)

    from ..artifacts import ArtifactError
    from ..detectors import DetectorError
    from ..predictor import Predictor
    from . import ui

    try:
        predictor = Predictor.load(options.model, class_names=options.class_names, detector=options.detector)
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
            f"Expected to serve on {options.host}, port {options.port}. Received: {error} "
            "Choose a free port or this machine's own address: make app PORT=7861 HOST=127.0.0.1",
            file=sys.stderr,
        )
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
