"""How long things are kept, and who changed them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from facewarden.actor import actor
from facewarden.config.settings import Settings
from facewarden.data import SubjectDetails
from facewarden.wiring.stores import make_retention, open_store_from
from unit.store.making import NOW
from unit.wiring.making import rejected_once


def settings(folder: Path, **retention: int | None) -> Settings:
    return Settings.model_validate({"store": {"data_dir": folder, "retention": retention}})


@pytest.mark.parametrize(("days", "left"), [(None, 2), (30, 2), (1, 1), (0, 1)])
def test_expired_subjects_go_when_asked(tmp_path: Path, days: int | None, left: int) -> None:
    chosen = settings(tmp_path / "data", expired_subjects_days=days)
    now = datetime.now(UTC)
    with open_store_from(chosen) as store:
        store.watchlists.ensure("missing")
        past, future = now - timedelta(days=2), now + timedelta(days=2)
        store.watchlists.add_subject(SubjectDetails("Gone", expires_at=past), "missing")
        store.watchlists.add_subject(SubjectDetails("Kept", expires_at=future), "missing")
        store.purge(make_retention(chosen), now)
        assert len(store.watchlists.subjects()) == left


def test_changes_are_written_under_the_user_of_the_machine(tmp_path: Path) -> None:
    with open_store_from(settings(tmp_path / "data")) as store:
        store.watchlists.ensure("missing")
        store.watchlists.add_subject(SubjectDetails("Anna"), "missing")
        assert {event.actor for event in store.audit.tail(100)} == {actor()}


def test_rejected_faces_go_when_asked(tmp_path: Path) -> None:
    chosen = settings(tmp_path / "data", anchors_days=2)
    with open_store_from(chosen) as store:
        rejected_once(store)
        counts = store.purge(make_retention(chosen), NOW + timedelta(days=3))
        assert counts["anchors"] == 1
