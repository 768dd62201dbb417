"""``/api/v1/models``: the models and what the page needs to know about them."""

from collections.abc import Mapping

from fastapi import APIRouter

from ...inference.predictor import Predictor
from ...labels import EXPRESSION_COLORS
from ..about import reliability
from ..service import Service


def router(service: Service) -> APIRouter:
    """Return the routes for models."""
    routes = APIRouter(tags=["models"])

    @routes.get("/models")
    def models() -> dict:
        """List the models."""
        return models_answer(service.predictors)

    return routes


def models_answer(predictors: Mapping[str, Predictor]) -> dict:
    """Return the answer of the route; the page that needs no server has it as a file.

    Args:
        predictors: by their names; the first one is the default.
    """
    found = []
    for name, predictor in predictors.items():
        found.append(
            {
                "name": name,
                "class_names": predictor.class_names,
                "threshold": predictor.threshold,
                "detector": predictor.detector.name,
                "accuracy": _accuracy(predictor),
                "reliability": _reliability(predictor),
            }
        )
    return {"models": found, "colors": EXPRESSION_COLORS}


def _accuracy(predictor: Predictor) -> float | None:
    """Return the accuracy on FER-2013's test images; None if the record does not hold it."""
    record = predictor.record
    if record is None or record.data.name != "fer2013":
        return None
    return round(record.metrics.test.accuracy, 4)


def _reliability(predictor: Predictor) -> list[dict]:
    return [part.model_dump(by_alias=True) for part in reliability(predictor.record)]
