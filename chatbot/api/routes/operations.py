"""What operators watch: live, ready, counters."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from chatbot import wire
from chatbot.api import metrics
from chatbot.api.models import StatusOut
from chatbot.api.services import ServicesIn

router = APIRouter(tags=["operations"])

_TEXT = {"type": "string"}


@router.get("/healthz")
async def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get(
    "/readyz",
    response_model=StatusOut,
    responses={503: {"description": "Not ready to answer turns yet.", "model": StatusOut}},
)
def ready(services: ServicesIn) -> JSONResponse:
    """Whether turns can be answered, and by what."""
    status: dict[str, Any] = wire.plain(services.assistant.status())
    return JSONResponse(status, status_code=200 if status.get("ready") else 503)


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"description": "The counters.", "content": {"text/plain": {"schema": _TEXT}}}},
)
def counters(services: ServicesIn) -> Response:
    """Counters in Prometheus' text format."""
    return Response(services.metrics.text(), media_type=metrics.MEDIA_TYPE)
