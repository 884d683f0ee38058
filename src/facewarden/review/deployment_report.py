"""The report of a deployment, ready to be published: counts, shares, nothing that names a person.

What is free text of people (place, purpose, legal basis) is theirs to publish or to leave out.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from facewarden.api import deployments as wire
from facewarden.data.deployment import Deployment
from facewarden.data.deployment_numbers import DeploymentNumbers
from facewarden.review.wilson import Share, share

SMALLEST: Final = 5
"""A group of fewer subjects is not told apart: k-anonymity (Sweeney 2002) with k = 5."""

OTHERS: Final = "others"

Attributes = Mapping[int, Mapping[str, str]]
"""By subject id: what is known of them, such as {"sex": "female"}."""


def build(
    deployment: Deployment,
    numbers: DeploymentNumbers,
    made_at: datetime,
    *,
    attributes: Attributes | None = None,
    certificate: Mapping[str, Any] | None = None,
    certificate_sha256: str = "",
) -> wire.DeploymentReport:
    """Put the report together.

    Args:
        attributes: of every subject that was looked for; None: no demographics.
        certificate: of the deletion, where there is one already.
    """
    alerts, confirmed, rejected, open_, held = (
        sum(getattr(one, name) for one in numbers.lists)
        for name in ("alerts", "confirmed", "rejected", "open", "held")
    )
    judged = confirmed + rejected
    deleted = certificate["deleted"] if certificate else {}
    return wire.DeploymentReport(
        deployment_id=deployment.deployment_id,
        state=deployment.state,
        made_at=made_at,
        place=deployment.place,
        purpose=deployment.purpose,
        legal_basis=deployment.legal_basis,
        starts_at=deployment.starts_at,
        ended_at=deployment.ended_at,
        cameras=len(deployment.cameras),
        looked_for=numbers.frozen,
        watched_s=numbers.watched_s,
        down_s=numbers.down_s,
        faces=numbers.faces,
        tracks=numbers.tracks,
        alerts=alerts,
        confirmed=confirmed,
        rejected=rejected,
        open=open_,
        held=held,
        lists=tuple(
            wire.ListFigures(
                watchlist=one.watchlist,
                alerts=one.alerts,
                confirmed=one.confirmed,
                rejected=one.rejected,
                open=one.open,
                held=one.held,
            )
            for one in numbers.lists
        ),
        true_per_judged_alert=_share(share(confirmed, judged)),
        false_per_judged_alert=_share(share(rejected, judged)),
        # A track raises one alert for each list at most, so there may be more alerts than tracks.
        false_per_track=_share(share(min(rejected, numbers.tracks), numbers.tracks)),
        false_per_face=rejected / numbers.faces if numbers.faces else None,
        expected_false=numbers.expected_false,
        time_to_review=wire.Seconds(
            count=len(numbers.review_s),
            p50=_quantile(numbers.review_s, 0.50),
            p95=_quantile(numbers.review_s, 0.95),
        ),
        escalated=numbers.escalated,
        reopened=numbers.reopened,
        false_alerts_by=by_attribute(numbers.falsely, attributes) if attributes else (),
        deleted={name: int(one["rows"]) for name, one in sorted(deleted.items())},
        certificate_sha256=certificate_sha256,
    )


def by_attribute(
    falsely: Mapping[int, int], attributes: Attributes
) -> tuple[wire.AttributeFigures, ...]:
    """Count false alerts by each attribute of the subjects who were seen in somebody else.

    Groups of fewer than five subjects are told together; where even these are fewer than five,
    they would be known from the rest, and the smallest other group joins them. Where that leaves
    one group, nothing is told.

    Args:
        falsely: subject ids, and how many false alerts each had.
        attributes: of every subject that was looked for.
    """
    names = sorted({name for known in attributes.values() for name in known})
    found = []
    for name in names:
        size: Counter[str] = Counter()
        false: Counter[str] = Counter()
        for subject_id, known in attributes.items():
            group = known.get(name, "").strip() or "not given"
            size[group] += 1
            false[group] += falsely.get(subject_id, 0)
        merged = [group for group, number in size.items() if number < SMALLEST]
        kept = sorted((number, group) for group, number in size.items() if number >= SMALLEST)
        while merged and kept and sum(size[group] for group in merged) < SMALLEST:
            merged.append(kept.pop(0)[1])
        groups = [
            wire.GroupFigures(group=group, subjects=number, false_alerts=false[group])
            for number, group in sorted(kept, key=lambda one: one[1])
        ]
        if merged:
            groups.append(
                wire.GroupFigures(
                    group=OTHERS,
                    subjects=sum(size[group] for group in merged),
                    false_alerts=sum(false[group] for group in merged),
                )
            )
        told = tuple(groups) if len(groups) > 1 else ()
        found.append(wire.AttributeFigures(attribute=name, groups=told))
    return tuple(found)


def _share(counted: Share) -> wire.CountedShare:
    return wire.CountedShare(
        events=counted.events,
        trials=counted.trials,
        value=_number(counted.value),
        low=_number(counted.low),
        high=_number(counted.high),
    )


def _quantile(ordered: Sequence[float], q: float) -> float | None:
    """Return the smallest value that at least the share q does not exceed."""
    return ordered[max(0, math.ceil(q * len(ordered)) - 1)] if ordered else None


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
