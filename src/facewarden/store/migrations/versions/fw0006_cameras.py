"""Cameras that are kept in the store."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "fw0006"
down_revision: str | Sequence[str] | None = "fw0005"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "camera",
        sa.Column("camera_id", sa.String(length=63), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("camera_group", sa.String(length=63), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("camera_id", name=op.f("pk_camera")),
    )


def downgrade() -> None:
    raise NotImplementedError("an older facewarden would not keep this; restore a backup")
