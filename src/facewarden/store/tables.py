"""Every table of the store; the migrations build exactly these.

Every word about a person is sealed, as are templates, photographs and snapshots; what must be found
again by a word has a keyed digest beside it. Of people who are on no list there is only what an
alert showed of them, and of those whom a human told apart from a subject the anchor that says so.
"""

from typing import Final

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
    MetaData,
    String,
    Table,
    Text,
    false,
    text,
)

from facewarden.store.columns import RowId, UtcMicros

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

UNDELIVERED: Final = text("delivered_at IS NULL")


def _subject_key() -> ForeignKey:
    return ForeignKey("subject.subject_id", ondelete="CASCADE")


def _alert_key() -> ForeignKey:
    return ForeignKey("alert.alert_id", ondelete="CASCADE")


# One row each: the sealed words that prove the key.
store_info = Table(
    "store_info",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

# One row that grows with every change of what a gallery is built from.
gallery_version = Table(
    "gallery_version",
    metadata,
    Column("row_id", Integer, primary_key=True),
    Column("version", BigInteger, nullable=False),
)

watchlist = Table(
    "watchlist",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("threshold", Float(53)),
    Column("sinks", JSON, nullable=False),
    Column("created_at", UtcMicros, nullable=False),
    Column("fpir", Float(53)),
    Column("false_alerts_per_day", Float(53)),
    Column("two_person", Boolean, nullable=False, server_default=false()),
    Column("sound", Boolean, nullable=False, server_default=false()),
    Column("must_acknowledge", Boolean, nullable=False, server_default=false()),
    Column("presentation", String(20), nullable=False, server_default="off"),  # PresentationRule
)

subject = Table(
    "subject",
    metadata,
    Column("subject_id", RowId, primary_key=True),
    Column("expires_at", UtcMicros),
    Column("created_at", UtcMicros, nullable=False),
    Column("sealed", LargeBinary, nullable=False, server_default=""),  # name, case number, ...
    Column("name_digest", String(64), index=True),
    Column("external_digest", String(64), index=True),  # NULL: no external reference
    Column("version", Integer, nullable=False, server_default="1"),  # grows with every change
    Column("updated_at", UtcMicros, nullable=False, server_default="0"),
    sqlite_autoincrement=True,  # an id in an old alert must never come to mean somebody else
)

# So that a process with an old gallery cannot bring back the name of somebody removed.
removed_subject = Table(
    "removed_subject",
    metadata,
    Column("subject_id", RowId, primary_key=True, autoincrement=False),
    Column("removed_at", UtcMicros, nullable=False),
)

# Who a subject was found to be: what an old gallery says of the one belongs to the other.
merged_subject = Table(
    "merged_subject",
    metadata,
    Column("subject_id", RowId, primary_key=True, autoincrement=False),
    Column("into_id", RowId, _subject_key(), nullable=False, index=True),
    Column("merged_at", UtcMicros, nullable=False),
)

membership = Table(
    "membership",
    metadata,
    Column("subject_id", RowId, _subject_key(), primary_key=True),
    Column(
        "watchlist",
        String(200),
        ForeignKey("watchlist.name", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("placed_at", UtcMicros, nullable=False),
    Index("ix_membership_watchlist", "watchlist", "subject_id"),
)

reference = Table(
    "reference",
    metadata,
    Column("reference_id", RowId, primary_key=True),
    Column("subject_id", RowId, _subject_key(), nullable=False, index=True),
    Column("file_digest", String(64), nullable=False, index=True),
    Column("quality", Float(53), nullable=False),
    Column("created_at", UtcMicros, nullable=False),
    Column("source_name", LargeBinary, nullable=False, server_default=""),  # sealed
    # x1 y1 x2 y2 of the enrolled face, as shares of width and height; NULL: enrolled before fw0008
    Column("box", JSON(none_as_null=True)),
    sqlite_autoincrement=True,
)

reference_image = Table(
    "reference_image",
    metadata,
    Column(
        "reference_id",
        RowId,
        ForeignKey("reference.reference_id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("sealed", LargeBinary, nullable=False),
)

# A row per model, so that a second embedder can be enrolled beside the first.
template = Table(
    "template",
    metadata,
    Column(
        "reference_id",
        RowId,
        ForeignKey("reference.reference_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("model_id", String(200), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)

# `position` is the order in which alerts were raised, whatever the clocks said.
alert = Table(
    "alert",
    metadata,
    Column("position", RowId, primary_key=True),
    Column("alert_id", String(32), nullable=False, unique=True),
    Column("revision", Integer, nullable=False),
    Column("camera_id", String(200), nullable=False),
    Column("camera_name", Text, nullable=False),
    Column("camera_location", Text, nullable=False),
    Column("track_id", BigInteger, nullable=False),
    Column("watchlist", String(200), nullable=False),
    Column("subject_id", BigInteger, nullable=False),
    Column("reference_id", BigInteger, nullable=False),
    Column("similarity", Float(53), nullable=False),
    Column("threshold", Float(53), nullable=False),
    Column("margin", Float(53), nullable=False),
    Column("looks", Integer, nullable=False),
    Column("model_id", String(200), nullable=False),  # of the references
    Column("looks_model_id", String(200), nullable=False, server_default=""),
    Column("seen_at", UtcMicros, nullable=False),
    Column("last_seen_at", UtcMicros, nullable=False),
    Column("received_at", UtcMicros, nullable=False),
    Column("decided_at", UtcMicros, nullable=False),
    Column("raised_at", UtcMicros, nullable=False, index=True),  # decided_at of the first revision
    Column("state", String(20), nullable=False),
    Column("snapshot_revision", Integer, nullable=False),  # 0: no snapshot
    Column("created_at", UtcMicros, nullable=False),
    Column("deployment_id", BigInteger, index=True),
    Column("words", LargeBinary),  # sealed; NULL once the subject was removed
    Column("change", BigInteger, nullable=False, server_default="0", index=True),
    # As in the casework, for lists: written in the transaction that changes it there.
    Column("work", String(20), nullable=False, server_default="new"),
    Column("assignee", Text, nullable=False, server_default=""),
    Column("second_opinion", JSON(none_as_null=True)),  # what a second model said; NULL: not asked
    # Whether a living person was seen; NULL: the watchlist did not ask.
    Column("presentation", JSON(none_as_null=True)),
    # Told to no sink, since it looks like an attack.
    Column("held", Boolean, nullable=False, server_default=false()),
    Index("ix_alert_latest", "subject_id", "watchlist", "camera_id", "position"),
    # Everything that a page is chosen by: the rows themselves are read for the page alone.
    Index(
        "ix_alert_page",
        "position",
        "raised_at",
        "camera_id",
        "watchlist",
        "state",
        "subject_id",
        "work",
        "assignee",
        "held",
    ),
    sqlite_autoincrement=True,
)

# One row that grows with every commit that changes an alert, so that a reader misses none.
alert_change = Table(
    "alert_change",
    metadata,
    Column("row_id", Integer, primary_key=True),
    Column("change", BigInteger, nullable=False),
)

# Sealed once for each revision, however many sinks it goes to.
snapshot = Table(
    "snapshot",
    metadata,
    Column("alert_id", String(32), _alert_key(), primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("width_px", Integer, nullable=False),
    Column("height_px", Integer, nullable=False),
    Column("box", JSON, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

# The best looks of the track, small and sealed; `number` counts the looks of the track.
alert_look = Table(
    "alert_look",
    metadata,
    Column("alert_id", String(32), _alert_key(), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("seen_at", UtcMicros, nullable=False),
    Column("quality", Float(53), nullable=False),
    Column("similarity", Float(53)),  # NULL: the subject was not among the nearest
    Column("width_px", Integer, nullable=False),
    Column("height_px", Integer, nullable=False),
    Column("box", JSON, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

# What presentation attack detection looked at, the looks side by side; sealed.
presentation_picture = Table(
    "presentation_picture",
    metadata,
    Column("alert_id", String(32), _alert_key(), primary_key=True),
    Column("width_px", Integer, nullable=False),
    Column("height_px", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

# What was compared when the alert was raised, of the alert's model; a rejection makes it an anchor.
alert_probe = Table(
    "alert_probe",
    metadata,
    Column("alert_id", String(32), _alert_key(), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)

# A face that a human told apart from a subject; it lives as long as one of its rejections.
anchor = Table(
    "anchor",
    metadata,
    Column("anchor_id", RowId, primary_key=True),
    Column("subject_id", RowId, _subject_key(), nullable=False, index=True),
    Column("model_id", String(200), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)

# The alert may have expired before its rejection does: no foreign key.
anchor_alert = Table(
    "anchor_alert",
    metadata,
    Column("alert_id", String(32), primary_key=True),
    Column(
        "anchor_id",
        RowId,
        ForeignKey("anchor.anchor_id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("rejected_at", UtcMicros, nullable=False, index=True),
)

delivery = Table(
    "delivery",
    metadata,
    Column("delivery_id", RowId, primary_key=True),
    Column("sink", String(200), nullable=False),
    Column("alert_id", String(32), _alert_key(), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("idempotency_key", Text, nullable=False, unique=True),
    Column("attempts", Integer, nullable=False),
    Column("retry_at", UtcMicros),
    Column("decided_at", UtcMicros, nullable=False),
    Column("created_at", UtcMicros, nullable=False),
    Column("delivered_at", UtcMicros, index=True),
    Column("payload", LargeBinary),  # sealed, the alert as it was then; NULL once delivered
    Column("problem", LargeBinary),  # sealed: a receiver's answer may repeat what it was sent
    Column("reached", LargeBinary),  # sealed: who of several receivers has it, a line each
    Column("refused", Boolean, nullable=False, server_default=false()),  # by the latest attempt
    Index("ix_delivery_alert_id", "alert_id", "revision"),
    Index(
        "ix_delivery_waiting",
        "sink",
        "delivery_id",
        sqlite_where=UNDELIVERED,
        postgresql_where=UNDELIVERED,
    ),
    sqlite_autoincrement=True,
)

review = Table(
    "review",
    metadata,
    Column("review_id", RowId, primary_key=True),
    Column("alert_id", String(32), _alert_key(), nullable=False, index=True),
    Column("state", String(20), nullable=False),
    Column("reviewer", Text, nullable=False),
    Column("reviewed_at", UtcMicros, nullable=False),
    Column("reason", LargeBinary, server_default=""),  # sealed, empty, or NULL once removed
    sqlite_autoincrement=True,
)

sighting = Table(
    "sighting",
    metadata,
    Column("camera_id", String(200), primary_key=True),
    Column("sighting_id", Text, primary_key=True),
    Column("subject_id", RowId, primary_key=True, autoincrement=False),
    Column("watchlist", String(200), primary_key=True),
    Column("alert_id", String(32), nullable=False),
    Column("first_seen_at", UtcMicros, nullable=False),
    Column("last_seen_at", UtcMicros, nullable=False, index=True),
    Column("similarity", Float(53), nullable=False),
    Column("looks", Integer, nullable=False),
    Index("ix_sighting_subject_id", "subject_id"),
)

activity = Table(
    "activity",
    metadata,
    Column("camera_id", String(200), primary_key=True),
    Column("minute", UtcMicros, primary_key=True),
    Column("watched_s", Float(53), nullable=False),
    Column("down_s", Float(53), nullable=False),
    Column("analysed", BigInteger, nullable=False),
    Column("dropped", BigInteger, nullable=False),
    Column("faces", BigInteger, nullable=False),
    Column("tracks", BigInteger, nullable=False),
    Column("rejected_before", BigInteger, nullable=False, server_default="0"),
)

# Tracks that could have alerted, and the false alerts to expect of the threshold in force then.
passage = Table(
    "passage",
    metadata,
    Column("watchlist", String(200), primary_key=True),
    Column("camera_id", String(200), primary_key=True),
    Column("minute", UtcMicros, primary_key=True, index=True),
    Column("tracks", BigInteger, nullable=False),
    Column("expected", Float(53), nullable=False),
)

# How alike to anybody on a list the tracks were that raised no alert: counts, never whose.
impostor_bin = Table(
    "impostor_bin",
    metadata,
    Column("watchlist", String(200), primary_key=True),
    Column("camera_group", String(200), primary_key=True),
    Column("model", String(300), primary_key=True),  # id, engine and precision in words
    Column("bin", Integer, primary_key=True, autoincrement=False),
    Column("tracks", BigInteger, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("position", RowId, primary_key=True, autoincrement=False),
    Column("at", UtcMicros, nullable=False, index=True),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("details", Text, nullable=False),  # canonical JSON, kept as it was hashed
    Column("hash", String(64), nullable=False),
    # What the log is filtered by, so that an entry is read only when it is told.
    Index("ix_audit_page", "position", "at", "actor", "action", "object"),
)

# One row: the end of the part of the chain that retention has removed.
audit_anchor = Table(
    "audit_anchor",
    metadata,
    Column("row_id", Integer, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
)
