"""Budgets of watchlists, what to expect of their thresholds, and how alike strangers are."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "fw0003"
down_revision: str | Sequence[str] | None = "fw0002"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("watchlist", sa.Column("fpir", sa.Float(53)))
    op.add_column("watchlist", sa.Column("false_alerts_per_day", sa.Float(53)))
    op.create_table(
        "passage",
        sa.Column("watchlist", sa.String(length=200), nullable=False),
        sa.Column("camera_id", sa.String(length=200), nullable=False),
        sa.Column("minute", sa.BigInteger(), nullable=False),
        sa.Column("tracks", sa.BigInteger(), nullable=False),
        sa.Column("expected", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("watchlist", "camera_id", "minute", name=op.f("pk_passage")),
    )
    op.create_index(op.f("ix_passage_minute"), "passage", ["minute"])
    op.create_table(
        "impostor_bin",
        sa.Column("watchlist", sa.String(length=200), nullable=False),
        sa.Column("camera_group", sa.String(length=200), nullable=False),
        sa.Column("model", sa.String(length=300), nullable=False),
        sa.Column("bin", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tracks", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "watchlist", "camera_group", "model", "bin", name=op.f("pk_impostor_bin")
        ),
    )


def downgrade() -> None:
    raise NotImplementedError("an older facewarden would not keep the budgets; restore a backup")
