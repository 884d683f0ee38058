"""Deployments as rows: found, sealed and unsealed, closed."""

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from facewarden.data.deployment import Deployment, DeploymentPlan, DeploymentState
from facewarden.errors import StoreError
from facewarden.store.audit import Audit
from facewarden.store.certificates import Signer
from facewarden.store.database import Database
from facewarden.store.governance_tables import deployment as deployment_table
from facewarden.store.governance_tables import deployment_member, deployment_reference
from facewarden.store.key import TemplateKey
from facewarden.store.references import grow_version

_KEPT = frozenset(field.name for field in fields(Deployment))


class KeptDeployments:
    """The part of the deployments that reads and writes rows; free text is sealed."""

    def __init__(self, database: Database, key: TemplateKey, audit: Audit) -> None:
        self._database = database
        self._key = key
        self._audit = audit
        self._signer = Signer(database, key)

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
        connection.execute(
            delete(deployment_reference).where(
                deployment_reference.c.deployment_id == deployment_id
            )
        )
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


def _purpose(deployment_id: int) -> str:
    return f"deployment:{deployment_id}"
