"""The routes of jobs."""

from facewarden.api.jobs import Job
from facewarden.client.connection import Connection


class Jobs:
    """The routes of jobs; errors are those of `client.errors`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list_jobs(self) -> list[Job]:
        """List your jobs, the newest first, without their rows."""
        return self._connection.call(list[Job], "GET", "/api/v1/jobs")

    def get_job(self, job_id: str) -> Job:
        """Return one of your jobs."""
        return self._connection.call(Job, "GET", "/api/v1/jobs/{job_id}", {"job_id": job_id})

    def cancel_job(self, job_id: str) -> Job:
        """Have one of your jobs end after its present step; what is done stays done."""
        return self._connection.call(Job, "DELETE", "/api/v1/jobs/{job_id}", {"job_id": job_id})
