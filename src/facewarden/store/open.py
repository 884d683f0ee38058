"""Opening a store."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from facewarden.data.report import ReportRows
from facewarden.errors import StoreError
from facewarden.store import report, retention
from facewarden.store.activity import Activity
from facewarden.store.address import holds_store, is_file, parsed, sqlite_url
from facewarden.store.alerts import Alerts
from facewarden.store.anchors import StoredAnchors
from facewarden.store.api_keys import ApiKeys
from facewarden.store.attempts import Attempts
from facewarden.store.audit import Audit
from facewarden.store.audit_export import AuditProof
from facewarden.store.cameras import Cameras
from facewarden.store.casework import Casework
from facewarden.store.claim import Claim
from facewarden.store.database import Database, create_private, utc_now
from facewarden.store.deployments import Deployments
from facewarden.store.flows import Flows
from facewarden.store.idempotency import Idempotency
from facewarden.store.impostors import Impostors
from facewarden.store.in_scope import InScope
from facewarden.store.invitations import Invitations
from facewarden.store.key import TemplateKey
from facewarden.store.lookups import Lookups
from facewarden.store.migrate import migrate
from facewarden.store.passages import Passages
from facewarden.store.people import People
from facewarden.store.postgres import place_of
from facewarden.store.re_enrolment import ReEnrolments
from facewarden.store.retention import RetentionPolicy
from facewarden.store.second_factors import SecondFactors
from facewarden.store.sessions import Sessions
from facewarden.store.sightings import Sightings
from facewarden.store.steady_clock import require_steady_clock
from facewarden.store.watchlists import Watchlists

__all__ = ["Store", "open_store", "sqlite_url"]

BUSY_S: Final = 30.0  # longer than rewriting a store of some GB after a removal takes


class Store:
    """Everything that is remembered, in one database; shared by all threads of a process.

    Attributes:
        watchlists: who is looked for.
        alerts: what was raised, its deliveries (an alert.outbox.Outbox) and its reviews.
        anchors: faces that humans told apart from subjects.
        sightings: where subjects were seen.
        activity: how much was watched.
        passages: how many tracks could have alerted, and how many false alerts to expect of them.
        impostors: how alike strangers are to the lists, as counts.
        deployments: where, when and on whose word it may watch.
        casework: the work that people do on alerts.
        lookups: who searched for a face, and on whose authority.
        audit: who did what.
        proof: the audit log for others, and where its head was noted.
        cameras: what is watched by deployments.
        in_scope: what exists for somebody who is limited.
        re_enrolments: templates of another model for the references there are.
    """

    def __init__(self, database: Database, key: TemplateKey, actor: str) -> None:
        self._database = database
        self._key = key
        self.audit = Audit(database, actor, key)
        self.proof = AuditProof(database, self.audit)
        self.watchlists = Watchlists(database, key, self.audit)
        self.alerts = Alerts(database, key, self.audit)
        self.anchors = StoredAnchors(database, key)
        self.sightings = Sightings(database)
        self.activity = Activity(database)
        self.passages = Passages(database)
        self.impostors = Impostors(database)
        self.people = People(database, self.audit)
        self.invitations = Invitations(database, self.audit)
        self.second_factors = SecondFactors(database, key, self.audit)
        self.sessions = Sessions(database, self.audit)
        self.api_keys = ApiKeys(database, self.audit)
        self.attempts = Attempts(database, key)
        self.idempotency = Idempotency(database, key)
        self.flows = Flows(database, key)
        self.cameras = Cameras(database, key, self.audit)
        self.deployments = Deployments(database, key, self.audit)
        self.casework = Casework(database, key, self.audit, self.alerts)
        self.lookups = Lookups(database, key, self.audit)
        self.in_scope = InScope(database)
        self.re_enrolments = ReEnrolments(database, key, self.audit)

    def fingerprint(self, data: bytes) -> str:
        """Return what stands for a file in the audit log: only who has key and file can compare."""
        return self._key.digest(data)

    def purge(self, policy: RetentionPolicy, now: datetime) -> dict[str, int]:
        """Delete what `policy` no longer keeps; see `retention.purge`.

        Raises:
            StoreError: the clock may have leapt ahead; see `require_steady_clock`.
        """
        require_steady_clock(self._database, self.audit, now)
        return retention.purge(self._database, self.audit, policy, now)

    def require_sound(self) -> None:
        """Raise StoreError where the file of the store is damaged; reads all of it."""
        self._database.require_sound()

    def report_rows(self, since: datetime, until: datetime) -> ReportRows:
        """Count what was watched, raised, reviewed and delivered; see `report.report_rows`."""
        return report.report_rows(self._database, self.activity, self.passages, since, until)

    def claim(self, name: str) -> Claim:
        """Claim to be the only process that does what `name` says; see `Claim`.

        Raises:
            StoreBusy: another process, here or on another machine, does it.
        """
        return Claim(self._database, name)

    def close(self) -> None:
        """Write what is still counted in memory and give the database back."""
        try:
            self.activity.flush()
            self.passages.flush()
        finally:
            self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_store(
    url: str,
    key: TemplateKey,
    *,
    create: bool = True,
    actor: str = "facewarden",
    busy_s: float = BUSY_S,
    clock: Callable[[], datetime] = utc_now,
) -> Store:
    """Open a store, bring its tables up to date, and check the key.

    Args:
        url: of a SQLite file, such as `sqlite_url(path)` makes, or of a PostgreSQL database.
        create: make a new store where there is none; a file gets mode 0600 and directory 0700.
        actor: written into the audit log for what this process does.
        busy_s: how long to wait for another writer.
        clock: what time it is, UTC.

    Raises:
        KeyRefused: the store was made with another key.
        StoreVersion: it was written by a newer facewarden.
        StoreBusy: another process held it for longer than `busy_s`.
        StoreUnreachable: the database server does not answer.
        StoreError: it is absent, unwritable, damaged or something else.
    """
    address = parsed(url)
    if create and is_file(address):
        create_private(Path(address.database or ""))
    if not create and not holds_store(url):
        place = address.database if is_file(address) else place_of(address)
        raise StoreError(f"there is no store at {place}", remedy="enrol a subject first")
    database = Database(address, busy_s=busy_s, clock=clock)
    try:
        migrate(database, key)
    except BaseException:
        database.close()
        raise
    return Store(database, key, actor)
