"""Jobs: how far long work is."""

from typing import Annotated

from fastapi import APIRouter, Path

from facewarden.api.jobs import Job
from facewarden.server.context import ContextDep
from facewarden.server.principal import CurrentPrincipal

router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"])

JobId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]


@router.get("")
def list_jobs(context: ContextDep, who: CurrentPrincipal) -> list[Job]:
    """List your jobs, the newest first, without their rows."""
    return context.jobs.all(who)


@router.get("/{job_id}")
def get_job(context: ContextDep, who: CurrentPrincipal, job_id: JobId) -> Job:
    """Return one of your jobs."""
    return context.jobs.get(job_id, who)


@router.delete("/{job_id}", status_code=202)
def cancel_job(context: ContextDep, who: CurrentPrincipal, job_id: JobId) -> Job:
    """Have one of your jobs end after its present step; what is done stays done."""
    return context.jobs.cancel(job_id, who)
