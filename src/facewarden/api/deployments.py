"""Deployments: where, when, why and on whose word may be watched; and what came of it."""

from typing import Annotated

from pydantic import Field, StringConstraints

from facewarden.api.budget import PerDay, Share
from facewarden.api.wire import UtcTime, Wire
from facewarden.api.words import Id, Line, WatchlistName
from facewarden.data.deployment import DeploymentState as DeploymentState

Text = Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]
CameraId = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Plan(Wire):
    """What one person proposes and a second one authorises."""

    purpose: Text = Field(description="Why is watched.", examples=["Find two missing children"])
    place: Text = Field(description="Where is watched.", examples=["Market square, north side"])
    legal_basis: Text = Field(description="What allows it.", examples=["Police act, section 7"])
    cameras: Annotated[tuple[CameraId, ...], Field(min_length=1, max_length=1000)] = Field(
        description="Ids of cameras."
    )
    watchlists: Annotated[tuple[WatchlistName, ...], Field(min_length=1, max_length=1000)] = Field(
        description="Names of watchlists."
    )
    starts_at: UtcTime
    ends_at: UtcTime = Field(description="It ends by itself then; at most 90 days after its start.")
    false_alerts_per_day: PerDay | None = Field(
        default=None, description="Budget of each of its watchlists; null: the watchlist's own."
    )
    fpir: Share | None = Field(
        default=None, description="The same as a share of strangers' tracks; at most one of them."
    )
    keep_unconfirmed_days: Annotated[int, Field(ge=0, le=31)] = Field(
        default=1,
        description="Days after its end after which alerts that nobody confirmed are deleted.",
    )


class Deployment(Wire):
    """A deployment."""

    deployment_id: int
    state: DeploymentState
    running: bool = Field(description="Whether it should be watching at this moment.")
    version: int = Field(description="Grows with each change.")
    plan: Plan
    proposed_by: str
    proposed_at: UtcTime
    authorised_by: str = Field(description="The second person; empty until there is one.")
    authorised_at: UtcTime | None
    ended_by: str = Field(description="Empty where time ended it.")
    ended_at: UtcTime | None
    end_reason: str
    wiped_at: UtcTime | None
    wipes_at: UtcTime | None = Field(
        description="When what nobody confirmed will be deleted; null before its end and after."
    )


class Reason(Wire):
    """Why something is ended or taken back."""

    reason: Text


class PublicKey(Wire):
    """What deletion certificates of this installation are checked with."""

    pem: str = Field(description="An Ed25519 public key.")


class CountedShare(Wire):
    """A share with its interval."""

    events: int
    trials: int
    value: float | None = Field(description="null where there was no trial.")
    low: float | None = Field(description="Wilson's interval at 95 %; null where there is none.")
    high: float | None


class ListFigures(Wire):
    """The alerts of one watchlist."""

    watchlist: str
    alerts: int
    confirmed: int
    rejected: int
    open: int
    held: int = Field(
        description="Of these alerts: told to no sink, since a picture may have been shown."
    )


class Seconds(Wire):
    """How long something took; null where it never happened."""

    count: int
    p50: float | None
    p95: float | None


class KnownOf(Wire):
    """What is known of a subject who was looked for."""

    subject_id: Id
    attributes: Annotated[dict[Line, Line], Field(max_length=20)] = Field(
        examples=[{"sex": "female"}]
    )


class Demographics(Wire):
    """What is known of those who were looked for; used for one report, kept nowhere."""

    subjects: Annotated[tuple[KnownOf, ...], Field(min_length=1, max_length=10_000)] = Field(
        description="Everybody who was looked for, each once."
    )


class GroupFigures(Wire):
    """False alerts of one group of subjects."""

    group: str = Field(description='"others": groups of fewer than five subjects together.')
    subjects: int = Field(description="Of this group among those that were looked for.")
    false_alerts: int


class AttributeFigures(Wire):
    """False alerts by one attribute of the subjects that were taken for somebody else."""

    attribute: str
    groups: tuple[GroupFigures, ...] = Field(description="Empty where it would tell on somebody.")


class DeploymentReport(Wire):
    """What a deployment did, ready to be published: nothing in it names a person."""

    deployment_id: int
    state: DeploymentState
    made_at: UtcTime
    place: str
    purpose: str
    legal_basis: str
    starts_at: UtcTime
    ended_at: UtcTime | None = Field(description="null while it has not ended.")
    cameras: int
    looked_for: int = Field(description="Subjects on its watchlists when it was authorised.")
    watched_s: float = Field(description="All cameras together.")
    down_s: float = Field(description="Without pictures, all cameras together.")
    faces: int = Field(description="Detections, one a frame: the same person counts many times.")
    tracks: int = Field(description="Passages: one for each time that somebody passed a camera.")
    alerts: int
    confirmed: int
    rejected: int
    open: int = Field(description="Nobody has judged them; they count as neither true nor false.")
    held: int = Field(description="Of these alerts: told to no sink, see `lists`.")
    lists: tuple[ListFigures, ...]
    true_per_judged_alert: CountedShare
    false_per_judged_alert: CountedShare = Field(
        description="What somebody who is stopped needs to know."
    )
    false_per_track: CountedShare = Field(description="What a passer-by needs to know.")
    false_per_face: float | None = Field(
        description="Without an interval: faces of one passage are not independent."
    )
    expected_false: float = Field(description="By the thresholds in force.")
    time_to_review: Seconds = Field(description="From the decision to the first verdict.")
    escalated: int
    reopened: int
    false_alerts_by: tuple[AttributeFigures, ...] = Field(
        description="Only where attributes of subjects were given."
    )
    deleted: dict[str, int] = Field(description="Rows deleted at its end, by table.")
    certificate_sha256: str = Field(description="Of the deletion certificate; empty before it.")
