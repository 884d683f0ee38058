"""Deployments as they are kept: proposed, authorised, frozen, ended."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection, func, insert, literal, select, update

from facewarden.data import Int64
from facewarden.data.deployment import OPEN, Deployment, DeploymentPlan, DeploymentState
from facewarden.errors import DataError, StoreError
from facewarden.govern import lifecycle
from facewarden.govern.person import Person
from facewarden.store.governance_tables import deployment as deployment_table
from facewarden.store.governance_tables import deployment_member, deployment_reference
from facewarden.store.references import grow_version
from facewarden.store.tables import membership, reference, watchlist
from facewarden.store.wiping import WipedDeployments


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did, as ids of deployments.

    Attributes:
        ended: their time had come.
        lapsed: their time was over before anybody had authorised them.
        set_back: they wait, because the clock is behind what it was.
    """

    ended: tuple[int, ...] = ()
    lapsed: tuple[int, ...] = ()
    set_back: tuple[int, ...] = ()


class Deployments(WipedDeployments):
    """The deployments of a store.

    Every change is one transaction with its entry in the audit log, under the rules of
    `govern.lifecycle`. The free text is sealed.
    """

    def propose(
        self,
        plan: DeploymentPlan,
        login: str,
        *,
        user_id: int | None = None,
        cameras: Collection[str] | None = None,
    ) -> Deployment:
        """Write a deployment down that somebody else may authorise.

        Args:
            login, user_id: who proposes it.
            cameras: ids of the cameras there are; None where the caller cannot know them.

        Raises:
            DataError: a plan that `lifecycle.require_plan` refuses.
        """
        with self._database.write() as connection:
            now = self._database.clock()
            lifecycle.require_plan(plan, now, cameras=cameras, watchlists=_names(connection))
            deployment_id = int(
                connection.execute(
                    insert(deployment_table)
                    .values(
                        state=str(DeploymentState.PROPOSED),
                        version=1,
                        words=b"",
                        proposed_by=login,
                        proposed_by_id=user_id,
                        proposed_at=now,
                        authorised_by="",
                        ended_by="",
                        frozen=0,
                        **_columns(plan),
                    )
                    .returning(deployment_table.c.deployment_id)
                ).scalar_one()
            )
            self._put_words(connection, deployment_id, plan)
            self._note(connection, "propose", deployment_id, login, _facts(plan))
            return self._get(connection, deployment_id)

    def change(
        self,
        deployment_id: int,
        plan: DeploymentPlan,
        login: str,
        *,
        version: int,
        user_id: int | None = None,
        cameras: Collection[str] | None = None,
    ) -> Deployment:
        """Replace the plan. It is proposed anew, by `login`, and stops until authorised again.

        Args:
            version: that the caller has seen.

        Raises:
            StoreError: no such deployment, or it was changed since.
            DataError: it has ended, or the plan is refused.
        """
        with self._database.write() as connection:
            before = self._get(connection, deployment_id)
            lifecycle.require_state(before, "changed", *OPEN)
            if before.version != version:
                raise StoreError(
                    f"deployment {deployment_id} was changed meanwhile",
                    expected=f"version {before.version}",
                    found=f"version {version}",
                    remedy="read it again",
                )
            now = self._database.clock()
            lifecycle.require_plan(plan, now, cameras=cameras, watchlists=_names(connection))
            connection.execute(
                update(deployment_table)
                .where(deployment_table.c.deployment_id == deployment_id)
                .values(
                    state=str(DeploymentState.PROPOSED),
                    version=before.version + 1,
                    proposed_by=login,
                    proposed_by_id=user_id,
                    proposed_at=now,
                    authorised_by="",
                    authorised_by_id=None,
                    authorised_at=None,
                    frozen=0,
                    **_columns(plan),
                )
            )
            self._put_words(connection, deployment_id, plan)
            if self._thaw(connection, deployment_id):
                grow_version(connection)
            self._note(connection, "change", deployment_id, login, _facts(plan))
            return self._get(connection, deployment_id)

    def authorise(
        self,
        deployment_id: int,
        login: str,
        *,
        user_id: int | None = None,
        version: int | None = None,
        cameras: Collection[str] | None = None,
    ) -> Deployment:
        """Let it run between its times, and freeze who is on its watchlists now.

        With them the photographs that they are looked for by.

        Args:
            login, user_id: a person other than who proposed it.
            version: that this person has read; None where they cannot have read another.

        Raises:
            StoreError: no such deployment, or it was changed since.
            DataError: the same person, another state, or a plan that may not run any more.
        """
        with self._database.write() as connection:
            before = self._get(connection, deployment_id)
            lifecycle.require_state(before, "authorised", DeploymentState.PROPOSED)
            if version is not None and before.version != version:
                raise StoreError(
                    f"deployment {deployment_id} was changed meanwhile",
                    expected=f"version {before.version}",
                    found=f"version {version}",
                    remedy="read it again before authorising it",
                )
            lifecycle.require_second(before, Person(login, user_id))
            now = self._database.clock()
            lifecycle.require_plan(before.plan, now, cameras=cameras, watchlists=_names(connection))
            connection.execute(
                insert(deployment_member).from_select(
                    ["deployment_id", "watchlist", "subject_id"],
                    select(
                        literal(deployment_id), membership.c.watchlist, membership.c.subject_id
                    ).where(membership.c.watchlist.in_(before.watchlists)),
                )
            )
            connection.execute(
                insert(deployment_reference).from_select(
                    ["deployment_id", "reference_id"],
                    select(literal(deployment_id), reference.c.reference_id)
                    .join(
                        deployment_member,
                        deployment_member.c.subject_id == reference.c.subject_id,
                    )
                    .where(deployment_member.c.deployment_id == deployment_id)
                    .distinct(),
                )
            )
            frozen, references = (
                # Not rowcount: psycopg does not know it of an INSERT from a SELECT.
                int(
                    connection.execute(
                        select(func.count())
                        .select_from(table)
                        .where(table.c.deployment_id == deployment_id)
                    ).scalar_one()
                )
                for table in (deployment_member, deployment_reference)
            )
            self._set(
                connection,
                before,
                state=str(DeploymentState.AUTHORISED),
                authorised_by=login,
                authorised_by_id=user_id,
                authorised_at=now,
                frozen=frozen,
            )
            self._note(
                connection,
                "authorise",
                deployment_id,
                login,
                {"frozen": frozen, "references": references},
            )
            return self._get(connection, deployment_id)

    def withdraw(self, deployment_id: int, login: str, reason: str) -> Deployment:
        """Take back one that has not run yet.

        Raises:
            StoreError: no such deployment.
            DataError: no reason, or it has run: then it is ended.
        """
        lifecycle.require_words("the reason", reason)
        with self._database.write() as connection:
            before = self._get(connection, deployment_id)
            lifecycle.require_state(before, "withdrawn", *OPEN)
            now = self._database.clock()
            if before.seen_at is not None or lifecycle.is_due(before, now):
                raise DataError(
                    f"deployment {deployment_id} has run",
                    expected="one that has not",
                    remedy="end it instead",
                )
            self._close(connection, before, DeploymentState.WITHDRAWN, login, reason, now)
            self._note(connection, "withdraw", deployment_id, login, {})
            return self._get(connection, deployment_id)

    def end(self, deployment_id: int, login: str, reason: str) -> Deployment:
        """End an authorised one at once, before its time; its copies of watchlists go.

        Raises:
            StoreError: no such deployment.
            DataError: no reason, or it is not authorised.
        """
        lifecycle.require_words("the reason", reason)
        with self._database.write() as connection:
            before = self._get(connection, deployment_id)
            ran = before.state is DeploymentState.PROPOSED and before.seen_at is not None
            if not ran:  # one that ran and was changed can only be ended, not withdrawn
                lifecycle.require_state(before, "ended", DeploymentState.AUTHORISED)
            now = self._database.clock()
            self._close(connection, before, DeploymentState.ENDED, login, reason, now)
            self._note(connection, "end", deployment_id, login, {"by": "hand"})
            return self._get(connection, deployment_id)

    def due(self, now: datetime) -> list[Deployment]:
        """Return those that should be watching at `now`, UTC, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(deployment_table)
                .where(
                    deployment_table.c.state == str(DeploymentState.AUTHORISED),
                    deployment_table.c.starts_at <= now,
                    deployment_table.c.ends_at > now,
                )
                .order_by(deployment_table.c.deployment_id)
            ).all()
        return [one for row in rows if lifecycle.is_due(one := self._deployment(row), now)]

    def members(self, deployment_id: int) -> dict[str, frozenset[int]]:
        """Return, by watchlist, who was on it when it was authorised and still is.

        Nobody joins a frozen watchlist; who is taken off the list is let go at once. Empty
        unless it is authorised.

        Raises:
            StoreError: no such deployment.
        """
        with self._database.read() as connection:
            found = self._get(connection, deployment_id)
            rows = connection.execute(
                select(deployment_member.c.watchlist, deployment_member.c.subject_id)
                .join(
                    membership,
                    (membership.c.watchlist == deployment_member.c.watchlist)
                    & (membership.c.subject_id == deployment_member.c.subject_id),
                )
                .where(deployment_member.c.deployment_id == deployment_id)
            ).all()
        members: dict[str, set[int]] = {name: set() for name in found.watchlists}
        for name, subject_id in rows:
            members[name].add(subject_id)
        return {name: frozenset(ids) for name, ids in members.items()}

    def references(self, deployment_id: int) -> Int64:
        """Return (r,) ids of the photographs that its members had when it was authorised.

        One that was given to a member since, by enrolment or by a merge, is not among them: nobody
        joins a frozen watchlist under another's name. Empty unless it is authorised.
        """
        with self._database.read() as connection:
            rows = connection.scalars(
                select(deployment_reference.c.reference_id)
                .where(deployment_reference.c.deployment_id == deployment_id)
                .order_by(deployment_reference.c.reference_id)
            ).all()
        return np.array(rows, np.int64)

    def sweep(self, now: datetime) -> Swept:
        """End what time has ended at `now`, UTC, and note which were seen running.

        To be called every minute or oftener while anything is due.
        """
        ended: list[int] = []
        lapsed: list[int] = []
        set_back: list[int] = []
        with self._database.read() as connection:
            rows = connection.execute(
                select(deployment_table.c.deployment_id)
                .where(deployment_table.c.state.in_([str(state) for state in OPEN]))
                .order_by(deployment_table.c.deployment_id)
            ).all()
        for row in rows:
            with self._database.write() as connection:
                # Asked again under the lock: somebody may have ended it meanwhile.
                one = self._get(connection, row.deployment_id)
                if lifecycle.is_set_back(one, now):
                    set_back.append(one.deployment_id)
                elif lifecycle.is_over(one, now):
                    ran = one.seen_at is not None or one.state is DeploymentState.AUTHORISED
                    state = DeploymentState.ENDED if ran else DeploymentState.WITHDRAWN
                    self._close(connection, one, state, "", "", now)
                    self._note(
                        connection, "end" if ran else "lapse", one.deployment_id, "", {"by": "time"}
                    )
                    (ended if ran else lapsed).append(one.deployment_id)
                elif lifecycle.is_due(one, now):
                    connection.execute(
                        update(deployment_table)
                        .where(deployment_table.c.deployment_id == one.deployment_id)
                        .values(seen_at=max(now, one.seen_at or now))
                    )
        return Swept(tuple(ended), tuple(lapsed), tuple(set_back))


def _columns(plan: DeploymentPlan) -> dict[str, Any]:
    return {
        "cameras": list(plan.cameras),
        "watchlists": list(plan.watchlists),
        "starts_at": plan.starts_at,
        "ends_at": plan.ends_at,
        "false_alerts_per_day": plan.false_alerts_per_day,
        "fpir": plan.fpir,
        "keep_unconfirmed_days": plan.keep_unconfirmed_days,
    }


def _facts(plan: DeploymentPlan) -> dict[str, Any]:
    times = {"starts_at": plan.starts_at.isoformat(), "ends_at": plan.ends_at.isoformat()}
    return _columns(plan) | times


def _names(connection: Connection) -> frozenset[str]:
    return frozenset(connection.scalars(select(watchlist.c.name)))
