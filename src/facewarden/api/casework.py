"""The work on alerts: acknowledged, commented, escalated, handed over, reopened."""

from typing import Annotated

from pydantic import Field, StringConstraints

from facewarden.access.principal import Role
from facewarden.api.wire import UtcTime, Wire
from facewarden.api.words import Line, Paragraphs
from facewarden.data.casework import CaseAction as CaseAction
from facewarden.data.casework import CaseStatus as CaseStatus

Text = Annotated[Paragraphs, StringConstraints(min_length=1, max_length=2000)]


class CaseEvent(Wire):
    """One thing that somebody did."""

    at: UtcTime
    actor: str
    action: CaseAction
    text: str
    assignee: str = Field(description="Who it was handed to; empty for other actions.")


class Case(Wire):
    """How the work on an alert stands."""

    alert_id: str
    status: CaseStatus
    version: int = Field(description="0: nobody touched it.")
    acknowledged_by: str
    acknowledged_at: UtcTime | None
    assignee: str
    two_person: bool = Field(description="Two people must agree before it counts as confirmed.")
    sound: bool = Field(description="It is announced aloud.")
    must_acknowledge: bool = Field(description="It stays in front until it is acknowledged.")


class CaseInFull(Wire):
    """A case with everything that was done, oldest first."""

    case: Case
    history: tuple[CaseEvent, ...]


class Comment(Wire):
    """A comment or a reason."""

    text: Text


class Colleague(Wire):
    """Somebody who could go on with an alert."""

    login: str
    role: Role


class HandOver(Wire):
    """Who goes on with it."""

    assignee: Annotated[Line, StringConstraints(min_length=1)] = Field(description="A login.")
    text: Paragraphs = ""


class ListRules(Wire):
    """How alerts of a watchlist are to be worked on."""

    two_person: bool = Field(description="A match is confirmed by two different people.")
    sound: bool = Field(description="Alerts are announced aloud.")
    must_acknowledge: bool = Field(description="Alerts stay in front until acknowledged.")
