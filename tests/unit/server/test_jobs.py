import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from facewarden.access.principal import RIGHTS, Permission, Principal, Role, Scope
from facewarden.api.jobs import JobState
from facewarden.api.references import Enrolment, Outcome
from facewarden.errors import InputError
from facewarden.server.jobs import WAITING, Jobs, Progress
from facewarden.server.problems import Conflict, NotFound
from facewarden.store.database import utc_now

RIGHTS_OF_ADA = RIGHTS[Role.SUPERVISOR]
ADA = Principal(1, "ada", Role.SUPERVISOR, Scope(), RIGHTS_OF_ADA)
BOB = Principal(2, "bob", Role.SUPERVISOR, Scope(), RIGHTS_OF_ADA)


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    made = Jobs(utc_now)
    made.start()
    yield made
    made.stop()


def ended(jobs: Jobs, job_id: str) -> JobState:
    for _ in range(500):
        if jobs.get(job_id, ADA).ended_at is not None:
            return jobs.get(job_id, ADA).state
        time.sleep(0.01)
    raise AssertionError("the job did not end")


ROW = Enrolment(label="a", name="b", outcome=Outcome.ADDED)


def test_work_is_done_and_told(jobs: Jobs) -> None:
    def work(progress: Progress) -> None:
        progress.total = 2
        progress.add(ROW)
        progress.add(ROW)

    job = jobs.submit("enrolment", 1, "missing", work)
    assert ended(jobs, job.job_id) is JobState.DONE
    assert jobs.get(job.job_id, ADA).counts == {"added": 2}
    with pytest.raises(NotFound):
        jobs.get(job.job_id, BOB)
    assert jobs.all(BOB) == []


@pytest.mark.parametrize(
    ("error", "words"), [(InputError("no"), "no"), (ValueError("secret"), "a fault of facewarden")]
)
def test_a_failure_is_told_and_the_next_job_runs(jobs: Jobs, error: Exception, words: str) -> None:
    def fails(progress: Progress) -> None:
        raise error

    job = jobs.submit("enrolment", 1, "missing", fails)
    assert ended(jobs, job.job_id) is JobState.FAILED
    assert words in jobs.get(job.job_id, ADA).problem
    assert "secret" not in jobs.get(job.job_id, ADA).problem
    assert (
        ended(jobs, jobs.submit("enrolment", 1, "missing", lambda _: None).job_id) is JobState.DONE
    )


def test_a_job_can_be_cancelled_and_no_more_wait_than_may(jobs: Jobs) -> None:
    began, go = threading.Event(), threading.Event()

    def work(progress: Progress) -> None:
        began.set()
        go.wait(10)
        progress.add(ROW)
        progress.add(ROW)

    first = jobs.submit("enrolment", 1, "missing", work)
    assert began.wait(10)
    for _ in range(WAITING):
        jobs.submit("enrolment", 1, "missing", lambda _: None)
    with pytest.raises(Conflict):
        jobs.submit("enrolment", 1, "missing", lambda _: None)
    jobs.cancel(first.job_id, ADA)
    go.set()
    assert ended(jobs, first.job_id) is JobState.CANCELLED
    assert jobs.get(first.job_id, ADA).done == 1


@pytest.mark.parametrize(
    "key",
    [
        replace(ADA, permissions=RIGHTS_OF_ADA - {Permission.SUBJECT_READ}),
        replace(ADA, scope=Scope(frozenset({"barred"}))),
    ],
    ids=["may read no subject", "limited to another list"],
)
def test_a_key_of_its_owner_sees_no_more_in_it_than_elsewhere(jobs: Jobs, key: Principal) -> None:
    job = jobs.submit("enrolment", 1, "missing", lambda progress: progress.add(ROW))
    ended(jobs, job.job_id)
    assert jobs.all(key) == []
    with pytest.raises(NotFound):
        jobs.get(job.job_id, key)
    with pytest.raises(NotFound):
        jobs.cancel(job.job_id, key)
