"""Sightings: where and when subjects were seen, for time lines and maps."""

from typing import Annotated

from fastapi import APIRouter, Query

from facewarden.access.principal import Permission
from facewarden.api.page import Page
from facewarden.api.sightings import Sighting
from facewarden.api.wire import UtcTime
from facewarden.api.words import LINE, Id
from facewarden.server.alert_wire import sighting_wire
from facewarden.server.asking import Asker, may
from facewarden.server.paging import PageDep
from facewarden.server.problems import Unprocessable

router = APIRouter(prefix="/api/v1/sightings", tags=["sightings"])

Reader = Annotated[Asker, may(Permission.SIGHTING_READ)]
FARTHEST = 100_000
"""Rows that a list goes back: beyond, ask for a time."""


@router.get("")
def list_sightings(
    asker: Reader,
    wanted: PageDep,
    subject: Annotated[Id | None, Query()] = None,
    camera: Annotated[str | None, Query(max_length=LINE)] = None,
    watchlist: Annotated[str | None, Query(max_length=LINE)] = None,
    since: Annotated[UtcTime | None, Query(description="Seen at this time or later.")] = None,
    until: Annotated[UtcTime | None, Query(description="Seen before this time.")] = None,
) -> Page[Sighting]:
    """List sightings, the latest first; name a subject or a camera to get its time line.

    That somebody asked where a subject was is audited.
    """
    last = wanted.last(int)
    offset = int(last[0]) if last else 0
    if not 0 <= offset <= FARTHEST:
        raise Unprocessable(
            "the list does not go back so far", remedy="ask for a time with since and until"
        )
    if subject is not None:
        asker.context.store.audit.append(
            asker.who.login, "sighting.search", f"subject:{subject}", {}
        )
    # Limits are part of the question: what is hidden costs no time, and no place in the cursor.
    rows = asker.context.store.sightings.find(
        since=since,
        until=until,
        camera=camera,
        watchlist=watchlist,
        subject_id=subject,
        cameras=asker.cameras,
        watchlists=asker.watchlists,
        limit=wanted.limit + 1,
        offset=offset,
    )
    found = list(enumerate(rows, offset + 1))
    return wanted.page(found, lambda one: sighting_wire(one[1]), lambda one: (one[0],))
