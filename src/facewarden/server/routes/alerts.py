"""Alerts: the queue, everything known of one, its pictures, and verdicts."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from facewarden.access.principal import Permission
from facewarden.api.alerts import (
    Alert,
    AlertInFull,
    AlertLooks,
    Likeness,
    NewVerdict,
    Reviewed,
    State,
    Work,
)
from facewarden.api.page import Page
from facewarden.api.wire import UtcTime
from facewarden.api.words import LINE, AlertId, Id
from facewarden.data import Review, ReviewState, Watchlist
from facewarden.data.casework import CaseStatus
from facewarden.errors import ModelError
from facewarden.server.alert_wire import (
    alert_wires,
    deliveries_wire,
    likeness,
    look_wire,
    sighting_wire,
    verdicts_wire,
)
from facewarden.server.asking import Asker, may
from facewarden.server.idempotent import OnceDep
from facewarden.server.paging import PageDep
from facewarden.server.problems import Conflict, NotFound, Unprocessable
from facewarden.server.routes.references import FACE_BOX, JPEG, picture
from facewarden.store.alerts import AlertsWanted, StoredAlert
from facewarden.store.consequences import CONSEQUENCES
from facewarden.wiring.anchors import too_like_for_an_anchor

router = APIRouter(prefix="/api/v1/alerts", tags=["alerts"])

Reader = Annotated[Asker, may(Permission.ALERT_READ)]
Reviewer = Annotated[Asker, may(Permission.ALERT_REVIEW)]
TRACKS = 200
"""Tracks of one alert that are told; a subject who stays all day makes a few dozen."""

STRIP: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
        "description": "The looks, side by side.",
    }
}


@router.get("")
def list_alerts(
    asker: Reader,
    wanted: PageDep,
    since: Annotated[UtcTime | None, Query(description="Raised at this time or later.")] = None,
    until: Annotated[UtcTime | None, Query(description="Raised before this time.")] = None,
    camera: Annotated[str | None, Query(max_length=LINE)] = None,
    watchlist: Annotated[str | None, Query(max_length=LINE)] = None,
    subject: Annotated[Id | None, Query()] = None,
    deployment: Annotated[Id | None, Query()] = None,
    state: Annotated[State | None, Query()] = None,
    work: Annotated[
        list[Work] | None, Query(max_length=len(Work), description="Any of these.")
    ] = None,
    assignee: Annotated[
        str | None, Query(max_length=LINE, description="Handed to this login; empty: to nobody.")
    ] = None,
    held: Annotated[
        bool | None,
        Query(description="Those that look like a picture and went to no sink; false: the others."),
    ] = None,
) -> Page[Alert]:
    """List alerts, the newest first."""
    last = wanted.last(int)
    found = asker.context.store.alerts.page(
        AlertsWanted(
            since=since,
            until=until,
            cameras=_chosen(camera, asker.cameras),
            watchlists=_chosen(watchlist, asker.watchlists),
            states=None if state is None else (ReviewState(state.value),),
            subject_id=subject,
            deployment_id=deployment,
            work=None if work is None else [CaseStatus(one.value) for one in work],
            assignee=assignee,
            held=held,
        ),
        before=int(last[0]) if last else None,
        limit=wanted.limit + 1,
    )
    wires = dict(
        zip(
            (one.alert.alert_id for one in found),
            alert_wires(asker.context.store, found),
            strict=True,
        )
    )
    return wanted.page(found, lambda one: wires[one.alert.alert_id], lambda one: (one.position,))


@router.get("/{alert_id}")
def get_alert(asker: Reader, alert_id: AlertId) -> AlertInFull:
    """Return an alert with everything that is known of it."""
    stored = asker.require_alert(alert_id)
    (wire,) = alert_wires(asker.context.store, [stored])
    alert = stored.alert
    tracks = asker.context.store.sightings.find(
        since=alert.seen_at,
        camera=alert.camera_id,
        watchlist=alert.watchlist,
        subject_id=alert.subject_id,
        alert_id=alert.alert_id,
        limit=TRACKS,
    )
    return AlertInFull(
        alert=wire,
        likeness=_likeness(asker, stored),
        pictured=asker.context.store.alerts.look_numbers(alert.alert_id),
        presentation_picture=asker.context.store.alerts.has_presentation_picture(alert.alert_id),
        sightings=tuple(sighting_wire(one) for one in reversed(tracks)),
        verdicts=verdicts_wire(stored),
        deliveries=deliveries_wire(stored),
    )


@router.get("/{alert_id}/snapshot", response_class=Response, responses=JPEG)
def get_snapshot(asker: Reader, alert_id: AlertId) -> Response:
    """Return the picture of the best look as a JPEG, others blurred; that it was read is audited.

    404 also where it was deleted with time.
    """
    asker.require_alert(alert_id)
    found = asker.context.store.alerts.get(alert_id).alert.snapshot
    if found is None:
        raise NotFound
    box = ",".join(map(str, found.box))
    return Response(found.jpeg, media_type="image/jpeg", headers={FACE_BOX: box})


@router.get("/{alert_id}/looks")
def get_looks(asker: Reader, alert_id: AlertId) -> AlertLooks:
    """Return the looks of the track with a small picture of each; that they were read is audited.

    Empty where they were deleted with time, and for alerts of before revision fw0009.
    """
    asker.require_alert(alert_id)
    found = asker.context.store.alerts.looks(alert_id)
    return AlertLooks(looks=tuple(look_wire(look) for look in found))


@router.get("/{alert_id}/presentation-picture", response_class=Response, responses=STRIP)
def get_presentation_picture(asker: Reader, alert_id: AlertId) -> Response:
    """Return the looks that presentation attack detection saw, side by side as a JPEG.

    Where it looked is laid over them. That they were read is audited. 404 also where there is
    none, or it was deleted with time.
    """
    asker.require_alert(alert_id)
    found = asker.context.store.alerts.presentation_picture(alert_id)
    if found is None:
        raise NotFound
    return Response(found.jpeg, media_type="image/jpeg")


@router.get("/{alert_id}/reference", response_class=Response, responses=JPEG)
async def get_nearest_reference(asker: Reader, alert_id: AlertId) -> Response:
    """Return the subject's photograph that was nearest; 404 also where it was removed since."""

    def read() -> Response:
        reference_id = asker.require_alert(alert_id).alert.reference_id
        return picture(asker, asker.require_reference(reference_id))

    return await asker.context.decoder.beside(read)


@router.post("/{alert_id}/reviews", status_code=201)
def review_alert(
    asker: Reviewer, alert_id: AlertId, verdict: NewVerdict, once: OnceDep
) -> Reviewed:
    """Confirm or reject an alert; `consequence` says what that means for alerts to come."""
    stored = asker.require_alert(alert_id)
    if verdict.state is State.UNREVIEWED:
        raise Unprocessable("a verdict is confirmed or rejected")
    if verdict.state is State.REJECTED and not verdict.reason:
        raise Unprocessable("a rejection needs a reason", expected="reason")

    def make() -> Reviewed:
        _require_unlike(asker, stored, verdict)
        _, change = asker.context.store.casework.judge(
            Review(
                alert_id,
                ReviewState(verdict.state.value),
                asker.who.login,
                verdict.reason,
                asker.now(),
            ),
            anchor=_holds_back(stored, verdict),
            user_id=asker.who.user_id,
        )
        (wire,) = alert_wires(asker.context.store, [asker.require_alert(alert_id)])
        return Reviewed(alert=wire, consequence=CONSEQUENCES[change])

    return once(asker.who.user_id, verdict, Reviewed, make)


def _require_unlike(asker: Asker, stored: StoredAlert, verdict: NewVerdict) -> None:
    """Check that a rejection does not hide the subject by a slip of the hand."""
    alert = stored.alert
    making = (
        verdict.state is State.REJECTED and _holds_back(stored, verdict) and not verdict.even_so
    )
    if not making or not asker.context.store.anchors.has_probe(alert.alert_id):
        return
    limit = too_like_for_an_anchor(asker.context.settings, alert)
    if alert.similarity >= limit:
        raise Conflict(
            "the alert is so like its subject that holding this face back would hide the subject",
            expected=f"a similarity below {limit:.3f}",
            found=f"{alert.similarity:.3f}",
            remedy="compare the pictures again; then even_so, or hold_back false",
        )


def _holds_back(stored: StoredAlert, verdict: NewVerdict) -> bool:
    """Tell whether a rejection makes an anchor: not by itself of a picture of the subject."""
    if verdict.hold_back is None:
        return not stored.alert.looks_like_a_picture
    return verdict.hold_back


def _likeness(asker: Asker, stored: StoredAlert) -> Likeness:
    alert = stored.alert
    known = {entry.name: entry for entry in asker.context.store.watchlists.all()}
    entry = known.get(alert.watchlist, Watchlist(alert.watchlist))
    try:
        found, why = asker.context.eyes.threshold(entry), ""
    except ModelError as error:
        found, why = None, error.what
    return likeness(alert.similarity, alert.looks_model_id, found, why)


def _chosen(given: str | None, seen: frozenset[str] | None) -> frozenset[str] | None:
    """Return what both a filter and the scope let through; None: everything."""
    if given is None:
        return seen
    return frozenset({given}) if seen is None or given in seen else frozenset()
