"""The first shape of the store."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "fw0001"
down_revision: str | Sequence[str] | None = None
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "activity",
        sa.Column("camera_id", sa.String(length=200), nullable=False),
        sa.Column("minute", sa.BigInteger(), nullable=False),
        sa.Column("watched_s", sa.Float(precision=53), nullable=False),
        sa.Column("down_s", sa.Float(precision=53), nullable=False),
        sa.Column("analysed", sa.BigInteger(), nullable=False),
        sa.Column("dropped", sa.BigInteger(), nullable=False),
        sa.Column("faces", sa.BigInteger(), nullable=False),
        sa.Column("tracks", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("camera_id", "minute", name=op.f("pk_activity")),
    )
    op.create_table(
        "alert",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("alert_id", sa.String(length=32), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("camera_id", sa.String(length=200), nullable=False),
        sa.Column("camera_name", sa.Text(), nullable=False),
        sa.Column("camera_location", sa.Text(), nullable=False),
        sa.Column("track_id", sa.BigInteger(), nullable=False),
        sa.Column("watchlist", sa.String(length=200), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("subject_name", sa.Text(), nullable=False),
        sa.Column("external_reference", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("reference_id", sa.BigInteger(), nullable=False),
        sa.Column("similarity", sa.Float(precision=53), nullable=False),
        sa.Column("threshold", sa.Float(precision=53), nullable=False),
        sa.Column("margin", sa.Float(precision=53), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("model_id", sa.String(length=200), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("last_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.Column("raised_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("snapshot_revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_alert")),
        sa.UniqueConstraint("alert_id", name=op.f("uq_alert_alert_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_alert_latest",
        "alert",
        ["subject_id", "watchlist", "camera_id", "position"],
        unique=False,
    )
    op.create_index(op.f("ix_alert_raised_at"), "alert", ["raised_at"], unique=False)
    op.create_table(
        "audit",
        sa.Column(
            "position",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit")),
    )
    op.create_table(
        "audit_anchor",
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_audit_anchor")),
    )
    op.create_table(
        "gallery_version",
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_gallery_version")),
    )
    op.create_table(
        "removed_subject",
        sa.Column(
            "subject_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("removed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_removed_subject")),
    )
    op.create_table(
        "sighting",
        sa.Column("camera_id", sa.String(length=200), nullable=False),
        sa.Column("sighting_id", sa.Text(), nullable=False),
        sa.Column(
            "subject_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("watchlist", sa.String(length=200), nullable=False),
        sa.Column("alert_id", sa.String(length=32), nullable=False),
        sa.Column("first_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("last_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("similarity", sa.Float(precision=53), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "camera_id", "sighting_id", "subject_id", "watchlist", name=op.f("pk_sighting")
        ),
    )
    op.create_index(op.f("ix_sighting_last_seen_at"), "sighting", ["last_seen_at"], unique=False)
    op.create_index("ix_sighting_subject_id", "sighting", ["subject_id"], unique=False)
    op.create_table(
        "store_info",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_store_info")),
    )
    op.create_table(
        "subject",
        sa.Column(
            "subject_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("external_reference", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("authorised_by", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_subject")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_subject_name", "subject", ["name"], unique=False)
    op.create_index(
        "uq_subject_external_reference",
        "subject",
        ["external_reference"],
        unique=True,
        sqlite_where=sa.text("external_reference <> ''"),
        postgresql_where=sa.text("external_reference <> ''"),
    )
    op.create_table(
        "watchlist",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("threshold", sa.Float(precision=53), nullable=True),
        sa.Column("sinks", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_watchlist")),
    )
    op.create_table(
        "delivery",
        sa.Column(
            "delivery_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("sink", sa.String(length=200), nullable=False),
        sa.Column("alert_id", sa.String(length=32), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("retry_at", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("delivered_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alert.alert_id"], name=op.f("fk_delivery_alert_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_delivery_idempotency_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_delivery_alert_id", "delivery", ["alert_id", "revision"], unique=False)
    op.create_index(op.f("ix_delivery_delivered_at"), "delivery", ["delivered_at"], unique=False)
    op.create_index(
        "ix_delivery_waiting",
        "delivery",
        ["sink", "delivery_id"],
        unique=False,
        sqlite_where=sa.text("delivered_at IS NULL"),
        postgresql_where=sa.text("delivered_at IS NULL"),
    )
    op.create_table(
        "membership",
        sa.Column(
            "subject_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("watchlist", sa.String(length=200), nullable=False),
        sa.Column("placed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subject_id"],
            ["subject.subject_id"],
            name=op.f("fk_membership_subject_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["watchlist"],
            ["watchlist.name"],
            name=op.f("fk_membership_watchlist"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subject_id", "watchlist", name=op.f("pk_membership")),
    )
    op.create_index(
        "ix_membership_watchlist", "membership", ["watchlist", "subject_id"], unique=False
    )
    op.create_table(
        "reference",
        sa.Column(
            "reference_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "subject_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("source_name", sa.Text(), nullable=False),
        sa.Column("file_digest", sa.String(length=64), nullable=False),
        sa.Column("quality", sa.Float(precision=53), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subject_id"],
            ["subject.subject_id"],
            name=op.f("fk_reference_subject_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("reference_id", name=op.f("pk_reference")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_reference_file_digest"), "reference", ["file_digest"], unique=False)
    op.create_index(op.f("ix_reference_subject_id"), "reference", ["subject_id"], unique=False)
    op.create_table(
        "review",
        sa.Column(
            "review_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("alert_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reviewed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alert.alert_id"], name=op.f("fk_review_alert_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("review_id", name=op.f("pk_review")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_review_alert_id"), "review", ["alert_id"], unique=False)
    op.create_table(
        "snapshot",
        sa.Column("alert_id", sa.String(length=32), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("width_px", sa.Integer(), nullable=False),
        sa.Column("height_px", sa.Integer(), nullable=False),
        sa.Column("box", sa.JSON(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alert.alert_id"], name=op.f("fk_snapshot_alert_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("alert_id", "revision", name=op.f("pk_snapshot")),
    )
    op.create_table(
        "reference_image",
        sa.Column(
            "reference_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["reference_id"],
            ["reference.reference_id"],
            name=op.f("fk_reference_image_reference_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("reference_id", name=op.f("pk_reference_image")),
    )
    op.create_table(
        "template",
        sa.Column(
            "reference_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("model_id", sa.String(length=200), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["reference_id"],
            ["reference.reference_id"],
            name=op.f("fk_template_reference_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("reference_id", "model_id", name=op.f("pk_template")),
    )


def downgrade() -> None:
    raise NotImplementedError("before the first shape there is no store")
