"""Subjects: who is looked for, on which lists, with which photographs."""

from pathlib import Path
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request, Response

from facewarden.access.principal import Permission
from facewarden.api.page import Page
from facewarden.api.problem import Problem
from facewarden.api.references import Enrolment, Outcome, Reference
from facewarden.api.subjects import HeldBack, Merge, NewSubject, Split, Subject, SubjectChange
from facewarden.api.words import Id, WatchlistName
from facewarden.errors import EnrolmentRefused
from facewarden.pipeline.photographs import Photograph
from facewarden.server.asking import Asker, may, require_all_lists
from facewarden.server.enrolling import enrol
from facewarden.server.etag import IfMatch, require_match, tagged
from facewarden.server.idempotent import OnceDep
from facewarden.server.paging import PageDep
from facewarden.server.problems import Conflict, NotFound
from facewarden.server.subject_wire import (
    changed,
    details_from,
    held_back_wire,
    reference_wire,
    subject_wire,
)
from facewarden.server.uploads import PICTURE, Face, FileName, Live, body_of

router = APIRouter(prefix="/api/v1/subjects", tags=["subjects"])

Reader = Annotated[Asker, may(Permission.SUBJECT_READ)]
Writer = Annotated[Asker, may(Permission.SUBJECT_WRITE)]
Remover = Annotated[Asker, may(Permission.SUBJECT_REMOVE)]
ABSENT: dict[int | str, dict[str, Any]] = {404: {"model": Problem}}


@router.get("", responses=ABSENT)
def list_subjects(
    asker: Reader,
    wanted: PageDep,
    watchlist: Annotated[WatchlistName | None, Query(description="Only those on it.")] = None,
    q: Annotated[
        str, Query(max_length=200, description="Part of the name or of the case number.")
    ] = "",
) -> Page[Subject]:
    """List subjects, oldest first; that somebody looked for a name or number is audited."""
    lists = asker.watchlists
    if watchlist is not None:
        asker.require_watchlist(watchlist)
        lists = frozenset({watchlist})
    last = wanted.last(int)
    found = asker.context.store.watchlists.page_subjects(
        after=int(last[0]) if last else 0,
        limit=wanted.limit + 1,
        watchlists=lists,
        text=q,
    )
    if q.strip():
        asker.context.store.watchlists.note_search(q, lists, min(len(found), wanted.limit))
    return wanted.page(found, lambda one: subject_wire(one, asker), lambda one: (one.subject_id,))


@router.post("", status_code=201, responses=ABSENT)
def create_subject(asker: Writer, new: NewSubject, once: OnceDep, response: Response) -> Subject:
    """Write a new subject down and place it on a watchlist."""
    asker.require_watchlist(new.watchlist)
    lists = asker.context.store.watchlists

    def make() -> Subject:
        details = details_from(new.details)
        subject_id = lists.add_subject(details, new.watchlist, seen=asker.watchlists)
        return subject_wire(lists.subject(subject_id), asker)

    made = once(asker.who.user_id, new, Subject, make)
    tagged(response, made)
    response.headers["Location"] = f"/api/v1/subjects/{made.subject_id}"
    return made


@router.get("/{subject_id}")
def get_subject(asker: Reader, subject_id: Id, response: Response) -> Subject:
    """Return a subject."""
    found = subject_wire(asker.require_subject(subject_id), asker)
    tagged(response, found)
    return found


@router.patch("/{subject_id}")
def change_subject(
    asker: Writer,
    subject_id: Id,
    change: SubjectChange,
    response: Response,
    if_match: IfMatch = None,
) -> Subject:
    """Change what is written down about a subject."""
    with asker.context.editing:
        found = asker.require_subject(subject_id)
        require_match(if_match, subject_wire(found, asker))
        require_all_lists(asker, found)
        asker.context.store.watchlists.update_subject(
            subject_id,
            changed(found.details, change),
            version=found.version,
            seen=asker.watchlists,
        )
    now = subject_wire(asker.require_subject(subject_id), asker)
    tagged(response, now)
    return now


@router.delete("/{subject_id}", status_code=204)
def remove_subject(asker: Remover, subject_id: Id, if_match: IfMatch = None) -> None:
    """Remove a subject with all photographs and templates, for good."""
    with asker.context.editing:
        found = asker.require_subject(subject_id)
        require_match(if_match, subject_wire(found, asker))
        require_all_lists(asker, found)
        asker.context.store.watchlists.remove_subject(subject_id, version=found.version)


@router.post("/{subject_id}/merge")
def merge_subject(
    asker: Remover, subject_id: Id, merge: Merge, response: Response, if_match: IfMatch = None
) -> Subject:
    """Make one of two subjects who are the same person; the one in the path ends."""
    with asker.context.editing:
        found, into = asker.require_subject(subject_id), asker.require_subject(merge.into)
        require_match(if_match, subject_wire(found, asker))
        for one in (found, into):
            require_all_lists(asker, one)
        asker.context.store.watchlists.merge(
            subject_id, merge.into, version=found.version, into_version=into.version
        )
    now = subject_wire(asker.require_subject(merge.into), asker)
    tagged(response, now)
    return now


@router.post("/{subject_id}/split", status_code=201)
def split_subject(
    asker: Writer, subject_id: Id, split: Split, response: Response, if_match: IfMatch = None
) -> Subject:
    """Make a new subject of some photographs of one, on the same watchlists."""
    lists = asker.context.store.watchlists
    with asker.context.editing:
        found = asker.require_subject(subject_id)
        require_match(if_match, subject_wire(found, asker))
        require_all_lists(asker, found)
        own = {one.reference_id for one in lists.references(subject_id)}
        if not own.issuperset(split.references):
            raise NotFound
        new_id = lists.split(
            subject_id,
            split.references,
            details_from(split.details),
            version=found.version,
            seen=asker.watchlists,
        )
    made = subject_wire(asker.require_subject(new_id), asker)
    tagged(response, made)
    response.headers["Location"] = f"/api/v1/subjects/{new_id}"
    return made


@router.put("/{subject_id}/watchlists/{watchlist}", status_code=204)
def place_subject(asker: Writer, subject_id: Id, watchlist: WatchlistName) -> None:
    """Put a subject on one more watchlist; nothing happens when it is on it."""
    asker.require_subject(subject_id)
    asker.require_watchlist(watchlist)
    asker.context.store.watchlists.place(subject_id, watchlist)


@router.delete("/{subject_id}/watchlists/{watchlist}", status_code=204)
def withdraw_subject(asker: Writer, subject_id: Id, watchlist: WatchlistName) -> None:
    """Take a subject off a watchlist; its photographs stay."""
    asker.require_subject(subject_id)
    asker.require_watchlist(watchlist)
    asker.context.store.watchlists.withdraw(subject_id, watchlist)


@router.get("/{subject_id}/references")
def list_references(asker: Reader, subject_id: Id) -> list[Reference]:
    """List the photographs of a subject, oldest first."""
    asker.require_subject(subject_id)
    return [reference_wire(one) for one in asker.context.store.watchlists.references(subject_id)]


@router.get("/{subject_id}/held-back")
def list_held_back(asker: Reader, subject_id: Id) -> list[HeldBack]:
    """List the faces that were rejected as not being this subject."""
    asker.require_subject(subject_id)
    found = asker.context.store.anchors.of_subject(subject_id)
    return [held_back_wire(one, asker) for one in found]


@router.post("/{subject_id}/references", status_code=201, openapi_extra=PICTURE)
async def add_reference(
    asker: Writer,
    subject_id: Id,
    once: OnceDep,
    request: Request,
    filename: FileName = "photograph",
    face: Face = "",
    *,
    live: Live = False,
) -> Enrolment:
    """Enrol a photograph of a subject; 422 says why it cannot be one.

    What is kept is made anew from the pixels: nothing that was written beside them.
    """
    require_all_lists(asker, await run_sync(asker.require_subject, subject_id))
    data = await body_of(request, asker.who)

    def make() -> Enrolment:
        return _enrol_one(asker, subject_id, data, filename, face, live=live)

    return await asker.context.decoder.beside(
        lambda: once(asker.who.user_id, data, Enrolment, make)
    )


def _enrol_one(
    asker: Asker, subject_id: int, data: bytes, filename: str, face: str, *, live: bool
) -> Enrolment:
    subject = asker.require_subject(subject_id)
    require_all_lists(asker, subject)
    if not subject.watchlists:
        raise Conflict("the subject is on no watchlist", remedy="place it on one first")
    name = Path(filename).name or "photograph"
    photograph = Photograph(name, Path(name), subject.details, face)
    claim = asker.context.eyes.live_claim() if live else None
    (row,) = enrol(
        asker, [photograph], lambda _: data, subject.watchlists[0], only=subject, live=claim
    )
    if row.outcome is Outcome.REFUSED:
        raise EnrolmentRefused(row.reason)
    newest = asker.context.store.watchlists.references(subject_id)
    if row.outcome is Outcome.ADDED and newest:
        return row.model_copy(update={"quality": newest[-1].quality})
    return row
