"""The end of deployments: what nobody confirmed is deleted and certified, counts stay."""

import logging
from datetime import datetime

from sqlalchemy import Connection, select

from facewarden.data.deployment import Deployment, DeploymentState
from facewarden.data.deployment_numbers import DeploymentNumbers
from facewarden.errors import StoreBusy, StoreError, StoreFull
from facewarden.govern import lifecycle
from facewarden.store import deployment_counts
from facewarden.store.certificates import certificate_of, wipe_rows
from facewarden.store.deployment_rows import KeptDeployments
from facewarden.store.governance_tables import deployment as deployment_table

log = logging.getLogger("facewarden.store")


class WipedDeployments(KeptDeployments):
    """The part of the deployments that deletes and certifies."""

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

    def wipe_due(self, now: datetime) -> tuple[int, ...]:
        """Wipe every deployment whose time for it has come at `now`, UTC; return the ids.

        Rewriting the file takes as long as copying it: not for a thread that others wait for.
        """
        due = [one.deployment_id for one in self._to_wipe(now)]
        for deployment_id in due:
            self.wipe(deployment_id, now=now)
        return tuple(due)

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
