"""Tables of deployments, of the work on alerts, of look-ups, and of what proves the audit log.

Free text may name somebody: it is sealed. What the certificate and the tallies hold are counts.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    false,
)

from facewarden.store.columns import RowId, UtcMicros
from facewarden.store.tables import metadata

deployment = Table(
    "deployment",
    metadata,
    Column("deployment_id", RowId, primary_key=True),
    Column("state", String(20), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("words", LargeBinary, nullable=False),  # purpose, place, legal basis, end reason
    Column("cameras", JSON, nullable=False),
    Column("watchlists", JSON, nullable=False),
    Column("starts_at", UtcMicros, nullable=False),
    Column("ends_at", UtcMicros, nullable=False),
    Column("false_alerts_per_day", Float(53)),
    Column("fpir", Float(53)),
    Column("keep_unconfirmed_days", Integer, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("proposed_by_id", BigInteger),
    Column("proposed_at", UtcMicros, nullable=False),
    Column("authorised_by", Text, nullable=False),
    Column("authorised_by_id", BigInteger),
    Column("authorised_at", UtcMicros),
    Column("ended_by", Text, nullable=False),
    Column("ended_at", UtcMicros),
    Column("wiped_at", UtcMicros),
    Column("seen_at", UtcMicros),
    Column("frozen", Integer, nullable=False),  # members copied when it was authorised
    Column("tally", JSON),  # counts of its alerts, kept when the alerts go
    Column("certificate", Text),
    sqlite_autoincrement=True,
)

# Who was on its watchlists when it was authorised; nobody joins later.
deployment_member = Table(
    "deployment_member",
    metadata,
    Column(
        "deployment_id",
        RowId,
        ForeignKey("deployment.deployment_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("watchlist", String(200), primary_key=True),
    Column(
        "subject_id",
        RowId,
        ForeignKey("subject.subject_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Index("ix_deployment_member_subject_id", "subject_id"),
)

# The photographs that its members had then: another face, given to a member later, is no member.
deployment_reference = Table(
    "deployment_reference",
    metadata,
    Column(
        "deployment_id",
        RowId,
        ForeignKey("deployment.deployment_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column(
        "reference_id",
        RowId,
        ForeignKey("reference.reference_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Index("ix_deployment_reference_reference_id", "reference_id"),
)

# How far the work on an alert is; one without a row was not touched yet.
casework = Table(
    "casework",
    metadata,
    Column(
        "alert_id",
        String(32),
        ForeignKey("alert.alert_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("status", String(20), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("acknowledged_by", Text, nullable=False),
    Column("acknowledged_at", UtcMicros),
    Column("assignee", Text, nullable=False, index=True),
    # A verdict was given while two people had to agree: so it stays, whatever the list asks since.
    Column("two_person", Boolean, nullable=False, server_default=false()),
)

casework_event = Table(
    "casework_event",
    metadata,
    Column("event_id", RowId, primary_key=True),
    Column(
        "alert_id",
        String(32),
        ForeignKey("alert.alert_id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("at", UtcMicros, nullable=False),
    Column("actor", Text, nullable=False),
    Column("actor_id", BigInteger),
    Column("action", String(20), nullable=False),
    Column("assignee", Text, nullable=False),
    Column("words", LargeBinary),
    sqlite_autoincrement=True,
)

lookup = Table(
    "lookup",
    metadata,
    Column("lookup_id", RowId, primary_key=True),
    Column("state", String(20), nullable=False, index=True),
    Column("urgent", Boolean, nullable=False),
    Column("words", LargeBinary, nullable=False),  # authorisation, purpose, legal basis, refusal
    Column("watchlists", JSON, nullable=False),
    Column("image_digest", String(64), nullable=False),
    Column("audit_position", BigInteger, nullable=False),
    Column("requested_by", Text, nullable=False),
    Column("requested_by_id", BigInteger),
    Column("requested_at", UtcMicros, nullable=False),
    Column("authorise_before", UtcMicros),
    Column("authorised_by", Text, nullable=False),
    Column("authorised_at", UtcMicros),
    Column("result", LargeBinary),
    sqlite_autoincrement=True,
)

# The picture that was searched with, small and sealed; it goes with its entry.
audit_picture = Table(
    "audit_picture",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("sealed", LargeBinary, nullable=False),
)

# Where the head of the audit log was noted elsewhere.
audit_receipt = Table(
    "audit_receipt",
    metadata,
    Column("receipt_id", RowId, primary_key=True),
    Column("at", UtcMicros, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("method", String(20), nullable=False),
    Column("target", Text, nullable=False),
    Column("receipt", Text, nullable=False),
    sqlite_autoincrement=True,
)
