"""Negative anchors, the probes they are made of, and a count of the tracks they held back."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "fw0002"
down_revision: str | Sequence[str] | None = "fw0001"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column(
        "activity",
        sa.Column("rejected_before", sa.BigInteger(), server_default="0", nullable=False),
    )
    op.create_table(
        "alert_probe",
        sa.Column("alert_id", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_id"],
            ["alert.alert_id"],
            name=op.f("fk_alert_probe_alert_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_alert_probe")),
    )
    op.create_table(
        "anchor",
        sa.Column("anchor_id", row_id, nullable=False),
        sa.Column("subject_id", row_id, nullable=False),
        sa.Column("model_id", sa.String(length=200), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subject_id"],
            ["subject.subject_id"],
            name=op.f("fk_anchor_subject_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("anchor_id", name=op.f("pk_anchor")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_anchor_subject_id"), "anchor", ["subject_id"])
    op.create_table(
        "anchor_alert",
        sa.Column("alert_id", sa.String(length=32), nullable=False),
        sa.Column("anchor_id", row_id, nullable=False),
        sa.Column("rejected_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["anchor_id"],
            ["anchor.anchor_id"],
            name=op.f("fk_anchor_alert_anchor_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_anchor_alert")),
    )
    op.create_index(op.f("ix_anchor_alert_anchor_id"), "anchor_alert", ["anchor_id"])
    op.create_index(op.f("ix_anchor_alert_rejected_at"), "anchor_alert", ["rejected_at"])


def downgrade() -> None:
    raise NotImplementedError("an older facewarden would not erase anchors; restore a backup")
