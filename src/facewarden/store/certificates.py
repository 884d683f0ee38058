"""Wiping what a deployment leaves, and the certificate that says what was deleted."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from sqlalchemy import ColumnElement, Connection, Table, and_, delete, insert, or_, select

from facewarden.data import ReviewState
from facewarden.data.deployment import Deployment
from facewarden.govern.certificate import public_pem, signed
from facewarden.govern.chain import Noted
from facewarden.store.anchors import drop_orphans
from facewarden.store.columns import to_micros
from facewarden.store.database import Database
from facewarden.store.governance_tables import casework, casework_event
from facewarden.store.key import TemplateKey
from facewarden.store.references import grow_version
from facewarden.store.tables import (
    alert,
    alert_look,
    alert_probe,
    anchor_alert,
    delivery,
    presentation_picture,
    review,
    sighting,
    snapshot,
    store_info,
)

SIGNING_KEY: Final = "signing_key"

_OF_ALERTS: Final[tuple[tuple[Table, tuple[str, ...]], ...]] = (
    (snapshot, ("alert_id", "revision")),
    (alert_look, ("alert_id", "number")),
    (presentation_picture, ("alert_id",)),
    (alert_probe, ("alert_id",)),
    (delivery, ("delivery_id",)),
    (review, ("review_id",)),
    (casework, ("alert_id",)),
    (casework_event, ("event_id",)),
    (anchor_alert, ("alert_id",)),
)
"""What goes with an alert, and by which columns a row is named in the digest."""


@dataclass(frozen=True, slots=True)
class Deleted:
    """Rows of one table.

    Attributes:
        digest: SHA-256, hexadecimal, of the names of the rows, sorted, one a line: with an old
            backup anybody can tell whether a row was among them.
    """

    rows: int
    digest: str


class Signer:
    """Signs in the name of this installation.

    The private key is made at first use and kept in the store, sealed with the template key: it
    moves with the store and its backups, and whoever has the store without the key cannot sign.
    """

    def __init__(self, database: Database, key: TemplateKey) -> None:
        self._database = database
        self._key = key

    def public_key(self) -> bytes:
        """Return the public key in PEM, for those who check certificates."""
        with self._database.write() as connection:
            return public_pem(self._private(connection).public_key())

    def sign(self, connection: Connection, document: dict[str, Any]) -> str:
        """Return a document as a signed certificate; inside a write transaction."""
        return signed(document, self._private(connection))

    def _private(self, connection: Connection) -> Ed25519PrivateKey:
        sealed = connection.execute(
            select(store_info.c.value).where(store_info.c.name == SIGNING_KEY)
        ).scalar_one_or_none()
        if sealed is not None:
            return Ed25519PrivateKey.from_private_bytes(self._key.unseal(sealed, SIGNING_KEY))
        made = Ed25519PrivateKey.generate()
        plain = made.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        connection.execute(
            insert(store_info).values(name=SIGNING_KEY, value=self._key.seal(plain, SIGNING_KEY))
        )
        return made


def wipe_rows(connection: Connection, deployment: Deployment) -> dict[str, Deleted]:
    """Delete what nobody has confirmed of an ended deployment; say what, by table.

    Alerts that are not confirmed go, with pictures, probes, deliveries, verdicts and casework; so
    do the anchors that rejections of theirs made, and every sighting of its cameras and
    watchlists in its time that belongs to no alert that stays.
    """
    gone = select(alert.c.alert_id).where(
        alert.c.deployment_id == deployment.deployment_id,
        alert.c.state != str(ReviewState.CONFIRMED),
    )
    deleted: dict[str, Deleted] = {}
    for table, names in _OF_ALERTS:
        deleted[table.name] = _delete(connection, table, names, table.c.alert_id.in_(gone))
    if deleted["anchor_alert"].rows:
        drop_orphans(connection)
        grow_version(connection)
    deleted["sighting"] = _delete(
        connection,
        sighting,
        ("camera_id", "sighting_id", "subject_id", "watchlist"),
        or_(sighting.c.alert_id.in_(gone), _left_behind(deployment)),
    )
    deleted["alert"] = _delete(connection, alert, ("alert_id",), alert.c.alert_id.in_(gone))
    return deleted


def _left_behind(deployment: Deployment) -> ColumnElement[bool]:
    """Return which sightings were made in its time and place and belong to no alert."""
    return and_(
        sighting.c.alert_id.not_in(select(alert.c.alert_id)),
        sighting.c.camera_id.in_(deployment.cameras),
        sighting.c.watchlist.in_(deployment.watchlists),
        sighting.c.first_seen_at >= deployment.starts_at,
        sighting.c.first_seen_at < (deployment.ended_at or deployment.ends_at),
    )


def certificate_of(
    deployment: Deployment,
    deleted: dict[str, Deleted],
    *,
    frozen: int,
    confirmed: int,
    at: datetime,
    by: str,
    head: Noted,
) -> dict[str, Any]:
    """Return what a certificate says: counts, times and ids, nothing that names a subject.

    Args:
        frozen: rows of its copies of watchlists, deleted when it ended.
        confirmed: alerts that were confirmed and stay, until their own time.
        by: who wiped it; empty where time did.
        head: the newest entry of the audit log, that of this deletion.
    """
    ended = deployment.ended_at
    return {
        "deployment": deployment.deployment_id,
        "starts_at": _time(deployment.starts_at),
        "ends_at": _time(deployment.ends_at),
        "ended_at": _time(ended) if ended is not None else None,
        "keep_unconfirmed_days": deployment.keep_unconfirmed_days,
        "deleted_at": _time(at),
        "deleted_by": by or "time",
        "deleted": {name: {"rows": one.rows, "sha256": one.digest} for name, one in deleted.items()}
        | {"deployment_member": {"rows": frozen, "sha256": None}},
        "kept": {"confirmed_alerts": confirmed},
        "audit": {"position": head.position, "hash": head.hash},
    }


def _delete(
    connection: Connection, table: Table, names: Sequence[str], wanted: ColumnElement[bool]
) -> Deleted:
    columns = [table.c[name] for name in names]
    rows = [" ".join(map(str, row)) for row in connection.execute(select(*columns).where(wanted))]
    connection.execute(delete(table).where(wanted))
    return Deleted(len(rows), _digest(rows))


def _digest(names: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()


def _time(at: datetime) -> str:
    to_micros(at)  # refuses what is not UTC
    return at.isoformat().replace("+00:00", "Z")
