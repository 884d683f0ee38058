"""Cameras that are kept in the store, with addresses and passwords sealed."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from facewarden.config.camera import CameraSettings
from facewarden.errors import StoreError, StoreStale
from facewarden.store.audit import Audit
from facewarden.store.camera_tables import camera
from facewarden.store.database import Database
from facewarden.store.key import TemplateKey


@dataclass(frozen=True, slots=True)
class StoredCamera:
    """A camera as it is kept.

    Attributes:
        version: 1 when made; grows by one with every change.
        created_at, updated_at: UTC.
    """

    settings: CameraSettings
    version: int
    created_at: datetime
    updated_at: datetime

    @property
    def camera_id(self) -> str:
        """Its id."""
        return self.settings.id

    @property
    def group(self) -> str:
        """The camera group that rights are given on; empty where it has none."""
        return self.settings.group or ""


class Cameras:
    """The cameras of a store; every change is in the audit log, with the fields that changed.

    What was not given stays out of the record: a default follows the version that reads it.
    """

    def __init__(self, database: Database, key: TemplateKey, audit: Audit) -> None:
        self._database = database
        self._key = key
        self._audit = audit

    def all(self, ids: Collection[str] | None = None) -> list[StoredCamera]:
        """Return every camera, or those of some ids that there are, by id."""
        wanted = select(camera).order_by(camera.c.camera_id)
        if ids is not None:
            wanted = wanted.where(camera.c.camera_id.in_(ids))
        with self._database.read() as connection:
            return [self._opened(row) for row in connection.execute(wanted)]

    def page(
        self, *, limit: int, after: str = "", groups: Collection[str] | None = None
    ) -> list[StoredCamera]:
        """Return cameras by id, those behind the id `after`.

        Args:
            limit: at most so many.
            groups: of these groups only, "" for cameras without one; None: of all.
        """
        wanted = select(camera).where(camera.c.camera_id > after)
        if groups is not None:
            wanted = wanted.where(camera.c.camera_group.in_(groups))
        with self._database.read() as connection:
            rows = connection.execute(wanted.order_by(camera.c.camera_id).limit(limit)).all()
        return [self._opened(row) for row in rows]

    def ids(self, groups: Collection[str]) -> frozenset[str]:
        """Return the ids of the cameras of these groups, "" for those without one."""
        wanted = select(camera.c.camera_id).where(camera.c.camera_group.in_(sorted(groups)))
        with self._database.read() as connection:
            return frozenset(connection.scalars(wanted))

    def find(self, camera_id: str, groups: Collection[str] | None = None) -> StoredCamera | None:
        """Return one camera, None where there is none of this id.

        Args:
            groups: one of another group is not there, and costs as little; None: any group.
        """
        with self._database.read() as connection:
            row = _row(connection, camera_id, groups)
        return None if row is None else self._opened(row)

    def get(self, camera_id: str) -> StoredCamera:
        """Return one camera.

        Raises:
            StoreError: no such camera.
        """
        found = self.find(camera_id)
        if found is None:
            raise _absent(camera_id)
        return found

    def versions(self) -> dict[str, int]:
        """Return the version of every camera by id: what a watch looks at every second."""
        with self._database.read() as connection:
            rows = connection.execute(select(camera.c.camera_id, camera.c.version)).all()
        return {row.camera_id: row.version for row in rows}

    def create(self, settings: CameraSettings, *, actor: str = "") -> StoredCamera:
        """Keep a new camera.

        Raises:
            StoreError: the id is taken.
        """
        with self._database.write() as connection:
            if _row(connection, settings.id) is not None:
                raise StoreError(
                    f"there is a camera {settings.id} already", remedy="choose another id"
                )
            now = self._database.clock()
            values = self._columns(settings) | {"created_at": now, "updated_at": now, "version": 1}
            connection.execute(insert(camera).values(camera_id=settings.id, **values))
            self._audit.note(
                connection,
                "camera.create",
                f"camera:{settings.id}",
                {"group": settings.group or ""},
                actor=actor,
            )
        return StoredCamera(settings, 1, now, now)

    def update(
        self, settings: CameraSettings, *, version: int | None = None, actor: str = ""
    ) -> StoredCamera:
        """Replace the settings of the camera of their id; no change, no new version.

        Args:
            version: the one that the change was made from; None: whatever it is.

        Raises:
            StoreError: no such camera, or somebody has changed it since that version.
        """
        with self._database.write() as connection:
            before = self._require(connection, settings.id, version)
            old, new = to_plain(before.settings), to_plain(settings)
            changed = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
            if not changed:
                return before
            now = self._database.clock()
            connection.execute(
                update(camera)
                .where(camera.c.camera_id == settings.id)
                .values(**self._columns(settings), version=before.version + 1, updated_at=now)
            )
            self._audit.note(
                connection,
                "camera.update",
                f"camera:{settings.id}",
                {"changed": changed, "version": before.version + 1},
                actor=actor,
            )
        return StoredCamera(settings, before.version + 1, before.created_at, now)

    def remove(self, camera_id: str, *, version: int | None = None, actor: str = "") -> None:
        """Forget a camera; its alerts, sightings and counters stay until they expire.

        Args:
            version: the one that was seen; None: whatever it is.

        Raises:
            StoreError: no such camera, or somebody has changed it since that version.
        """
        with self._database.write() as connection:
            self._require(connection, camera_id, version)
            connection.execute(delete(camera).where(camera.c.camera_id == camera_id))
            self._audit.note(connection, "camera.remove", f"camera:{camera_id}", {}, actor=actor)

    def _require(self, connection: Connection, camera_id: str, version: int | None) -> StoredCamera:
        row = _row(connection, camera_id)
        if row is None:
            raise _absent(camera_id)
        if version is not None and row.version != version:
            raise StoreStale(
                f"somebody has changed the camera {camera_id} meanwhile",
                expected=f"version {version}",
                found=f"version {row.version}",
                remedy="read it again, then change it",
            )
        return self._opened(row)

    def _columns(self, settings: CameraSettings) -> dict[str, Any]:
        plain = json.dumps(to_plain(settings), sort_keys=True).encode()
        return {
            "name": settings.name,
            "camera_group": settings.group or "",
            "enabled": settings.enabled,
            "sealed": self._key.seal(plain, _purpose(settings.id)),
        }

    def _opened(self, row: Row[Any]) -> StoredCamera:
        plain = json.loads(self._key.unseal(row.sealed, _purpose(row.camera_id)))
        return StoredCamera(
            CameraSettings.model_validate(plain), row.version, row.created_at, row.updated_at
        )


def _row(
    connection: Connection, camera_id: str, groups: Collection[str] | None = None
) -> Row[Any] | None:
    wanted = select(camera).where(camera.c.camera_id == camera_id)
    if groups is not None:
        wanted = wanted.where(camera.c.camera_group.in_(sorted(groups)))
    return connection.execute(wanted).one_or_none()


def to_plain(settings: CameraSettings) -> dict[str, Any]:
    """Return the settings that were given as JSON values, the password in clear."""
    plain: dict[str, Any] = settings.model_dump(mode="json", by_alias=True, exclude_unset=True)
    if settings.password is not None:
        plain["password"] = settings.password.get_secret_value()
    return plain


def _purpose(camera_id: str) -> str:
    return f"camera:{camera_id}"


def _absent(camera_id: str) -> StoreError:
    return StoreError(f"there is no camera {camera_id}", remedy="facewarden cameras list")
