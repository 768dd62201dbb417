"""Files that appear whole or not at all, and what is said when they cannot be written."""

import errno
import os
from pathlib import Path


class ArtifactError(RuntimeError):
    """A run or model that is missing, damaged or not fit for what was asked."""


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text)
    os.replace(temporary, path)


def unwritable(path: Path, error: OSError) -> ArtifactError:
    """The error that says what kept a file from being written, and what to do."""
    what_to_do = "Free some space" if error.errno == errno.ENOSPC else "Choose a place you may write to"
    return ArtifactError(
        f"Expected to be able to write {path}. Received: {error.strerror or error}. {what_to_do}, or set ARTIFACTS_DIR."
    )
