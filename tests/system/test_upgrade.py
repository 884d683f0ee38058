"""A store of the first released schema, on either database, becomes one of the newest."""

import base64
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from alembic import command
from sqlalchemy import make_url

from facewarden.data import Review, ReviewState, Templates
from facewarden.match.exact_gallery import ExactGallery
from facewarden.store.backup import open_backup, write_backup
from facewarden.store.database import Database
from facewarden.store.key import TemplateKey
from facewarden.store.open import open_store, sqlite_url
from facewarden.store.restore import restore_backup
from facewarden.store.revisions import alembic_config
from facewarden.store.sealed_file import RecoveryKey
from postgres_server import PostgresServer
from unit.store.filling import contents, old_store
from unit.store.making import MODEL, NOW, SECOND, an_alert

KEY = TemplateKey(bytes(range(32)))
SECRET = RecoveryKey(bytes(32))


@pytest.fixture(params=["sqlite", "postgresql"])
def released(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a store of fw0003; on PostgreSQL, which that version did not know, a copy."""
    file = old_store(tmp_path / "old" / "store.sqlite")
    if request.param == "sqlite":
        yield sqlite_url(file)
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    database = Database(make_url(sqlite_url(file)), busy_s=5)
    write_backup(database, tmp_path / "copy", SECRET)
    database.close()
    key_file = tmp_path / "key"
    key_file.write_bytes(base64.b64encode(bytes(range(32))))
    key_file.chmod(0o600)
    name = server.database()
    with open_backup(tmp_path / "copy", SECRET) as backup:
        restore_backup(backup, server.url(name), key_file, env={})
    yield server.url(name)
    server.drop(name)


def upgraded(url: str, revision: str) -> None:
    """Bring a store as far as a revision in between, as an upgrade by that version would have."""
    config = alembic_config()
    database = Database(make_url(url), busy_s=5)
    with database.write() as connection:
        config.attributes |= {"connection": connection, "key": KEY}
        command.upgrade(config, revision)
    database.close()


@pytest.mark.parametrize("revision", ["fw0003", "fw0004", "fw0005", "fw0006"])
def test_everything_still_works(released: str, revision: str) -> None:
    upgraded(released, revision)
    with open_store(released, KEY, create=False, clock=lambda: NOW) as store:
        lists = store.watchlists
        entries = lists.gallery(MODEL, ["missing", "vip"])
        gallery = ExactGallery(entries, MODEL)
        probes = Templates(np.stack([entry.template for entry in entries]), MODEL)
        found = gallery.search(probes, 1, at=NOW)
        assert found.subject_id[:, 0].tolist() == [entry.subject_id for entry in entries]
        alert_id = an_alert(1).alert_id
        stored = store.alerts.get(alert_id)
        assert stored.alert.subject_name == "Maximiliane Quastenflosser"
        assert stored.reviews[0].reason == "It is Maximiliane Quastenflosser"
        assert [one.details.name for one in lists.subjects()][:2] == [
            "Maximiliane Quastenflosser",
            "Zoë Ångström",
        ]
        assert len(store.anchors.of_model(MODEL)) == 1
        assert store.alerts.pending("mail", NOW + SECOND, 10)
        assert store.audit.verify() is None
        # and it goes on from there
        store.alerts.review(Review(alert_id, ReviewState.REJECTED, "rita", "not her", NOW))
        store.alerts.record(an_alert(9, subject_id=1), ["desk"])
        assert store.alerts.get(an_alert(9).alert_id).alert.subject_name
        assert store.audit.verify() is None
        kept = contents(store)
    with open_store(released, KEY, create=False) as again:
        assert contents(again) == kept
