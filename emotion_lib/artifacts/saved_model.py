"""Model files of runs: Keras models and scikit-learn classifiers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from .keras_file import export
from .protocols import DatasetLike


class SavedModel(NamedTuple):
    """A model file, and how the model was computed."""

    file: Path
    parameters: int
    input_shape: Sequence[int]
    precision: str
    backend: str


def save_model(model: Any, folder: Path, dataset: DatasetLike) -> SavedModel:
    """Save a Keras model as ``model.keras``, or a scikit-learn classifier as ``model.joblib``.

    Args:
        model: the model; class names that belong to its outputs are saved with it.
        folder: where the file is written.
        dataset: the data set with these class names.

    Raises:
        ArtifactError: the file cannot be written.
    """
    if hasattr(model, "n_features_in_"):
        return _save_classical(model, folder, dataset)
    return _save_keras(model, folder, dataset)


def _save_keras(model: Any, folder: Path, dataset: DatasetLike) -> SavedModel:
    import keras

    return SavedModel(
        file=export(model, folder / "model.keras", dataset.class_names),
        parameters=model.count_params(),
        input_shape=model.input_shape[1:],
        precision=keras.config.dtype_policy().name,
        backend=keras.backend.backend(),
    )


def _save_classical(classifier: Any, folder: Path, dataset: DatasetLike) -> SavedModel:
    import joblib

    file = folder / "model.joblib"
    joblib.dump({"classifier": classifier, "class_names": dataset.class_names}, file, compress=3)
    return SavedModel(
        file=file,
        parameters=_fitted_values(classifier),
        input_shape=(classifier.n_features_in_,),
        precision="float64",
        backend="scikit-learn",
    )


def _fitted_values(classifier: Any) -> int:
    """Return how many numbers fitting has set: scikit-learn ends the names of these in "_"."""
    steps = [classifier]
    if hasattr(classifier, "steps"):
        steps = [step for _, step in classifier.steps]
    count = 0
    for step in steps:
        for name, value in vars(step).items():
            if name.endswith("_") and hasattr(value, "size"):
                count += value.size
    return count
