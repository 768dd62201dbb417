"""The contract of a converted model: what it takes and gives, as it travels with the file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .writing import ArtifactError

MADE_BY = "emotion export"


@dataclass(frozen=True)
class Contract:
    """What a converted model takes and gives.

    Attributes:
        class_names: the meaning of its outputs, in order.
        input_shape: height, width and channels of one face.
        keras_sha256: SHA-256 of the ``.keras`` file of the same model; None if there is none, as
            for a model that got another scaling.

    Example:
        >>> Contract(("happy", "sad"), (48, 48, 1)).to_json()["input"]["values"]
        'gray pixels, 0 to 255'
    """

    class_names: tuple[str, ...]
    input_shape: tuple[int, int, int]
    keras_sha256: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the contract as a JSON object."""
        colour = "gray" if self.input_shape[2] == 1 else "RGB"
        return {
            "made_by": MADE_BY,
            "class_names": list(self.class_names),
            "input": {
                "shape": ["n", *self.input_shape],
                "dtype": "float32",
                "values": f"{colour} pixels, 0 to 255",
            },
            "output": {
                "shape": ["n", len(self.class_names)],
                "dtype": "float32",
                "values": "one probability per class",
            },
            "keras_sha256": self.keras_sha256,
        }

    @classmethod
    def from_json(cls, content: Any) -> "Contract":
        """Return the contract in a JSON object.

        Raises:
            ArtifactError: it is none.
        """
        try:
            if not isinstance(content, Mapping) or content["made_by"] != MADE_BY:
                raise ValueError("not made by emotion export")
            names = content["class_names"]
            _, height, width, channels = content["input"]["shape"]
            if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
                raise ValueError(f"class names {names}")
            shape = (int(height), int(width), int(channels))
            return cls(tuple(names), shape, content.get("keras_sha256"))
        except (KeyError, TypeError, ValueError) as error:
            raise ArtifactError(
                f"Expected the contract of an exported model. Received: {error}. Export it again."
            ) from error
