"""How the server and what it needs are."""

import shutil
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter

from facewarden import __version__
from facewarden.access.principal import Permission
from facewarden.api.status import Check, Doctor, Status
from facewarden.errors import FacewardenError
from facewarden.server.asking import Asker, may
from facewarden.server.context import Context

router = APIRouter(prefix="/api/v1", tags=["health"])

Reader = Annotated[Asker, may(Permission.HEALTH_READ)]
LEAST_FREE_BYTES = 1 << 30


@router.get("/status")
def get_status(asker: Reader) -> Status:
    """Tell what the server is doing."""
    context = asker.context
    return Status(
        version=__version__,
        deliveries_waiting=context.store.alerts.backlog(),
        streams=context.feed.streams,
        decode_failures=context.decoder.failures,
        jobs_running=context.jobs.running(),
    )


@router.get("/doctor")
def get_doctor(asker: Reader) -> Doctor:
    """Look whether everything is there that is needed; takes seconds the first time."""
    looks: tuple[tuple[str, Callable[[Context], str]], ...] = (
        ("models", _models),
        ("store", _store),
        ("disk", _disk),
    )
    checks = []
    for name, look in looks:
        try:
            checks.append(Check(name=name, well=True, words=look(asker.context)))
        except FacewardenError as error:
            checks.append(Check(name=name, well=False, words=str(error)))
        except OSError as error:
            checks.append(Check(name=name, well=False, words=error.strerror or "cannot be read"))
    return Doctor(
        version=__version__, well=all(check.well for check in checks), checks=tuple(checks)
    )


def _models(context: Context) -> str:
    engines = context.eyes.get().engines
    return ", ".join(f"{model} on {engine}" for model, engine in engines)


def _store(context: Context) -> str:
    waiting = context.store.alerts.backlog()
    return f"{context.store.audit.count()} audit entries, {waiting} deliveries waiting"


def _disk(context: Context) -> str:
    free = shutil.disk_usage(context.settings.store.data_dir).free
    if free < LEAST_FREE_BYTES:
        raise FacewardenError(
            "the disk is nearly full", expected="1 GiB free", found=f"{free / 2**20:.0f} MiB"
        )
    return f"{free / 2**30:.1f} GiB free"
