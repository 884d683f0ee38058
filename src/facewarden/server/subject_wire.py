"""Subjects and references as messages."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from facewarden.api.references import Reference
from facewarden.api.subjects import Details, HeldBack, Subject, SubjectChange
from facewarden.data import Subject as StoredSubject
from facewarden.data import SubjectDetails
from facewarden.server.asking import Asker
from facewarden.store.anchors import StoredAnchor
from facewarden.store.references import StoredReference


def subject_wire(subject: StoredSubject, asker: Asker) -> Subject:
    """Return a subject as a message to somebody."""
    details = subject.details
    return Subject(
        subject_id=subject.subject_id,
        # Not checked again: what an older version took in must be readable.
        details=Details.model_construct(
            name=details.name,
            external_reference=details.external_reference,
            category=details.category,
            notes=details.notes,
            legal_basis=details.legal_basis,
            authorised_by=details.authorised_by,
            expires_at=details.expires_at,
        ),
        watchlists=tuple(name for name in subject.watchlists if asker.who.sees_watchlist(name)),
        references=subject.references,
        expired=expired(details, asker.now()),
        created_at=subject.created_at,
    )


def expired(details: SubjectDetails, now: datetime) -> bool:
    """Tell whether a subject does not match any more."""
    return details.expires_at is not None and details.expires_at <= now


def details_from(details: Details) -> SubjectDetails:
    """Return what is to be written down."""
    return SubjectDetails(
        name=details.name,
        external_reference=details.external_reference,
        category=details.category,
        notes=details.notes,
        legal_basis=details.legal_basis,
        authorised_by=details.authorised_by,
        expires_at=details.expires_at,
    )


def changed(details: SubjectDetails, change: SubjectChange) -> SubjectDetails:
    """Return the details with what was given in place of what was there.

    null takes away: an empty text, no end. A name stays, for nobody is without one.
    """
    given: dict[str, Any] = change.model_dump(exclude_unset=True)
    for field, value in given.items():
        if value is None and field != "expires_at":
            given[field] = details.name if field == "name" else ""
    return replace(details, **given)


def reference_wire(reference: StoredReference) -> Reference:
    """Return a reference as a message."""
    return Reference(
        reference_id=reference.reference_id,
        subject_id=reference.subject_id,
        source_name=reference.source_name,
        quality=reference.quality,
        model_ids=reference.model_ids,
        created_at=reference.created_at,
    )


def held_back_wire(anchor: StoredAnchor, asker: Asker) -> HeldBack:
    """Return a rejected face as a message to somebody: with those alerts that they may see."""
    limits = (asker.watchlists, asker.cameras)
    known = asker.context.store.in_scope
    return HeldBack(
        anchor_id=anchor.anchor_id,
        model_id=anchor.model_id,
        alert_ids=anchor.alert_ids
        if limits == (None, None)
        else tuple(one for one in anchor.alert_ids if known.alert(one, *limits)),
        rejected_at=anchor.rejected_at,
    )
