"""An alert names the model of its looks beside that of the references."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "fw0015"
down_revision: str | Sequence[str] | None = "fw0014"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "alert",
        sa.Column("looks_model_id", sa.String(200), nullable=False, server_default=""),
    )
    # Nothing says which model saw them; before there was a model of looks, the embedder did.
    op.execute("UPDATE alert SET looks_model_id = model_id")


def downgrade() -> None:
    op.drop_column("alert", "looks_model_id")
