"""The audit log: read, checked, exported, noted elsewhere."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Response
from fastapi.responses import StreamingResponse

from facewarden.access.principal import Permission
from facewarden.api import audit as wire
from facewarden.api.page import Page
from facewarden.govern.chain import EXPLAINED, Noted
from facewarden.notary.from_settings import notaries_from
from facewarden.notary.noting import Noting
from facewarden.server.asking import Asker, may
from facewarden.server.paging import PageDep
from facewarden.server.principal import require
from facewarden.server.problems import NotFound
from facewarden.store.audit import AuditEvent
from facewarden.store.audit_export import Receipt

router = APIRouter(prefix="/api/v1/audit", tags=["audit"])

Reader = Annotated[Asker, may(Permission.AUDIT_READ)]
_LINES: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"application/jsonl": {"schema": {"type": "string"}}}}
}
_JPEG: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get("")
def list_events(asker: Reader, wanted: PageDep) -> Page[wire.Event]:
    """List entries, the newest first."""
    last = wanted.last(int)
    rows = asker.context.store.audit.page(
        before=int(last[0]) if last else None, limit=wanted.limit + 1
    )
    return wanted.page(rows, _wire, lambda event: (event.position,))


@router.get("/head")
def get_head(asker: Reader) -> wire.Head:
    """Get position and hash of the newest entry: what to note elsewhere."""
    head = asker.context.store.audit.head()
    return wire.Head(position=head.position, hash=head.hash)


@router.post("/check")
def check_log(asker: Reader, given: wire.Check) -> wire.Outcome:
    """Check every entry, and what was noted elsewhere; 200 also where the log is broken."""
    store = asker.context.store
    noted = [Noted(one.position, one.hash) for one in given.noted]
    found = store.audit.check([*noted, *store.proof.noted()])
    fault = found.fault
    return wire.Outcome(
        intact=fault is None,
        entries=found.entries,
        head=wire.Head(position=found.position, hash=found.hash),
        broken=wire.Break(fault.kind.value) if fault else None,
        broken_at=fault.position if fault else None,
        explained=EXPLAINED[fault.kind] if fault else "",
        compared=found.compared,
        older=found.older,
    )


@router.get("/export", response_class=StreamingResponse, responses=_LINES)
def export_log(asker: Reader) -> StreamingResponse:
    """Get the whole log with its chain; `facewarden audit verify --export` checks it anywhere."""
    asker.context.store.audit.append(asker.who.login, "audit.export", "audit", {})
    return StreamingResponse(
        asker.context.store.proof.lines(),
        media_type="application/jsonl",
        headers={"Content-Disposition": 'attachment; filename="audit.jsonl"'},
    )


@router.get("/receipts")
def list_receipts(asker: Reader, wanted: PageDep) -> Page[wire.Receipt]:
    """List where and when the head was noted, the newest first."""
    last = wanted.last(int)
    rows = asker.context.store.proof.receipts(
        before=int(last[0]) if last else None, limit=wanted.limit + 1
    )
    return wanted.page(rows, _receipt, lambda one: (one.receipt_id,))


@router.post("/note")
def note_head(asker: Reader) -> wire.NotedEverywhere:
    """Note the head now at every place that the settings name."""
    settings = asker.context.settings.audit
    noting = Noting(asker.context.store, notaries_from(settings), settings.every)
    return wire.NotedEverywhere(
        places=tuple(
            wire.Noted(
                method=one.method,
                target=one.target,
                position=one.position,
                receipt=one.receipt,
                problem=one.problem,
            )
            for one in noting.now(asker.now())
        )
    )


@router.get(
    "/{position}/picture",
    response_class=Response,
    responses=_JPEG,
    # Auditors see what was done, not whose face it was.
    dependencies=[Depends(require(Permission.LOOKUP_RUN))],
)
def get_picture(asker: Reader, position: Annotated[int, Path(ge=1, le=2**63 - 1)]) -> Response:
    """Get what was searched with; that you looked is an entry of its own."""
    found = asker.context.store.audit.picture(position)
    if not found:
        raise NotFound
    return Response(found, media_type="image/jpeg")


def _wire(event: AuditEvent) -> wire.Event:
    details = dict(event.details)
    return wire.Event(
        position=event.position,
        at=event.at,
        actor=event.actor,
        action=event.action,
        object=event.object,
        origin=str(details.pop("origin", "")),
        purpose=str(details.pop("purpose", "")),
        has_picture="picture" in details,
        details=details,
        hash=event.hash,
    )


def _receipt(found: Receipt) -> wire.Receipt:
    return wire.Receipt(
        receipt_id=found.receipt_id,
        at=found.at,
        head=wire.Head(position=found.noted.position, hash=found.noted.hash),
        method=found.method,
        target=found.target,
        receipt=found.receipt,
    )
