"""Folders that are ready to be pushed as Hugging Face Spaces."""

from pathlib import Path

import emotion_lib

from ...environment import require_checkout
from ...faces import blaze_model
from ...paths import best_dir
from .owned_folder import write_folder
from .requirements import pinned
from .space_card import ATTRIBUTES, Kind, card
from .write import detector_files, licences, site_files

PACKAGE = Path(emotion_lib.__file__).parent
# Parts of the library that the page never imports.
LEFT_OUT = {"benchmarks", "datasets", "evaluation", "experiments", "models", "plots", "training"}
# Packages of the system, for OpenCV and for videos with sound.
SYSTEM = "libgl1\nlibglib2.0-0\nffmpeg\n"
PYTHON = "3.11"
APP = '''"""The emotion lab as a Space: the page and its API."""

import os

# Only the proxy of the Space reaches this server.
os.environ.setdefault("FORWARDED_ALLOW_IPS", "*")

from emotion_lib.app.server import serve

if __name__ == "__main__":
    serve(
        host=os.environ.get("GRADIO_SERVER_NAME", "0.0.0.0"),
        port=int(os.environ.get("GRADIO_SERVER_PORT", "7860")),
    )
'''


def write_space(folder: Path, kind: Kind) -> int:
    """Write a Space.

    Args:
        folder: new, or written by an earlier call; a clone of the Space is possible.
        kind: "static": the page that needs no server. "gradio": the server.

    Returns:
        Number of bytes that were written.

    Raises:
        OutputFolderError: the folder holds a file of another origin.
        CheckoutError: the library is an installed package, which has no constraints.txt.
        NpmError, ArtifactError, DetectorError: see :func:`write_site`.
    """
    if kind == "static":
        files = site_files()
        files["README.md"] = card(kind, {"app_file": "index.html"}).encode()
    else:
        files = _server_files()
    files[".gitattributes"] = ATTRIBUTES.encode()
    write_folder(folder, files)
    return sum(map(len, files.values()))


def _server_files() -> dict[str, bytes]:
    """Return the files of the Space of the server by their paths."""
    require_checkout("the Space of the server, whose packages are those of constraints.txt")
    packages = pinned("app")
    found = {}
    for path in sorted(PACKAGE.rglob("*")):
        parts = path.relative_to(PACKAGE).parts
        if path.is_file() and "__pycache__" not in parts and parts[0] not in LEFT_OUT:
            found["/".join((PACKAGE.name, *parts))] = path.read_bytes()
    for path in sorted(best_dir().iterdir()):
        found[f"{PACKAGE.name}/shipped/{path.name}"] = path.read_bytes()
    # As the package would: its requirements include TensorFlow, which nothing here needs.
    for name, content in detector_files().items():
        found[f"{blaze_model.MODULE}/data/{name}"] = content
    (gradio,) = [line for line in packages if line.startswith("gradio==")]
    settings = {
        "sdk_version": gradio.partition("==")[2],
        "python_version": PYTHON,
        "app_file": "app.py",
    }
    found["app.py"] = APP.encode()
    found["requirements.txt"] = ("\n".join(packages) + "\n").encode()
    found["packages.txt"] = SYSTEM.encode()
    found["README.md"] = card("gradio", settings).encode()
    found["LICENCES.txt"] = licences().encode()
    return found
