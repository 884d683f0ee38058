"""Opens the store of the settings, with its key."""

from datetime import timedelta
from pathlib import Path

from facewarden.actor import actor
from facewarden.config.settings import Settings
from facewarden.errors import StoreError
from facewarden.store.address import holds_store, sqlite_url
from facewarden.store.key import TemplateKey
from facewarden.store.open import Store, open_store
from facewarden.store.retention import RetentionPolicy


def open_store_from(settings: Settings, *, create: bool = True) -> Store:
    """Open the store with its key; both are made on first use when `create`.

    A key is only ever made together with its store: a new one could not open the old store.

    Raises:
        StoreError: there is no store yet and `create` is not set; or what `open_store` raises.
        KeyRefused: the key is missing, unreadable, readable by others, or of another store.
    """
    url = url_of(settings)
    new = not holds_store(url)
    if new and not create:
        place = settings.store.database
        where = place if isinstance(place, Path) else "that address"
        raise StoreError(
            f"there is no store at {where}", remedy="enrol somebody first, or check --config"
        )
    key = TemplateKey.load(settings.store.key_file, create=new)
    return open_store(url, key, create=create, actor=actor())


def url_of(settings: Settings) -> str:
    """Return the address of the database, which may be a file."""
    place = settings.store.database
    return sqlite_url(place) if isinstance(place, Path) else place


def make_retention(settings: Settings) -> RetentionPolicy:
    """Make the policy by which records are deleted."""
    keep = settings.store.retention
    expired = keep.expired_subjects_days
    return RetentionPolicy(
        alerts=timedelta(days=keep.alerts_days),
        anchors=timedelta(days=keep.anchors_days),
        sightings=timedelta(days=keep.sightings_days),
        activity=timedelta(days=keep.activity_days),
        audit=timedelta(days=keep.audit_days),
        deliveries=timedelta(days=keep.deliveries_days),
        expired_subjects=timedelta(days=expired) if expired is not None else None,
    )
