"""Watchlists: budgets, the thresholds in force, and what these follow from."""

import math
from typing import Annotated

from fastapi import APIRouter, Response

from facewarden.access.principal import Permission
from facewarden.api.watchlists import InForce, NewWatchlist, Watchlist, WatchlistSettings
from facewarden.api.words import WatchlistName
from facewarden.data import PresentationRule
from facewarden.data import Watchlist as StoredWatchlist
from facewarden.errors import ModelError
from facewarden.server.asking import Asker, may
from facewarden.server.etag import IfMatch, etag_of, require_match
from facewarden.server.idempotent import OnceDep
from facewarden.server.problems import Conflict, Forbidden, NotFound
from facewarden.server.shared_eyes import ListThreshold
from facewarden.wiring.presentation import require_presentation_models

router = APIRouter(prefix="/api/v1/watchlists", tags=["watchlists"])

Reader = Annotated[Asker, may(Permission.WATCHLIST_READ)]
Writer = Annotated[Asker, may(Permission.WATCHLIST_WRITE)]


@router.get("")
def list_watchlists(asker: Reader) -> list[Watchlist]:
    """List the watchlists by name, with the thresholds in force and what to expect of them."""
    return [
        _wire(asker, entry)
        for entry in asker.context.store.watchlists.all()
        if asker.who.sees_watchlist(entry.name)
    ]


@router.post("", status_code=201)
def create_watchlist(
    asker: Writer, new: NewWatchlist, once: OnceDep, response: Response
) -> Watchlist:
    """Make a watchlist; 409 where there is one of this name."""
    if not asker.who.sees_watchlist(new.name):
        raise Forbidden("a new list would not exist for you", remedy="ask an administrator")

    def make() -> Watchlist:
        store = asker.context.store
        with asker.context.editing:
            if any(entry.name == new.name for entry in store.watchlists.all()):
                raise Conflict("there is a watchlist of this name already")
            _require_supported(asker, new.name, new.settings)
            _require_told(asker, StoredWatchlist(new.name), new.settings)
            store.watchlists.ensure(new.name)
            _configure(asker, new.name, new.settings)
        return _wire(asker, _found(asker, new.name))

    made = once(asker.who.user_id, new, Watchlist, make)
    response.headers["ETag"] = etag_of(made.settings)
    return made


@router.get("/{name}")
def get_watchlist(asker: Reader, name: WatchlistName, response: Response) -> Watchlist:
    """Return a watchlist."""
    found = _wire(asker, _found(asker, name))
    response.headers["ETag"] = etag_of(found.settings)
    return found


@router.put("/{name}")
def set_watchlist(
    asker: Writer,
    name: WatchlistName,
    settings: WatchlistSettings,
    response: Response,
    if_match: IfMatch = None,
) -> Watchlist:
    """Set a watchlist's threshold or budget, sinks, and what is done about pictures.

    422 where no calibration supports the budget, or no model can tell pictures from people.
    """
    with asker.context.editing:
        before = _found(asker, name)
        require_match(if_match, _settings(before))
        _require_supported(asker, name, settings)
        _require_told(asker, before, settings)
        _configure(asker, name, settings, before)
    found = _wire(asker, _found(asker, name))
    response.headers["ETag"] = etag_of(found.settings)
    return found


def _found(asker: Asker, name: str) -> StoredWatchlist:
    for entry in asker.context.store.watchlists.all():
        if entry.name == name and asker.who.sees_watchlist(name):
            return entry
    raise NotFound


def _require_supported(asker: Asker, name: str, settings: WatchlistSettings) -> None:
    if settings.fpir is not None or settings.false_alerts_per_day is not None:
        asker.context.eyes.require_supported(
            StoredWatchlist(
                name, None, settings.sinks, settings.fpir, settings.false_alerts_per_day
            )
        )


def _require_told(asker: Asker, before: StoredWatchlist, settings: WatchlistSettings) -> None:
    """Check that a list does not begin to ask what no model can tell: its watch would not start."""
    if settings.presentation is not before.presentation:
        rules = {before.name: settings.presentation}
        require_presentation_models(asker.context.settings, rules)


def _configure(
    asker: Asker, name: str, settings: WatchlistSettings, before: StoredWatchlist | None = None
) -> None:
    asker.context.store.watchlists.configure(
        name,
        settings.threshold,
        settings.sinks,
        fpir=settings.fpir,
        false_alerts_per_day=settings.false_alerts_per_day,
        presentation=settings.presentation,
        before=before,
    )


def _settings(entry: StoredWatchlist) -> WatchlistSettings:
    return WatchlistSettings(
        threshold=entry.threshold,
        fpir=entry.fpir,
        false_alerts_per_day=entry.false_alerts_per_day,
        sinks=entry.sinks,
        presentation=entry.presentation,
    )


def _wire(asker: Asker, entry: StoredWatchlist) -> Watchlist:
    found, problem = None, ""
    try:
        found = asker.context.eyes.threshold(entry)
    except ModelError as error:
        problem = str(error)
    if found is not None:
        problem = found.in_force.problem
        subjects = found.subjects
    else:
        subjects = len(asker.context.store.watchlists.memberships([entry.name]))
    return Watchlist(
        name=entry.name,
        settings=_settings(entry),
        subjects=subjects,
        in_force=_in_force(found) if found is not None else None,
        presentation_in_force=_rule_in_force(asker, entry),
        problem=problem,
    )


def _rule_in_force(asker: Asker, entry: StoredWatchlist) -> PresentationRule:
    said = {one.name: one.presentation for one in asker.context.settings.watchlists}
    return said.get(entry.name) or entry.presentation


def _in_force(found: ListThreshold) -> InForce:
    fpir = found.in_force.fpir
    known = None if math.isnan(fpir) else fpir
    return InForce(
        threshold=found.in_force.threshold,
        follows=found.in_force.follows,
        fpir=known,
        false_alerts_per_day=None if known is None else known * found.tracks_per_day,
        tracks_per_day=found.tracks_per_day,
        site_shift=found.in_force.shift,
    )
