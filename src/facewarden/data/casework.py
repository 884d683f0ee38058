"""The work that people do on an alert, beside their verdict on it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class CaseStatus(StrEnum):
    """How far people are with an alert."""

    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    CONFIRMED_BY_ONE = "confirmed by one"
    ESCALATED = "escalated"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class CaseAction(StrEnum):
    """Something that somebody did with an alert."""

    ACKNOWLEDGE = "acknowledge"
    COMMENT = "comment"
    ESCALATE = "escalate"
    HAND_OVER = "hand over"
    CONFIRM = "confirm"
    REJECT = "reject"
    REOPEN = "reopen"


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """One thing that somebody did with an alert; the list of them is its history.

    Attributes:
        event_id: grows.
        actor: the login of who did it.
        text: the comment or reason; may be empty.
        assignee: who it was handed to; empty for other actions.
    """

    event_id: int
    at: datetime
    actor: str
    action: CaseAction
    text: str = ""
    assignee: str = ""
    actor_id: int | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """How the work on an alert stands.

    Attributes:
        version: 0 while nobody touched it; grows with each action.
        acknowledged_by: who first said that they have seen it, if only by judging it; may be
            empty.
        assignee: who it was handed to; may be empty.
    """

    alert_id: str
    status: CaseStatus = CaseStatus.NEW
    version: int = 0
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None
    assignee: str = ""


@dataclass(frozen=True, slots=True)
class WatchlistRules:
    """How alerts of a watchlist are to be worked on.

    Attributes:
        two_person: a match counts as confirmed when two different people have confirmed it.
        sound: an alert is announced aloud.
        must_acknowledge: an alert stays in front until somebody has acknowledged it.
    """

    two_person: bool = False
    sound: bool = False
    must_acknowledge: bool = False
