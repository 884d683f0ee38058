"""What presentation attack detection says of alerts, and what watchlists do about it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "fw0013"
down_revision: str | Sequence[str] | None = "fw0012"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "watchlist",
        sa.Column("presentation", sa.String(20), nullable=False, server_default="off"),
    )
    # Of alerts raised before nobody knows: theirs stay NULL, and none is held.
    op.add_column("alert", sa.Column("presentation", sa.JSON()))
    op.add_column(
        "alert", sa.Column("held", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.drop_index("ix_alert_page", "alert")
    op.create_index(
        "ix_alert_page",
        "alert",
        [
            "position",
            "raised_at",
            "camera_id",
            "watchlist",
            "state",
            "subject_id",
            "work",
            "assignee",
            "held",
        ],
    )
    op.create_table(
        "presentation_picture",
        sa.Column("alert_id", sa.String(length=32), nullable=False),
        sa.Column("width_px", sa.Integer(), nullable=False),
        sa.Column("height_px", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_id"],
            ["alert.alert_id"],
            name=op.f("fk_presentation_picture_alert_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_presentation_picture")),
    )


def downgrade() -> None:
    raise NotImplementedError("an older facewarden would deliver held alerts; restore a backup")
