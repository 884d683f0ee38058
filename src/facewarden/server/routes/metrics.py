"""/metrics, for Prometheus."""

import ipaddress
from typing import Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Request, Response

from facewarden.access.principal import Permission
from facewarden.config.server import is_this_machine
from facewarden.server import metrics_page
from facewarden.server.context import ContextDep
from facewarden.server.gatekeeper import address_of
from facewarden.server.principal import Required, entry_of
from facewarden.server.problems import Forbidden

router = APIRouter(tags=["health"])

TYPE = "text/plain; version=0.0.4; charset=utf-8"
TEXT: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "Metrics."}
}


class HealthReader(Required):
    """Whoever may read health, or this machine itself where `serve --open-metrics` says so."""

    def __init__(self) -> None:
        super().__init__(Permission.HEALTH_READ)

    async def __call__(self, connection: Request, context: ContextDep) -> None:  # type: ignore[override]  # nobody may ask
        """Check who asks."""
        # The name, too: a page of somebody else's, whose name leads here (DNS rebinding), asks in
        # this machine's browser.
        near = _is_local(address_of(connection)) and is_this_machine(connection.url.hostname or "")
        if not (context.options.open_metrics and near):
            who = await super().__call__(connection, await run_sync(entry_of, connection))
            if who.scope.limited:
                raise Forbidden(
                    "metrics count all cameras and lists", expected="no limits on yours"
                )


@router.get(
    "/metrics",
    response_class=Response,
    responses=TEXT,
    dependencies=[Depends(HealthReader())],
)
def get_metrics(context: ContextDep) -> Response:
    """Return what is counted in the text format of Prometheus."""
    return Response(metrics_page.render(context), media_type=TYPE)


def _is_local(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
