"""The work on alerts: acknowledge, comment, escalate, hand over, undo; verdicts are with alerts."""

from collections.abc import Callable
from typing import Annotated, Final

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from facewarden.access.account import Account
from facewarden.access.principal import Permission
from facewarden.api import casework as wire
from facewarden.api.page import Page
from facewarden.api.words import LINE, AlertId, WatchlistName
from facewarden.data import Alert
from facewarden.data.casework import Case, CaseStatus, WatchlistRules
from facewarden.server.asking import Asker, may
from facewarden.server.etag import IfMatch, require_match, tagged
from facewarden.server.idempotent import Once, OnceDep
from facewarden.server.paging import PageDep
from facewarden.server.problems import Unprocessable

router = APIRouter(prefix="/api/v1/casework", tags=["casework"])

Reader = Annotated[Asker, may(Permission.ALERT_READ)]
Reviewer = Annotated[Asker, may(Permission.ALERT_REVIEW)]
PEOPLE: Final = 200
"""Accounts that are looked at in one read."""
ListReader = Annotated[Asker, may(Permission.WATCHLIST_READ)]
ListWriter = Annotated[Asker, may(Permission.WATCHLIST_WRITE)]


@router.get("/alerts")
def list_cases(
    asker: Reader,
    wanted: PageDep,
    status: Annotated[list[CaseStatus] | None, Query(max_length=6)] = None,
    assignee: Annotated[str | None, Query(max_length=LINE)] = None,
) -> Page[wire.Case]:
    """List the cases that somebody has touched, the newest alert first."""
    last = wanted.last(int)
    before = int(last[0]) if last else None
    rows: list[tuple[int, Case]] = []
    while len(rows) <= wanted.limit:
        found = asker.context.store.casework.queue(
            statuses=status or (), assignee=assignee, before=before, limit=wanted.limit + 1
        )
        rows += [(at, case) for at, case in found if _seen(asker, case)]
        if len(found) <= wanted.limit:
            break
        before = found[-1][0]
    return wanted.page(rows, lambda row: _wire(asker, row[1]), lambda row: (row[0],))


@router.get("/alerts/{alert_id}")
def get_case(asker: Reader, alert_id: AlertId, response: Response) -> wire.CaseInFull:
    """Read everything that was done with an alert."""
    asker.require_alert(alert_id)
    found = _in_full(asker, alert_id)
    tagged(response, found.case.version)
    return found


@router.get("/alerts/{alert_id}/colleagues")
def list_colleagues(asker: Reviewer, alert_id: AlertId, wanted: PageDep) -> Page[wire.Colleague]:
    """List who could go on with an alert: everybody who may review it, you among them."""
    alert = asker.require_alert(alert_id).alert
    last = wanted.last(int)
    after = int(last[0]) if last else 0
    able: list[Account] = []
    while len(able) <= wanted.limit:
        found = asker.context.store.people.page(after=after, limit=PEOPLE)
        able += [one for one in found if _could_go_on(asker, one, alert)]
        if len(found) < PEOPLE:
            break
        after = found[-1].user_id
    return wanted.page(
        able,
        lambda one: wire.Colleague(login=one.login, role=one.role),
        lambda one: (one.user_id,),
    )


@router.post("/alerts/{alert_id}/acknowledge")
def acknowledge(
    asker: Reviewer, alert_id: AlertId, once: OnceDep, response: Response
) -> wire.CaseInFull:
    """Say that you have seen it; harmless where somebody has."""
    work, who = asker.context.store.casework, asker.who
    return _worked(
        *(asker, alert_id, once, response, ""),
        lambda: work.acknowledge(alert_id, who.login, user_id=who.user_id),
    )


@router.post("/alerts/{alert_id}/comments")
def comment(
    asker: Reviewer, alert_id: AlertId, given: wire.Comment, once: OnceDep, response: Response
) -> wire.CaseInFull:
    """Add a comment."""
    work, who = asker.context.store.casework, asker.who
    return _worked(
        *(asker, alert_id, once, response, given),
        lambda: work.comment(alert_id, who.login, given.text, user_id=who.user_id),
    )


@router.post("/alerts/{alert_id}/escalate")
def escalate(
    asker: Reviewer, alert_id: AlertId, given: wire.Comment, once: OnceDep, response: Response
) -> wire.CaseInFull:
    """Ask for somebody else's opinion, with a reason."""
    work, who = asker.context.store.casework, asker.who
    return _worked(
        *(asker, alert_id, once, response, given),
        lambda: work.escalate(alert_id, who.login, given.text, user_id=who.user_id),
    )


@router.post("/alerts/{alert_id}/hand-over")
def hand_over(
    asker: Reviewer,
    alert_id: AlertId,
    given: wire.HandOver,
    once: OnceDep,
    response: Response,
    if_match: IfMatch = None,
) -> wire.CaseInFull:
    """Give it to a colleague."""

    def work() -> None:
        alert = asker.require_alert(alert_id).alert
        # One answer for whoever is not there, is disabled, or would not see the alert.
        found = asker.context.store.people.find(given.assignee)
        if found is None or not _could_go_on(asker, found.account, alert):
            raise Unprocessable("nobody who could go on with it has this login")
        asker.context.store.casework.hand_over(
            alert_id,
            asker.who.login,
            found.account.login,
            given.text,
            user_id=asker.who.user_id,
            version=_matched(asker, alert_id, if_match),
        )

    return _worked(asker, alert_id, once, response, given, work)


@router.post("/alerts/{alert_id}/reopen")
def reopen(
    asker: Reviewer,
    alert_id: AlertId,
    given: wire.Comment,
    once: OnceDep,
    response: Response,
    if_match: IfMatch = None,
) -> wire.CaseInFull:
    """Undo a verdict, with a reason; a face that was held back is no longer."""

    def work() -> None:
        asker.context.store.casework.reopen(
            alert_id,
            asker.who.login,
            given.text,
            user_id=asker.who.user_id,
            version=_matched(asker, alert_id, if_match),
        )

    return _worked(asker, alert_id, once, response, given, work)


@router.get("/watchlists/{name}")
def get_list_rules(asker: ListReader, name: WatchlistName, response: Response) -> wire.ListRules:
    """Read how alerts of a watchlist are to be worked on."""
    asker.require_watchlist(name)
    found = _rules(asker, name)
    tagged(response, found)
    return found


@router.put("/watchlists/{name}")
def set_list_rules(
    asker: ListWriter,
    name: WatchlistName,
    given: wire.ListRules,
    response: Response,
    if_match: IfMatch = None,
) -> wire.ListRules:
    """Set how alerts of a watchlist are to be worked on, from now on."""
    asker.require_watchlist(name)
    with asker.context.editing:
        before = asker.context.store.casework.rules(name)
        require_match(if_match, _rules_wire(before))
        asker.context.store.casework.set_rules(
            name,
            WatchlistRules(given.two_person, given.sound, given.must_acknowledge),
            asker.who.login,
            before=before,
        )
        after = _rules(asker, name)
    tagged(response, after)
    return after


def _worked(
    asker: Asker,
    alert_id: str,
    once: Once,
    response: Response,
    given: BaseModel | str,
    work: Callable[[], object],
) -> wire.CaseInFull:
    """Do it unless it was done; the answer has the ETag of the case as it tells it."""
    asker.require_alert(alert_id)

    def make() -> wire.CaseInFull:
        work()
        return _in_full(asker, alert_id)

    done = once(asker.who.user_id, given, wire.CaseInFull, make)
    tagged(response, done.case.version)
    return done


def _matched(asker: Asker, alert_id: str, if_match: str | None) -> int:
    """Return the version of the case, which the request was made from."""
    version = asker.context.store.casework.get(alert_id).version
    require_match(if_match, version)
    return version


def _could_go_on(asker: Asker, account: Account, alert: Alert) -> bool:
    """Tell whether a colleague may review this alert."""
    colleague = Asker(account.principal(""), asker.context)
    return (
        account.can_sign_in
        and colleague.who.may(Permission.ALERT_REVIEW)
        and colleague.sees_alert(alert.watchlist, alert.camera_id)
    )


def _rules(asker: Asker, name: str) -> wire.ListRules:
    return _rules_wire(asker.context.store.casework.rules(name))


def _rules_wire(found: WatchlistRules) -> wire.ListRules:
    return wire.ListRules(
        two_person=found.two_person, sound=found.sound, must_acknowledge=found.must_acknowledge
    )


def _seen(asker: Asker, case: Case) -> bool:
    if asker.watchlists is None and asker.cameras is None:
        return True
    alert = asker.context.store.alerts.get(case.alert_id, with_snapshot=False).alert
    return asker.sees_alert(alert.watchlist, alert.camera_id)


def _in_full(asker: Asker, alert_id: str) -> wire.CaseInFull:
    store = asker.context.store
    return wire.CaseInFull(
        case=_wire(asker, store.casework.get(alert_id)),
        history=tuple(
            wire.CaseEvent(
                at=event.at,
                actor=event.actor,
                action=event.action,
                text=event.text,
                assignee=event.assignee,
            )
            for event in store.casework.history(alert_id)
        ),
    )


def _wire(asker: Asker, case: Case) -> wire.Case:
    rules = asker.context.store.casework.rules_of_alert(case.alert_id)
    return wire.Case(
        alert_id=case.alert_id,
        status=case.status,
        version=case.version,
        acknowledged_by=case.acknowledged_by,
        acknowledged_at=case.acknowledged_at,
        assignee=case.assignee,
        two_person=rules.two_person,
        sound=rules.sound,
        must_acknowledge=rules.must_acknowledge,
    )
