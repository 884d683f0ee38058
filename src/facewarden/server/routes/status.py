"""How the server and what it needs are."""

import shutil
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter

from facewarden import __version__
from facewarden.access.principal import Permission
from facewarden.api.status import Check, Doctor, Sink, Status
from facewarden.errors import FacewardenError
from facewarden.server.asking import Asker, may
from facewarden.server.problems import Forbidden
from facewarden.store.sink_queues import SinkQueue

router = APIRouter(prefix="/api/v1", tags=["health"])

Reader = Annotated[Asker, may(Permission.HEALTH_READ)]
LEAST_FREE_BYTES = 1 << 30


@router.get("/status")
def get_status(asker: Reader) -> Status:
    """Tell what the server is doing."""
    context = asker.context
    # What all lists together do would tell of those that somebody may not see.
    return Status(
        version=__version__,
        deliveries_waiting=None if asker.who.scope.limited else context.store.alerts.backlog(),
        streams=context.feed.streams,
        decode_failures=context.decoder.failures,
        jobs_running=context.jobs.running(),
    )


@router.get("/sinks")
def list_sinks(asker: Reader) -> list[Sink]:
    """Tell how each sink does; for those who are not limited, since all lists share them."""
    if asker.who.scope.limited:
        raise Forbidden("sinks take the alerts of all lists", expected="no limits on yours")
    store = asker.context.store
    queues = {one.sink: one for one in store.alerts.queues()}
    configured = {sink.name: sink.type for sink in asker.context.settings.sinks}
    told = asker.who.may(Permission.ALERT_READ)
    return [
        _sink(name, configured.get(name), queues.get(name), told=told)
        for name in sorted(configured.keys() | queues.keys())
    ]


@router.get("/doctor")
def get_doctor(asker: Reader) -> Doctor:
    """Look whether everything is there that is needed; takes seconds the first time."""
    looks: tuple[tuple[str, Callable[[Asker], str]], ...] = (
        ("models", _models),
        ("store", _store),
        ("disk", _disk),
    )
    checks = []
    for name, look in looks:
        try:
            checks.append(Check(name=name, well=True, words=look(asker)))
        except FacewardenError as error:
            checks.append(Check(name=name, well=False, words=str(error)))
        except OSError as error:
            checks.append(Check(name=name, well=False, words=error.strerror or "cannot be read"))
    return Doctor(
        version=__version__, well=all(check.well for check in checks), checks=tuple(checks)
    )


def _sink(name: str, kind: str | None, queue: SinkQueue | None, *, told: bool) -> Sink:
    problem = queue.problem if queue is not None else ""
    return Sink(
        name=name,
        type=kind or "",
        waiting=queue.waiting if queue is not None else 0,
        waiting_since=queue.waiting_since if queue is not None else None,
        last_delivered_at=queue.last_delivered_at if queue is not None else None,
        # A receiver's answer may repeat whom the alert names.
        last_problem=problem if told or not problem else "for those to read who read alerts",
        retry_at=queue.retry_at if queue is not None else None,
    )


def _models(asker: Asker) -> str:
    engines = asker.context.eyes.get().engines
    return ", ".join(f"{model} on {engine}" for model, engine in engines)


def _store(asker: Asker) -> str:
    store = asker.context.store
    entries, waiting = store.audit.count(), store.alerts.backlog()
    if asker.who.scope.limited:
        return "it answers"
    return f"{entries} audit entries, {waiting} deliveries waiting"


def _disk(asker: Asker) -> str:
    free = shutil.disk_usage(asker.context.settings.store.data_dir).free
    if free < LEAST_FREE_BYTES:
        raise FacewardenError(
            "the disk is nearly full", expected="1 GiB free", found=f"{free / 2**20:.0f} MiB"
        )
    return f"{free / 2**30:.1f} GiB free"
