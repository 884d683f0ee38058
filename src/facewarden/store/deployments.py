"""Deployments as they are kept: proposed, authorised, frozen, ended."""

import json
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, literal, select, update

from facewarden.data.deployment import Deployment, DeploymentPlan, DeploymentState
from facewarden.data.deployment_numbers import DeploymentNumbers
from facewarden.errors import DataError, StoreBusy, StoreError, StoreFull
from facewarden.govern import lifecycle
from facewarden.govern.person import Person
from facewarden.store import deployment_counts
from facewarden.store.audit import Audit
from facewarden.store.certificates import Signer, certificate_of, wipe_rows
from facewarden.store.database import Database
from facewarden.store.governance_tables import deployment as deployment_table
from facewarden.store.governance_tables import deployment_member
from facewarden.store.key import TemplateKey
from facewarden.store.references import grow_version
from facewarden.store.tables import membership, watchlist

log = logging.getLogger("facewarden.store")

_OPEN = (DeploymentState.PROPOSED, DeploymentState.AUTHORISED)


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did, as ids of deployments.

    Attributes:
        ended: their time had come.
        lapsed: their time was over before anybody had authorised them.
        set_back: they wait, because the clock is behind what it was.
        wiped: what nobody had confirmed was deleted, and certified.
    """

    ended: tuple[int, ...] = ()
    lapsed: tuple[int, ...] = ()
    set_back: tuple[int, ...] = ()
    wiped: tuple[int, ...] = ()


class Deployments:
    """The deployments of a store.

    Every change is one transaction with its entry in the audit log, under the rules of
    `govern.lifecycle`. The free text is sealed.
    """

    def __init__(self, database: Database, key: TemplateKey, audit: Audit) -> None:
        self._database = database
        self._key = key
        self._audit = audit
        self._signer = Signer(database, key)

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
            lifecycle.require_state(before, "changed", *_OPEN)
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
            frozen = connection.execute(
                insert(deployment_member).from_select(
                    ["deployment_id", "watchlist", "subject_id"],
                    select(
                        literal(deployment_id), membership.c.watchlist, membership.c.subject_id
                    ).where(membership.c.watchlist.in_(before.watchlists)),
                )
            ).rowcount
            self._set(
                connection,
                before,
                state=str(DeploymentState.AUTHORISED),
                authorised_by=login,
                authorised_by_id=user_id,
                authorised_at=now,
                frozen=frozen,
            )
            self._note(connection, "authorise", deployment_id, login, {"frozen": frozen})
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
            lifecycle.require_state(before, "withdrawn", *_OPEN)
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

    def get(self, deployment_id: int) -> Deployment:
        """Return one deployment.

        Raises:
            StoreError: no such deployment.
        """
        with self._database.read() as connection:
            return self._get(connection, deployment_id)

    def page(
        self,
        *,
        state: DeploymentState | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> list[Deployment]:
        """Return deployments, newest first.

        Args:
            before: only those of smaller id: the last one of the page before.
        """
        wanted = []
        if state is not None:
            wanted.append(deployment_table.c.state == str(state))
        if before is not None:
            wanted.append(deployment_table.c.deployment_id < before)
        with self._database.read() as connection:
            rows = connection.execute(
                select(deployment_table)
                .where(*wanted)
                .order_by(deployment_table.c.deployment_id.desc())
                .limit(limit)
            ).all()
        return [self._deployment(row) for row in rows]

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

    def sweep(self, now: datetime) -> Swept:
        """End what time has ended at `now`, UTC, wipe what is to be wiped, note what was running.

        To be called every minute or oftener while anything is due.
        """
        ended: list[int] = []
        lapsed: list[int] = []
        set_back: list[int] = []
        with self._database.read() as connection:
            rows = connection.execute(
                select(deployment_table.c.deployment_id)
                .where(deployment_table.c.state.in_([str(state) for state in _OPEN]))
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
        wiped = [one.deployment_id for one in self._to_wipe(now)]
        for deployment_id in wiped:
            self.wipe(deployment_id, now=now)
        return Swept(tuple(ended), tuple(lapsed), tuple(set_back), tuple(wiped))

    def wipe(self, deployment_id: int, login: str = "", *, now: datetime | None = None) -> str:
        """Delete what nobody has confirmed of an ended deployment; return the certificate.

        Counts for its report stay. The rows are overwritten where they stood; the file is
        rewritten at once, or with the next removal of expired data where somebody is reading it.

        Args:
            login: who does it; empty: its time has come.
            now: UTC; the store's clock where it is not given.

        Raises:
            StoreError: no such deployment.
            DataError: it has not ended, or its unconfirmed alerts may be kept for longer.
        """
        with self._database.write() as connection:
            before = self._get(connection, deployment_id)
            at = now or self._database.clock()
            lifecycle.require_wipe(before, at)
            frozen = self._frozen(connection, deployment_id)
            numbers = deployment_counts.count(connection, before, frozen=frozen, now=at)
            deleted = wipe_rows(connection, before)
            self._note(
                connection,
                "wipe",
                deployment_id,
                login,
                {"deleted": {name: one.rows for name, one in deleted.items()}},
            )
            certificate = self._signer.sign(
                connection,
                certificate_of(
                    before,
                    deleted,
                    frozen=frozen,
                    confirmed=sum(one.confirmed for one in numbers.lists),
                    at=at,
                    by=login,
                    head=self._audit.head_within(connection),
                ),
            )
            self._set(
                connection,
                before,
                state=str(DeploymentState.WIPED),
                wiped_at=at,
                tally=numbers.to_json(),
                certificate=certificate,
            )
        try:
            self._database.forget()
        except (StoreBusy, StoreFull) as problem:
            log.warning("deployment %d is wiped, but: %s", deployment_id, problem)
        return certificate

    def certificate(self, deployment_id: int) -> str:
        """Return the deletion certificate, JSON.

        Raises:
            StoreError: no such deployment, or it is not wiped yet.
        """
        with self._database.read() as connection:
            self._get(connection, deployment_id)
            found = connection.execute(
                select(deployment_table.c.certificate).where(
                    deployment_table.c.deployment_id == deployment_id
                )
            ).scalar_one()
        if found is None:
            raise StoreError(
                f"deployment {deployment_id} has no deletion certificate",
                expected="one that is wiped",
                remedy="wait for its end and the days after it",
            )
        return str(found)

    def public_key(self) -> bytes:
        """Return the key that certificates are checked with, PEM; made now if there was none."""
        return self._signer.public_key()

    def numbers(self, deployment_id: int) -> DeploymentNumbers:
        """Return what is counted of a deployment, also after it was wiped.

        Raises:
            StoreError: no such deployment.
        """
        with self._database.read() as connection:
            found = self._get(connection, deployment_id)
            row = connection.execute(
                select(deployment_table.c.tally, deployment_table.c.frozen).where(
                    deployment_table.c.deployment_id == deployment_id
                )
            ).one()
            if row.tally is not None:
                return DeploymentNumbers.from_json(row.tally)
            return deployment_counts.count(
                connection, found, frozen=row.frozen, now=self._database.clock()
            )

    def _to_wipe(self, now: datetime) -> list[Deployment]:
        with self._database.read() as connection:
            rows = connection.execute(
                select(deployment_table)
                .where(deployment_table.c.state == str(DeploymentState.ENDED))
                .order_by(deployment_table.c.deployment_id)
            ).all()
        ended = [self._deployment(row) for row in rows]
        return [one for one in ended if (at := lifecycle.wiped_from(one)) and at <= now]

    def _frozen(self, connection: Connection, deployment_id: int) -> int:
        return int(
            connection.execute(
                select(deployment_table.c.frozen).where(
                    deployment_table.c.deployment_id == deployment_id
                )
            ).scalar_one()
        )

    def _close(
        self,
        connection: Connection,
        before: Deployment,
        state: DeploymentState,
        login: str,
        reason: str,
        now: datetime,
    ) -> None:
        self._set(connection, before, state=str(state), ended_by=login, ended_at=now)
        self._put_words(connection, before.deployment_id, before.plan, reason.strip())
        if self._thaw(connection, before.deployment_id):
            grow_version(connection)

    def _thaw(self, connection: Connection, deployment_id: int) -> int:
        return connection.execute(
            delete(deployment_member).where(deployment_member.c.deployment_id == deployment_id)
        ).rowcount

    def _set(self, connection: Connection, before: Deployment, **values: Any) -> None:
        connection.execute(
            update(deployment_table)
            .where(deployment_table.c.deployment_id == before.deployment_id)
            .values(version=before.version + 1, **values)
        )

    def _put_words(
        self,
        connection: Connection,
        deployment_id: int,
        plan: DeploymentPlan,
        end_reason: str = "",
    ) -> None:
        words = {
            "purpose": plan.purpose.strip(),
            "place": plan.place.strip(),
            "legal_basis": plan.legal_basis.strip(),
            "end_reason": end_reason,
        }
        connection.execute(
            update(deployment_table)
            .where(deployment_table.c.deployment_id == deployment_id)
            .values(words=self._key.seal(json.dumps(words).encode(), _purpose(deployment_id)))
        )

    def _get(self, connection: Connection, deployment_id: int) -> Deployment:
        row = connection.execute(
            select(deployment_table).where(deployment_table.c.deployment_id == deployment_id)
        ).one_or_none()
        if row is None:
            raise StoreError(
                f"there is no deployment {deployment_id}", remedy="list the deployments"
            )
        return self._deployment(row)

    def _deployment(self, row: Row[Any]) -> Deployment:
        words = json.loads(self._key.unseal(row.words, _purpose(row.deployment_id)))
        plain = {name: value for name, value in row._mapping.items() if name in _KEPT}
        plain |= words | {
            "state": DeploymentState(row.state),
            "cameras": tuple(row.cameras),
            "watchlists": tuple(row.watchlists),
        }
        return Deployment(**plain)

    def _note(
        self,
        connection: Connection,
        word: str,
        deployment_id: int,
        login: str,
        details: Mapping[str, Any],
    ) -> None:
        self._audit.note(
            connection,
            f"deployment.{word}",
            f"deployment:{deployment_id}",
            details,
            actor=login,
        )


_KEPT = frozenset(field.name for field in fields(Deployment))


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


def _purpose(deployment_id: int) -> str:
    return f"deployment:{deployment_id}"
