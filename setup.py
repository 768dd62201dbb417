"""The step that pyproject.toml cannot state: a wheel carries the shipped model.

The model is in artifacts/best, where experiments promote it to, and in no second place of the
repository. An installed package has it in emotion_lib/shipped (see emotion_lib/paths.py). An
editable installation reads the checkout's.
"""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

MODEL = Path("artifacts/best")
FILES = ("model.keras", "model.tflite", "model.int8.tflite", "run.json", "MODEL_CARD.md")


class BuildWithModel(build_py):
    """Build step that copies the shipped model into the package."""

    def run(self):
        """Copy the modules, then the model."""
        if not self.editable_mode:
            # Modules that were deleted since an earlier build would be in the wheel again.
            shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()
        if not self.editable_mode:
            folder = Path(self.build_lib, "emotion_lib", "shipped")
            folder.mkdir()
            for name in FILES:
                shutil.copy(MODEL / name, folder / name)


setup(cmdclass={"build_py": BuildWithModel})
