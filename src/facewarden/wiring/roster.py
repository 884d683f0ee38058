"""Reads the watchlists as a watch wants them."""

import logging
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime

import numpy as np

from facewarden.config.settings import Settings
from facewarden.data import Int64, Subject, Watchlist
from facewarden.data.presentation import PresentationRule
from facewarden.decide.anchors import NegativeAnchors
from facewarden.embed.embedder import Embedder
from facewarden.errors import InputError
from facewarden.pipeline.gallery_reading import read_gallery
from facewarden.pipeline.roster import Roster
from facewarden.store.open import Store
from facewarden.thresholds import Thresholds, model_words

log = logging.getLogger("facewarden.wiring")


def make_roster(
    store: Store,
    embedder: Embedder,
    watchlists: Sequence[str],
    settings: Settings,
    previous: Roster | None = None,
    members: Mapping[str, Collection[int]] | None = None,
    frozen: Int64 | None = None,
) -> Roster:
    """Read the watchlists as they are now.

    Args:
        watchlists: names of those watched; empty means every one in the store.
        settings: their thresholds and budgets win over the store's; see `thresholds`.
        previous: what was read before: references in its gallery are not decrypted again.
        members: ids of the subjects to look for by watchlist, whoever else is on them; None:
            everybody on them.
        frozen: (r,) ids of the references to look by, whatever else they have; None: all.
    """
    version = store.watchlists.version()
    known = {watchlist.name: watchlist for watchlist in store.watchlists.all()}
    wanted = list(watchlists) or list(known)
    memberships = store.watchlists.memberships(wanted)
    owners = store.watchlists.owners(embedder.model_id, wanted)
    if members is not None:
        memberships = _kept(memberships, members)
        owners = owners[np.isin(owners[:, 0], list(memberships))]
    if frozen is not None:
        owners = owners[np.isin(owners[:, 1], frozen)]
    references = Counter(owners[:, 0].tolist())
    same = previous is not None and previous.gallery.model_id == embedder.model_id
    held = previous.gallery.reference_ids if previous is not None and same else ()
    new = np.setdiff1d(owners[:, 1], held)
    store.watchlists.note_read(embedder.model_id, wanted, len(new))
    thresholds = Thresholds(store, embedder, settings)
    in_force = {
        name: thresholds.of(
            known.get(name, Watchlist(name)),
            [references[one] for one, names in memberships.items() if name in names],
        )
        for name in wanted
    }
    subjects = {
        subject.subject_id: subject
        for subject in store.watchlists.subjects()
        if subject.subject_id in memberships
    }
    now = datetime.now(UTC)
    return Roster(
        gallery=read_gallery(
            store.watchlists,
            embedder.model_id,
            owners,
            previous.gallery if previous is not None else None,
        ),
        subjects=subjects,
        thresholds={name: found.threshold for name, found in in_force.items()},
        memberships=memberships,
        version=version,
        in_force=in_force,
        model=model_words(embedder),
        anchors=NegativeAnchors(store.anchors.of_model(embedder.model_id), embedder.model_id),
        presentation=_presentation_rules(wanted, known, settings),
        unsearched=frozenset(
            one
            for one, subject in subjects.items()
            if not references[one] and not _expired(subject, now)
        ),
        frozen=frozen is not None,
    )


def _expired(subject: Subject, now: datetime) -> bool:
    end = subject.details.expires_at
    return end is not None and end <= now


def _presentation_rules(
    names: Sequence[str], known: Mapping[str, Watchlist], settings: Settings
) -> dict[str, PresentationRule]:
    """Return what each watchlist does about presentation attacks: the settings win."""
    said = {entry.name: entry.presentation for entry in settings.watchlists}
    return {name: said.get(name) or known.get(name, Watchlist(name)).presentation for name in names}


def _kept(
    memberships: Mapping[int, tuple[str, ...]], members: Mapping[str, Collection[int]]
) -> dict[int, tuple[str, ...]]:
    """Return the memberships of those who may be looked for."""
    kept = {
        one: tuple(name for name in names if one in members.get(name, ()))
        for one, names in memberships.items()
    }
    return {one: names for one, names in kept.items() if names}


def require_watchlists(store: Store, names: Sequence[str]) -> None:
    """Check that watchlists exist: a name with a slip of the pen must not watch for nobody.

    Raises:
        InputError: the store has no watchlist of one of the names.
    """
    known = {watchlist.name for watchlist in store.watchlists.all()}
    for name in names:
        if name not in known:
            raise InputError(
                f"there is no watchlist {name}",
                expected=", ".join(sorted(known)) or "none yet",
                remedy="facewarden enrol makes a new one",
            )


def warn_of_other_anchors(store: Store, embedder: Embedder) -> None:
    """Say that faces rejected under another model are not held back under this one."""
    for model_id, number in store.anchors.models().items():
        if model_id != embedder.model_id:
            log.warning(
                "%s rejected as not a subject: made by %s, not used with %s; alerts of them "
                "have to be rejected again",
                "1 face was" if number == 1 else f"{number} faces were",
                model_id,
                embedder.model_id,
            )
