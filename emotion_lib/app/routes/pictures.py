"""``/api/v1/analyse``: pictures in, faces with probabilities out."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, File, Form, UploadFile

from ..schemas import Analysis
from ..service import Service
from ..worker import Task


def router(service: Service) -> APIRouter:
    """Return the routes for pictures."""
    routes = APIRouter(tags=["pictures"])

    @routes.post("/analyse")
    async def analyse(
        images: Annotated[list[UploadFile], File(description="One or more pictures.")],
        model: Annotated[
            str | None, Form(description="Name of a model; none: the default.")
        ] = None,
    ) -> Analysis:
        """Find and read the faces of pictures."""
        name = model or next(iter(service.predictors))
        predictor = service.predictors[name]
        pictures = [(image.filename or "picture", await image.read()) for image in images]
        task = Task(predictor, pictures, predictor.threshold)
        service.worker.submit(task)
        results = await asyncio.wrap_future(task.answer)
        return Analysis(
            model=name,
            detector=predictor.detector.name,
            class_names=list(predictor.class_names),
            threshold=predictor.threshold,
            results=results,
        )

    return routes
