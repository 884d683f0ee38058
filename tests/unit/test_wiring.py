"""Settings reach what they set."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from facewarden import wiring
from facewarden.actor import actor
from facewarden.config.settings import Settings
from facewarden.data import SubjectDetails


def settings(folder: Path, **retention: int | None) -> Settings:
    return Settings.model_validate({"store": {"data_dir": folder, "retention": retention}})


@pytest.mark.parametrize(("days", "left"), [(None, 2), (30, 2), (1, 1), (0, 1)])
def test_expired_subjects_go_when_asked(tmp_path: Path, days: int | None, left: int) -> None:
    chosen = settings(tmp_path / "data", expired_subjects_days=days)
    now = datetime.now(UTC)
    with wiring.open_store_from(chosen) as store:
        store.watchlists.ensure("missing")
        past, future = now - timedelta(days=2), now + timedelta(days=2)
        store.watchlists.add_subject(SubjectDetails("Gone", expires_at=past), "missing")
        store.watchlists.add_subject(SubjectDetails("Kept", expires_at=future), "missing")
        store.purge(wiring.make_retention(chosen), now)
        assert len(store.watchlists.subjects()) == left


def test_changes_are_written_under_the_user_of_the_machine(tmp_path: Path) -> None:
    with wiring.open_store_from(settings(tmp_path / "data")) as store:
        store.watchlists.ensure("missing")
        store.watchlists.add_subject(SubjectDetails("Anna"), "missing")
        assert {event.actor for event in store.audit.tail(100)} == {actor()}
