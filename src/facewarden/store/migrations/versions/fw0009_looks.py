"""Pictures of the looks of an alert, and what a second model said of it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "fw0009"
down_revision: str | Sequence[str] | None = "fw0008"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    # Of alerts raised before nobody knows: theirs stay NULL, and they have no looks.
    op.add_column("alert", sa.Column("second_opinion", sa.JSON()))
    op.create_table(
        "alert_look",
        sa.Column("alert_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("quality", sa.Float(53), nullable=False),
        sa.Column("similarity", sa.Float(53)),
        sa.Column("width_px", sa.Integer(), nullable=False),
        sa.Column("height_px", sa.Integer(), nullable=False),
        sa.Column("box", sa.JSON(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_id"],
            ["alert.alert_id"],
            name=op.f("fk_alert_look_alert_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("alert_id", "number", name=op.f("pk_alert_look")),
    )


def downgrade() -> None:
    raise NotImplementedError("an older facewarden would keep what must be wiped; restore a backup")
