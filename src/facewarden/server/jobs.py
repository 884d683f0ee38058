"""Long work beside the requests: one at a time, with progress, for whoever asked for it."""

import logging
import queue
import threading
from collections import Counter, deque
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from facewarden.access.principal import Permission, Principal
from facewarden.api.jobs import Job, JobState
from facewarden.api.references import Enrolment
from facewarden.errors import FacewardenError
from facewarden.server.problems import Conflict, NotFound

log = logging.getLogger("facewarden.server.jobs")

WAITING: Final = 4
"""Jobs that may wait; each may hold an uploaded archive on the disk."""
ENDED: Final = 50
"""Jobs of one person that are told of after their end: each has up to 500 rows."""
ROWS: Final = 500
KEPT: Final = timedelta(days=1)


class Cancelled(Exception):
    """The owner wants the work to end: no fault, and caught here."""


@dataclass(slots=True)
class Progress:
    """What a job's work tells of itself; written by its thread, read by others."""

    job_id: str
    kind: str
    user_id: int
    watchlist: str
    made_at: datetime
    state: JobState = JobState.WAITING
    total: int = 0
    done: int = 0
    problem: str = ""
    ended_at: datetime | None = None
    rows: deque[Enrolment] = field(default_factory=lambda: deque(maxlen=ROWS))
    counts: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)
    wanted: bool = True

    def add(self, row: Enrolment) -> None:
        """Tell that one more step is done.

        Raises:
            Cancelled: no more of them are wanted.
        """
        with self.lock:
            self.done += 1
            self.rows.append(row)
            self.counts[row.outcome.value] += 1
        if not self.wanted:
            raise Cancelled

    def told(self) -> Job:
        """Return how it stands."""
        with self.lock:
            return Job(
                job_id=self.job_id,
                kind=self.kind,
                state=self.state,
                done=self.done,
                total=self.total,
                problem=self.problem,
                made_at=self.made_at,
                ended_at=self.ended_at,
                rows=tuple(self.rows),
                counts=dict(self.counts),
            )


Work = Callable[[Progress], None]


class Jobs:
    """The jobs of one server; they are lost with it, what they did stays.

    Args:
        clock: what time it is, UTC.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._jobs: dict[str, Progress] = {}
        self._queue: queue.Queue[Callable[[], None] | None] = queue.Queue()
        self._thread = threading.Thread()

    def start(self) -> None:
        """Begin to work."""
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Cancel what is under way, and end."""
        with self._lock:
            for job in self._jobs.values():
                job.wanted = False
        self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join(30)

    def submit(
        self,
        kind: str,
        user_id: int,
        watchlist: str,
        work: Work,
        ended: Callable[[], None] = lambda: None,
    ) -> Job:
        """Have work done on a watchlist, for a user.

        Args:
            ended: called once the work has ended, however it did; not when it is refused here.

        Raises:
            Conflict: too much is waiting.
        """
        now = self._clock()
        with self._lock:
            self._forget(user_id, now)
            if sum(job.ended_at is None for job in self._jobs.values()) > WAITING:
                raise Conflict("too much work is waiting", remedy="try again when some is done")
            job = Progress(uuid4().hex, kind, user_id, watchlist, now)
            self._jobs[job.job_id] = job
        # In the context of whoever asked: what it does is audited as done by them.
        context = copy_context()
        self._queue.put(lambda: context.run(self._do, job, work, ended))
        return job.told()

    def get(self, job_id: str, who: Principal) -> Job:
        """Return a job of theirs, whose rows name subjects.

        Raises:
            NotFound: they have no such job.
        """
        return self._of(job_id, who).told()

    def all(self, who: Principal) -> list[Job]:
        """Return their jobs, newest first, without their rows."""
        with self._lock:
            mine = [job for job in self._jobs.values() if _exists_for(job, who)]
        told = [job.told().model_copy(update={"rows": ()}) for job in mine]
        return sorted(told, key=lambda job: (job.made_at, job.job_id), reverse=True)

    def cancel(self, job_id: str, who: Principal) -> Job:
        """Have a job end after its present step; what is done stays done."""
        job = self._of(job_id, who)
        job.wanted = False
        return job.told()

    def running(self) -> int:
        """Return how many are not ended."""
        with self._lock:
            return sum(job.ended_at is None for job in self._jobs.values())

    def _of(self, job_id: str, who: Principal) -> Progress:
        with self._lock:
            job = self._jobs.get(job_id)
        if job is None or not _exists_for(job, who):
            raise NotFound
        return job

    def _run(self) -> None:
        while (work := self._queue.get()) is not None:
            work()

    def _forget(self, user_id: int, now: datetime) -> None:
        """Leave out what ended long ago, and the oldest of somebody who has many."""
        old = [job for job in self._jobs.values() if job.ended_at and now - job.ended_at > KEPT]
        theirs = [job for job in self._jobs.values() if job.ended_at and job.user_id == user_id]
        for job in (*old, *theirs[: -(ENDED - 1)]):
            self._jobs.pop(job.job_id, None)

    def _do(self, job: Progress, work: Work, ended: Callable[[], None]) -> None:
        job.state = JobState.RUNNING
        state, problem = JobState.DONE, ""
        try:
            if job.wanted:
                work(job)
            else:
                state = JobState.CANCELLED
        except Cancelled:
            state = JobState.CANCELLED
        except FacewardenError as error:
            state, problem = JobState.FAILED, str(error)
        except Exception:  # the next job must run
            log.exception("a job failed: %s", job.kind)
            state, problem = JobState.FAILED, "this is a fault of facewarden"
        ended()
        with job.lock:
            job.state, job.problem, job.ended_at = state, problem, self._clock()


def _exists_for(job: Progress, who: Principal) -> bool:
    """Tell whether a job is theirs, by this credential and as they are now.

    A key that may read no subject must not read what a job of its owner says of them.
    """
    return (
        job.user_id == who.user_id
        and who.may(Permission.SUBJECT_READ)
        and who.sees_watchlist(job.watchlist)
    )
