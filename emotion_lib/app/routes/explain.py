"""``/api/v1/explain``: why a face was read as it was."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, File, Form, HTTPException, UploadFile

from ...images import ImageError
from ...inference.explanation import NoSuchFaceError, explain
from ..answers import explanation_answer
from ..schemas import Explanation
from ..service import Service
from ..worker import Call


def router(service: Service) -> APIRouter:
    """Return the route for explanations."""
    routes = APIRouter(tags=["pictures"])

    @routes.post("/explain")
    async def explain_face(
        image: Annotated[UploadFile, File(description="A picture.")],
        face: Annotated[int, Form(ge=1, description="Number of a face in the answer of analyse.")],
        model: Annotated[
            str | None, Form(description="Name of a model; none: the default.")
        ] = None,
    ) -> Explanation:
        """Tell which parts of a face its label depends on."""
        predictor = service.predictors[model or next(iter(service.predictors))]
        content = await image.read()
        call = Call(lambda: explanation_answer(explain(predictor, content, face)))
        service.worker.submit(call)
        try:
            return await asyncio.wrap_future(call.answer)
        except (ImageError, NoSuchFaceError) as error:
            raise HTTPException(422, str(error)) from error

    return routes
