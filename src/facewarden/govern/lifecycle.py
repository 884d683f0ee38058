"""The life of a deployment: proposed, authorised by somebody else, running, ended, wiped.

    proposed ──authorise──> authorised ──end──> ended ──wipe──> wiped
       │  ^                     │
       │  └──────change─────────┤
       └──────withdraw──────────┴────> withdrawn

Pure rules: nothing here knows a store or a clock.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from facewarden.data import budget
from facewarden.data.deployment import Deployment, DeploymentPlan, DeploymentState
from facewarden.errors import DataError
from facewarden.govern.person import Person

LONGEST: Final = timedelta(days=90)
"""A deployment is for an occasion; what lasts longer is proposed and weighed again."""

LONGEST_KEPT_DAYS: Final = 31
"""Unconfirmed alerts are kept for review, not for later: at most a month after the end."""

LONGEST_TEXT: Final = 2_000
"""Characters of purpose, place, legal basis and reasons."""

MOST: Final = 1_000
"""Cameras, and watchlists, of one deployment."""

SET_BACK: Final = timedelta(minutes=1)
"""A clock that is behind what was seen by more than this was set back; less is correction of
drift (NTP steps a clock from 128 ms on, ntpd(8))."""


def require_plan(
    plan: DeploymentPlan,
    now: datetime,
    *,
    cameras: Collection[str] | None,
    watchlists: Collection[str],
) -> None:
    """Raise DataError unless this may be proposed or authorised at `now`.

    Args:
        cameras: ids of those there are; None where the caller cannot know them.
        watchlists: names of those there are.
    """
    for word, text in (
        ("purpose", plan.purpose),
        ("place", plan.place),
        ("legal basis", plan.legal_basis),
    ):
        require_words(f"the deployment's {word}", text)
    for word, named, known in (
        ("camera", plan.cameras, cameras),
        ("watchlist", plan.watchlists, watchlists),
    ):
        if not 0 < len(named) <= MOST or len(set(named)) != len(named):
            raise DataError(
                f"a deployment needs a {word}",
                expected=f"1 to {MOST} different ones",
                found=f"{len(named)}, {len(set(named))} of them different",
                remedy=f"name each {word} that it is about",
            )
        unknown = [name for name in named if known is not None and name not in known]
        if unknown:
            raise DataError(
                f"there is no {word} {unknown[0]!r}",
                found=f"{len(unknown)} unknown",
                remedy=f"add the {word} first, or leave it out",
            )
    if plan.ends_at <= plan.starts_at:
        raise DataError(
            "the deployment ends before it starts",
            expected="an end after its start",
            found=f"{plan.starts_at:%Y-%m-%dT%H:%M:%SZ} to {plan.ends_at:%Y-%m-%dT%H:%M:%SZ}",
        )
    if plan.ends_at <= now:
        raise DataError(
            "the deployment ends in the past",
            expected=f"an end after {now:%Y-%m-%dT%H:%M:%SZ}",
            found=f"{plan.ends_at:%Y-%m-%dT%H:%M:%SZ}",
        )
    if plan.ends_at - plan.starts_at > LONGEST:
        raise DataError(
            "the deployment is too long",
            expected=f"at most {LONGEST.days} days",
            found=f"{(plan.ends_at - plan.starts_at) / timedelta(days=1):.1f} days",
            remedy="propose a shorter one, and another one after it",
        )
    if not 0 <= plan.keep_unconfirmed_days <= LONGEST_KEPT_DAYS:
        raise DataError(
            "unconfirmed alerts would be kept too long",
            expected=f"0 to {LONGEST_KEPT_DAYS} days",
            found=str(plan.keep_unconfirmed_days),
        )
    wrong = budget.out_of_range(fpir=plan.fpir, false_alerts_per_day=plan.false_alerts_per_day)
    if wrong:
        raise DataError(
            f"the deployment's {wrong} is out of range",
            expected=budget.EXPECTED,
            found=f"{getattr(plan, wrong):g}",
        )


def require_words(what: str, text: str) -> None:
    """Raise DataError for an empty or endless text."""
    if not 0 < len(text.strip()) <= LONGEST_TEXT:
        raise DataError(
            f"{what} is {'empty' if not text.strip() else 'too long'}",
            expected=f"1 to {LONGEST_TEXT} characters",
            found=f"{len(text.strip())}",
        )


def require_state(deployment: Deployment, what: str, *allowed: DeploymentState) -> None:
    """Raise DataError unless the deployment is in one of the states in which `what` may happen."""
    if deployment.state not in allowed:
        raise DataError(
            f"deployment {deployment.deployment_id} cannot be {what}",
            expected=" or ".join(allowed),
            found=deployment.state,
            remedy="propose another one" if what != "wiped" else "",
        )


def require_second(deployment: Deployment, person: Person) -> None:
    """Raise DataError unless `person` may authorise what somebody else has proposed."""
    if not person.login.strip() or person.is_same(
        Person(deployment.proposed_by, deployment.proposed_by_id)
    ):
        raise DataError(
            f"deployment {deployment.deployment_id} needs a second person",
            expected="somebody other than who proposed it",
            found="the same person",
            remedy="have somebody else authorise it",
        )


def is_set_back(deployment: Deployment, now: datetime) -> bool:
    """Tell whether the clock is behind a time at which this deployment has run."""
    return deployment.seen_at is not None and now < deployment.seen_at - SET_BACK


def is_due(deployment: Deployment, now: datetime) -> bool:
    """Tell whether it should be watching.

    Never while the clock is behind what was seen: set back, it would give the deployment more
    time than was authorised. It goes on when the clock has caught up.
    """
    return (
        deployment.state is DeploymentState.AUTHORISED
        and deployment.starts_at <= now < deployment.ends_at
        and not is_set_back(deployment, now)
    )


def is_over(deployment: Deployment, now: datetime) -> bool:
    """Tell whether time has ended it: an authorised one has ended, a proposed one lapses."""
    return (
        deployment.state in {DeploymentState.PROPOSED, DeploymentState.AUTHORISED}
        and now >= deployment.ends_at
    )


def wiped_from(deployment: Deployment) -> datetime | None:
    """Return when what is left of it is due to be wiped; None before it has ended."""
    if deployment.state is not DeploymentState.ENDED or deployment.ended_at is None:
        return None
    return deployment.ended_at + timedelta(days=deployment.keep_unconfirmed_days)


def require_wipe(deployment: Deployment, now: datetime) -> None:
    """Raise DataError unless what is left of it is to be wiped at `now`."""
    require_state(deployment, "wiped", DeploymentState.ENDED)
    due = wiped_from(deployment)
    if due is None or now < due:
        raise DataError(
            f"deployment {deployment.deployment_id} is not to be wiped yet",
            expected=f"a time from {due:%Y-%m-%dT%H:%M:%SZ} on" if due else "its end",
            found=f"{now:%Y-%m-%dT%H:%M:%SZ}",
            remedy="its alerts may be reviewed until then",
        )
