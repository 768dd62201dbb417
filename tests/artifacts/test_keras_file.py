"""Model files: exported, loaded and refused."""

import json
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from emotion_lib import artifacts
from emotion_lib.artifacts import ArtifactError
from emotion_lib.labels import SEVEN_EXPRESSIONS

LOADED_BY_PLAIN_KERAS = """
import sys, keras, numpy as np
model = keras.models.load_model(sys.argv[1])
assert "emotion_lib" not in sys.modules
print(np.asarray(model(np.full((1, 48, 48, 1), 77, "uint8"))).tolist())
"""


def test_exported_model_predicts_the_same_and_knows_its_classes(model_file, small_model, dataset):
    model, names = artifacts.load_model(model_file)
    images = dataset.test.images[..., None]
    expected = small_model.predict(images, verbose=0)
    np.testing.assert_allclose(model.predict(images, verbose=0), expected, atol=1e-6)
    assert names == SEVEN_EXPRESSIONS


def test_exported_model_loads_without_this_library(model_file, small_model):
    pixels = np.full((1, 48, 48, 1), 77, np.uint8)
    answer = subprocess.run(
        [sys.executable, "-c", LOADED_BY_PLAIN_KERAS, str(model_file)],
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
    )
    expected = np.asarray(small_model(pixels))
    np.testing.assert_allclose(json.loads(answer.stdout), expected, atol=1e-6)


def test_export_refuses_names_that_do_not_fit(small_model, tmp_path):
    with pytest.raises(ArtifactError, match="one class name per output"):
        artifacts.export(small_model, tmp_path / "m.keras", ("a", "b"))
    with pytest.raises(ArtifactError, match="class names that differ"):
        artifacts.export(small_model, tmp_path / "m.keras", ("a",) * 7)
    assert not (tmp_path / "m.keras").exists()


def test_export_to_a_place_that_cannot_be_written(small_model, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ArtifactError, match="ARTIFACTS_DIR"):
        artifacts.export(small_model, tmp_path / "file" / "m.keras", SEVEN_EXPRESSIONS)


def test_a_file_that_is_not_a_model_is_refused(tmp_path):
    with pytest.raises(ArtifactError, match="no such file"):
        artifacts.load_model(tmp_path / "none.keras")
    text = tmp_path / "text.keras"
    text.write_text("not a model")
    with pytest.raises(ArtifactError, match="of another format"):
        artifacts.load_model(text)
    with zipfile.ZipFile(tmp_path / "zip.keras", "w") as archive:
        archive.writestr("hello.txt", "a zip, but no model")
    with pytest.raises(ArtifactError, match="cannot load"):
        artifacts.load_model(tmp_path / "zip.keras")
