"""The audit log: read, checked, exported, noted elsewhere."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import StringConstraints

from facewarden.access.principal import Permission
from facewarden.api import audit as wire
from facewarden.api.page import Page
from facewarden.api.wire import UtcTime
from facewarden.api.words import LINE
from facewarden.govern.chain import EXPLAINED, Noted
from facewarden.notary.from_settings import notaries_from
from facewarden.notary.noting import Noting
from facewarden.server.asking import Asker, may
from facewarden.server.paging import PageDep
from facewarden.server.principal import require
from facewarden.server.problems import NotFound
from facewarden.store.audit import AuditEvent
from facewarden.store.audit_export import Receipt
from facewarden.store.audit_filter import AuditWanted

router = APIRouter(prefix="/api/v1/audit", tags=["audit"])

Reader = Annotated[Asker, may(Permission.AUDIT_READ)]
Word = Annotated[str, StringConstraints(max_length=LINE)]


def wanted_entries(
    actor: Annotated[Word, Query(description="Who, exactly as the log names them.")] = "",
    action: Annotated[
        Word,
        Query(
            description="What was done, or its first word for all of that kind.",
            examples=["subject.add", "subject"],
        ),
    ] = "",
    object: Annotated[  # noqa: A002
        Word,
        Query(
            description="What it was done to, or its first word for all of that kind.",
            examples=["subject:17", "subject"],
        ),
    ] = "",
    since: Annotated[UtcTime | None, Query(description="Made at this time or later.")] = None,
    until: Annotated[UtcTime | None, Query(description="Made before this time.")] = None,
) -> AuditWanted:
    """Read what entries must have; what is not given does not matter."""
    return AuditWanted(actor, action, object, since, until)


Entries = Annotated[AuditWanted, Depends(wanted_entries)]
_LINES: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"application/jsonl": {"schema": {"type": "string"}}}}
}
_JPEG: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get("")
def list_events(asker: Reader, wanted: PageDep, entries: Entries) -> Page[wire.Event]:
    """List entries, the newest first."""
    last = wanted.last(int)
    rows = asker.context.store.audit.page(
        wanted=entries, before=int(last[0]) if last else None, limit=wanted.limit + 1
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
        broken=fault.kind if fault else None,
        broken_at=fault.position if fault else None,
        explained=EXPLAINED[fault.kind] if fault else "",
        compared=found.compared,
        older=found.older,
    )


@router.get("/export", response_class=StreamingResponse, responses=_LINES)
def export_log(asker: Reader, entries: Entries) -> StreamingResponse:
    """Get the whole log with its chain; `facewarden audit verify --export` checks it anywhere.

    With filters, get those entries only, the newest first: an extract, which is no chain.
    """
    store = asker.context.store
    whole = entries.everything
    store.audit.append(asker.who.login, "audit.export", "audit", {} if whole else {"whole": False})
    name = "audit.jsonl" if whole else "audit-extract.jsonl"
    return StreamingResponse(
        store.proof.lines() if whole else store.proof.extract(entries),
        media_type="application/jsonl",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
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
