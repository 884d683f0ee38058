"""Whether the server is alive and ready, for supervisors and load balancers; nothing more."""

from fastapi import APIRouter, Response

from facewarden.api.health import Live, Ready
from facewarden.errors import FacewardenError
from facewarden.server.context import ContextDep
from facewarden.server.principal import for_anyone

router = APIRouter(prefix="/health", tags=["health"], dependencies=[for_anyone])


@router.get("/live")
async def live() -> Live:
    """Tell that the process answers."""
    return Live()


@router.get("/ready", responses={503: {"model": Ready}})
def ready(context: ContextDep, response: Response) -> Ready:
    """Tell whether what is needed to serve is there; 503 where it is not."""
    try:
        context.store.watchlists.version()
    except FacewardenError:
        response.status_code = 503
        return Ready(status="not ready", store=False)
    return Ready(status="ready", store=True)
