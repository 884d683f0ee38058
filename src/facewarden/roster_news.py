"""What a watch says of its watchlists: when it begins, and when they change."""

import logging
from collections.abc import Collection
from typing import Final

from facewarden.actor import actor
from facewarden.pipeline.roster import Roster
from facewarden.store.open import Store

log = logging.getLogger("facewarden.watch")

WORTH_TELLING: Final = 0.002
"""A move of a threshold that is told: it makes a tenth more or fewer false alerts."""
MOST_NAMED: Final = 5
"""Subjects in one line."""


def unsearched_words(roster: Roster, watchlist: str, among: Collection[int] | None = None) -> str:
    """Say which subjects of a watchlist nobody looks for, and what to do; empty for nobody.

    Args:
        among: ids to speak of; None: everybody.
    """
    found = [
        one
        for one in sorted(roster.unsearched)
        if watchlist in roster.memberships[one] and (among is None or one in among)
    ]
    if not found:
        return ""
    named = ", ".join(str(one) for one in found[:MOST_NAMED])
    more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    why = (
        "none of the photographs that they had when the deployment was authorised is left; "
        "change it and have it authorised anew"
        if roster.frozen
        else f"no photograph of theirs was enrolled for {roster.gallery.model_id}; enrol one"
    )
    return f"nobody looks for subject{'s' * (len(found) > 1)} {named}{more}: {why}"


def tell_first(roster: Roster) -> None:
    """Say where nobody is looked for, where a budget cannot be kept or a threshold is untested."""
    if not roster.gallery.subjects:
        log.warning("nobody is enrolled on %s", ", ".join(roster.thresholds) or "any watchlist")
    else:
        _tell_unsearched(roster, roster.subjects)
    for name, found in sorted(roster.in_force.items()):
        if found.problem:
            log.warning("watchlist %s: %s", name, found.problem)


def tell_changes(store: Store, before: Roster, now: Roster) -> None:
    """Log and audit the thresholds that have moved, and log what has become wrong."""
    # Of somebody new the photographs may be on their way.
    _tell_unsearched(now, before.subjects.keys() - before.unsearched)
    for name, found in sorted(now.in_force.items()):
        old = before.in_force.get(name)
        if old is None or abs(found.threshold - old.threshold) < WORTH_TELLING:
            continue
        log.info(
            "watchlist %s: threshold %.3f, was %.3f; follows from %s",
            *(name, found.threshold, old.threshold, found.follows),
        )
        store.audit.append(
            actor(),
            "watchlist.threshold",
            f"watchlist:{name}",
            {
                "from": round(old.threshold, 4),
                "to": round(found.threshold, 4),
                "follows": found.follows,
                "subjects": round(found.size, 1),
                "site": round(found.shift, 4),
                "model": now.model,
            },
        )
        if found.problem and found.problem != old.problem:
            log.warning("watchlist %s: %s", name, found.problem)


def _tell_unsearched(roster: Roster, among: Collection[int]) -> None:
    for name in sorted(roster.thresholds):
        words = unsearched_words(roster, name, among)
        if words:
            log.warning("watchlist %s: %s", name, words)
