"""Alerts and what belongs to them as messages."""

import base64
import math
from collections.abc import Sequence
from dataclasses import replace

from facewarden.api.alerts import (
    Alert,
    AlertCamera,
    AlertLook,
    AlertSubject,
    Delivery,
    Likeness,
    Presentation,
    SecondOpinion,
    State,
    Verdict,
    Work,
)
from facewarden.api.sightings import Sighting
from facewarden.data import AlertLook as KeptLook
from facewarden.data import Opinion
from facewarden.data import Presentation as Said
from facewarden.data.casework import Case
from facewarden.data.sighting import Sighting as StoredSighting
from facewarden.server.shared_eyes import ListThreshold
from facewarden.store.alerts import StoredAlert
from facewarden.store.open import Store


def alert_wires(store: Store, found: Sequence[StoredAlert]) -> list[Alert]:
    """Return alerts as messages."""
    cases = store.casework.cases([one.alert.alert_id for one in found])
    # One that retention has removed since it was read has no case.
    return [alert_wire(one, cases.get(one.alert.alert_id)) for one in found]


def alert_wire(stored: StoredAlert, case: Case | None) -> Alert:
    """Return an alert as a message."""
    alert = stored.alert
    return Alert(
        alert_id=alert.alert_id,
        revision=alert.revision,
        state=State(alert.state.value),
        work=Work(case.status.value) if case is not None else Work.NEW,
        assignee=case.assignee if case is not None else "",
        held_back=stored.anchored,
        camera=AlertCamera(
            camera_id=alert.camera_id, name=alert.camera_name, location=alert.camera_location
        ),
        watchlist=alert.watchlist,
        subject=AlertSubject(
            subject_id=alert.subject_id,
            name=alert.subject_name,
            external_reference=alert.external_reference,
            category=alert.category,
            reference_id=alert.reference_id,
        ),
        similarity=alert.similarity,
        threshold=alert.threshold,
        margin=alert.margin,
        looks=alert.looks,
        model_id=alert.model_id,
        looks_model_id=alert.looks_model_id,
        seen_at=alert.seen_at,
        last_seen_at=alert.last_seen_at,
        received_at=alert.received_at,
        raised_at=stored.raised_at,
        decided_at=alert.decided_at,
        second_opinion=_second_opinion(alert.second_opinion),
        presentation=_presentation(alert.presentation),
        held=alert.held,
    )


def look_wire(look: KeptLook) -> AlertLook:
    """Return a look of an alert, with its picture."""
    picture = look.picture
    return AlertLook(
        number=look.number,
        seen_at=look.seen_at,
        quality=look.quality,
        similarity=look.similarity,
        width_px=picture.width_px,
        height_px=picture.height_px,
        box=picture.box,
        jpeg=base64.b64encode(picture.jpeg),
    )


def _second_opinion(opinion: Opinion | None) -> SecondOpinion | None:
    if opinion is None:
        return None
    return SecondOpinion(
        model_id=opinion.model_id,
        similarity=opinion.similarity if opinion.heard else None,
        looks=opinion.looks,
        first_similarity=opinion.first,
        problem="no answer yet" if opinion.waiting else opinion.problem,
    )


def _presentation(said: Said | None) -> Presentation | None:
    if said is None:
        return None
    return Presentation(
        verdict=said.verdict,
        live=said.live,
        threshold=said.threshold,
        picture=said.picture,
        clip=said.clip,
        looks=said.looks,
        models=said.models,
        reason=said.reason,
    )


def verdicts_wire(stored: StoredAlert) -> tuple[Verdict, ...]:
    """Return what was said of an alert, oldest first."""
    return tuple(
        Verdict(
            state=State(one.state.value),
            reviewer=one.reviewer,
            reason=one.reason,
            reviewed_at=one.reviewed_at,
        )
        for one in stored.reviews
    )


def deliveries_wire(stored: StoredAlert) -> tuple[Delivery, ...]:
    """Return where an alert went, oldest first."""
    return tuple(
        Delivery(
            sink=one.sink,
            revision=one.revision,
            attempts=one.attempts,
            problem=one.problem,
            delivered_at=one.delivered_at,
        )
        for one in stored.deliveries
    )


def sighting_wire(sighting: StoredSighting) -> Sighting:
    """Return a sighting as a message."""
    return Sighting(
        sighting_id=sighting.sighting_id,
        camera_id=sighting.camera_id,
        watchlist=sighting.watchlist,
        subject_id=sighting.subject_id,
        alert_id=sighting.alert_id or None,
        first_seen_at=sighting.first_seen_at,
        last_seen_at=sighting.last_seen_at,
        similarity=sighting.similarity,
        looks=sighting.looks,
    )


NOT_KNOWN = "How often strangers look so alike is not known: {}."


def likeness(similarity: float, model_id: str, known: ListThreshold | None, why: str) -> Likeness:
    """Say in words how often a stranger looks so alike to somebody on the list.

    Args:
        known: what is in force of the list now; None where that cannot be known.
        why: why not.
    """
    if known is not None and known.model_id != model_id:
        known, why = None, "another model is in use now"
    if known is None:
        return Likeness(words=NOT_KNOWN.format(why), strangers=None, per_day=None)
    strangers = replace(known.in_force, threshold=similarity).fpir
    if math.isnan(strangers):
        words = NOT_KNOWN.format("the model is not calibrated")
        return Likeness(words=words, strangers=None, per_day=None)
    per_day = strangers * known.tracks_per_day
    return Likeness(
        words=f"{_one_in(strangers)} looks so alike to somebody on this list: {_often(per_day)}.",
        strangers=strangers,
        per_day=per_day,
    )


def _one_in(share: float) -> str:
    if share >= 0.5:
        return "More than every second stranger who passes"
    if share < 1e-9:
        return "Fewer than one in a thousand million strangers who pass"
    return f"About 1 in {_round(1 / share):,} strangers who pass"


def _often(per_day: float) -> str:
    """Tell a rate in the unit in which it is easiest to imagine."""
    for days, unit in ((1, "day"), (7, "week"), (30, "month"), (365, "year")):
        number = per_day * days
        if number > 0.95:  # rounds to one
            return f"with the people who pass here, about {_round(number):,} a {unit}"
    years = 1 / (per_day * 365) if per_day > 0 else math.inf
    if years > 1000:
        return "with the people who pass here, less than one in a thousand years"
    return f"with the people who pass here, about one in {_round(years):,} years"


def _round(number: float) -> int:
    """Return two figures: more would pretend to know."""
    if number < 10:
        return max(1, round(number))
    digits = int(10 ** (math.floor(math.log10(number)) - 1))
    return round(number / digits) * digits
