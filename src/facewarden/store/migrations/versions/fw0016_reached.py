"""A delivery knows who of several receivers has it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "fw0016"
down_revision: str | Sequence[str] | None = "fw0015"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("delivery", sa.Column("reached", sa.LargeBinary()))


def downgrade() -> None:
    op.drop_column("delivery", "reached")
