"""Settings and a store for these tests."""

from pathlib import Path

from facewarden.config.settings import Settings
from facewarden.data import Review, ReviewState, SubjectDetails
from facewarden.store.open import Store
from unit.store.making import NOW, a_probe, an_alert


def asking(folder: Path, rule: str | None, **models: str) -> Settings:
    lists = [{"name": "missing", "presentation": rule}]
    models = {"cache_dir": str(folder / "models"), **models}
    return Settings.model_validate(
        {"store": {"data_dir": folder}, "watchlists": lists, "models": models}
    )


def rejected_once(store: Store) -> None:
    """Enrol somebody, raise an alert for them, and reject it."""
    store.watchlists.ensure("missing")
    subject_id = store.watchlists.add_subject(SubjectDetails("Anna"), "missing")
    alert = an_alert(1, subject_id=subject_id)
    store.alerts.record(alert, [], a_probe(1))
    store.alerts.review(Review(alert.alert_id, ReviewState.REJECTED, "rita", "another", NOW))
