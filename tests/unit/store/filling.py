"""A store with at least one row in every table there is, later tables included."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    func,
    insert,
    select,
)

from facewarden.access.principal import Role, Scope
from facewarden.config.camera import CameraSettings
from facewarden.data import Review, ReviewState, SubjectDetails
from facewarden.store.audit import prune
from facewarden.store.columns import UtcMicros
from facewarden.store.open import Store
from facewarden.store.tables import metadata
from unit.store.making import MODEL, NOW, SECOND, a_look, a_probe, a_reference, a_sighting, an_alert

FW0003: Final = Path(__file__).parents[2] / "golden/store_fw0003.sql"
"""A store as the first released schema wrote it, without faces; its key is the bytes 0 to 31."""


def old_store(path: Path) -> Path:
    """Put a store of revision fw0003 at `path`."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    raw = sqlite3.connect(path)
    raw.execute("PRAGMA journal_mode=WAL")
    raw.executescript(FW0003.read_text())
    raw.close()
    path.chmod(0o600)
    return path


def fill(store: Store) -> None:
    """Use the store as people do, then put a row into every table that is still empty."""
    lists = store.watchlists
    lists.ensure("missing")
    with store._database.write() as connection:
        prune(connection, NOW + SECOND)  # the audit log begins in the middle, as after a year
    for number, name in enumerate(("Maximiliane Quastenflosser", "Zoë Ångström", "王小明"), 1):
        one = lists.add_subject(SubjectDetails(name, f"CASE-{number}", notes="a note"), "missing")
        lists.add_references(one, [a_reference(number), a_reference(number + 10)])
    lists.merge(2, 1)
    lists.remove_subject(lists.add_subject(SubjectDetails("Gone"), "missing"))
    for number in (1, 2, 3):
        store.alerts.record(
            an_alert(number, subject_id=1), ["desk", "mail"], a_probe(number), [a_look(1)]
        )
    alert_id = an_alert(1).alert_id
    store.alerts.review(Review(alert_id, ReviewState.REJECTED, "rita", "it is not her", NOW))
    store.sightings.record(a_sighting(subject_id=1))
    store.casework.comment(an_alert(2).alert_id, "rita", "looks like her")
    store.people.create("ada", Role.ADMINISTRATOR, Scope(), actor="test")
    camera = {"id": "gate", "source": "rtsp://user:hunter2@192.0.2.7/gate"}
    store.cameras.create(CameraSettings.model_validate(camera), actor="ada")
    with store._database.write() as connection:
        for table in metadata.sorted_tables:
            if not connection.execute(select(func.count()).select_from(table)).scalar_one():
                row = {column.name: _value(connection, column) for column in table.columns}
                connection.execute(insert(table).values(row))


def _value(connection: Connection, column: Column[Any]) -> Any:
    """Return something that fits; of a foreign key a value that is there."""
    for foreign in column.foreign_keys:
        return connection.execute(select(foreign.column).limit(1)).scalar_one()
    kind = column.type
    if isinstance(kind, UtcMicros):
        return datetime(2026, 3, 1, tzinfo=UTC)
    if isinstance(kind, JSON):
        return [1, {"b": "ö"}]
    if isinstance(kind, LargeBinary):
        return bytes(range(256)) * 300
    if isinstance(kind, Boolean):
        return True
    if isinstance(kind, Float):
        return 0.1 + 0.2
    if isinstance(kind, (Integer, BigInteger)) or kind.python_type is int:
        return 5
    return "wörd"[: getattr(kind, "length", None) or 9]


def contents(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table, as the database itself has it."""
    found = {}
    with store._database.read() as connection:
        tables = MetaData()
        tables.reflect(bind=connection)
        for name, table in tables.tables.items():
            rows = connection.execute(select(table).order_by(*table.primary_key.columns)).all()
            found[name] = [
                tuple(bytes(v) if isinstance(v, (bytes, memoryview)) else v for v in row)
                for row in rows
            ]
    return found


__all__ = ["FW0003", "MODEL", "contents", "fill", "old_store"]
