"""A delivery knows whether its receiver refused it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "fw0017"
down_revision: str | Sequence[str] | None = "fw0016"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "delivery",
        sa.Column("refused", sa.Boolean(), nullable=False, server_default=sa.false()),
    )


def downgrade() -> None:
    op.drop_column("delivery", "refused")
