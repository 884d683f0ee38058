"""What a verdict means: of one person, of a second one, of two who disagree.

Pure rules: nothing here knows a store or a clock.
"""

from collections.abc import Sequence
from typing import Final

from facewarden.data import ReviewState
from facewarden.data.casework import CaseAction, CaseEvent, CaseStatus
from facewarden.errors import DataError
from facewarden.govern.person import Person

REVIEW: Final = {
    CaseStatus.CONFIRMED: ReviewState.CONFIRMED,
    CaseStatus.REJECTED: ReviewState.REJECTED,
}
"""The verdict that an alert has in a status; in any other it has none yet."""

_VERDICTS: Final = {CaseAction.CONFIRM, CaseAction.REJECT}


def this_round(history: Sequence[CaseEvent]) -> tuple[CaseEvent, ...]:
    """Return what was done since the case was opened last."""
    start = 0
    for index, event in enumerate(history):
        if event.action is CaseAction.REOPEN:
            start = index + 1
    return tuple(history[start:])


def judged(
    status: CaseStatus,
    history: Sequence[CaseEvent],
    person: Person,
    action: CaseAction,
    *,
    two_person: bool,
) -> CaseStatus:
    """Return the status after `person` confirms or rejects.

    Where the watchlist asks for two people, a match is confirmed by two who agree; two who
    disagree escalate it. What is escalated is settled by somebody who had no part in that; it is
    still confirmed by two only. Anybody may change their own verdict until it is final; a final
    one of two people is reopened first.

    Args:
        history: of the case, oldest first.
        action: CONFIRM or REJECT.

    Raises:
        DataError: this person may not say this now.
    """
    done = this_round(history)
    votes: list[tuple[Person, CaseAction]] = []
    for event in done:
        if event.action in _VERDICTS:
            voter = Person(event.actor, event.actor_id)
            votes = [vote for vote in votes if not vote[0].is_same(voter)]
            votes.append((voter, event.action))
    others = {vote for voter, vote in votes if not voter.is_same(person)}
    own = next((vote for voter, vote in votes if voter.is_same(person)), None)
    if status is CaseStatus.ESCALATED:
        concerned = {CaseAction.ESCALATE} | _VERDICTS
        if any(
            event.action in concerned and person.is_same(Person(event.actor, event.actor_id))
            for event in done
        ):
            raise DataError(
                "this alert is escalated",
                expected="somebody who has not judged or escalated it",
                found="one who has",
                remedy="hand it over",
            )
    confirms = action is CaseAction.CONFIRM
    if not two_person:
        return CaseStatus.CONFIRMED if confirms else CaseStatus.REJECTED
    if status is CaseStatus.CONFIRMED:
        raise DataError(
            "two people have confirmed this alert", remedy="reopen it first, with a reason"
        )
    opposite = CaseAction.REJECT if confirms else CaseAction.CONFIRM
    if status is not CaseStatus.ESCALATED and opposite in others:
        return CaseStatus.ESCALATED
    if not confirms:
        return CaseStatus.REJECTED
    if CaseAction.CONFIRM in others:
        return CaseStatus.CONFIRMED
    if own is CaseAction.CONFIRM:
        raise DataError(
            "this alert needs a second person",
            expected="somebody other than who has confirmed it",
            found="the same person",
            remedy="have somebody else look at it",
        )
    return CaseStatus.CONFIRMED_BY_ONE


def reopened(status: CaseStatus, *, acknowledged: bool) -> CaseStatus:
    """Return the status after a case was reopened.

    Raises:
        DataError: nothing was decided yet.
    """
    if status in {CaseStatus.NEW, CaseStatus.ACKNOWLEDGED}:
        raise DataError("there is nothing to undo", expected="an alert with a verdict")
    return CaseStatus.ACKNOWLEDGED if acknowledged else CaseStatus.NEW


def escalated(status: CaseStatus) -> CaseStatus:
    """Return the status after somebody asked for another opinion.

    Raises:
        DataError: it is decided: then it is reopened first.
    """
    if status in REVIEW:
        raise DataError(f"this alert is {status}", remedy="reopen it first, with a reason")
    return CaseStatus.ESCALATED


def acknowledged(status: CaseStatus) -> CaseStatus:
    """Return the status after somebody said that they have seen it."""
    return CaseStatus.ACKNOWLEDGED if status is CaseStatus.NEW else status
