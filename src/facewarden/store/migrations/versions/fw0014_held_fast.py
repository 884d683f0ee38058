"""What was begun under a rule stays under it: verdicts that two people give."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "fw0014"
down_revision: str | Sequence[str] | None = "fw0013"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "casework",
        sa.Column("two_person", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    # Nobody wrote down under which rule a verdict was given: "confirmed by one" tells it, and of
    # the others the rule of their list as it is now is the nearest there is.
    op.execute(
        "UPDATE casework SET two_person = true WHERE status = 'confirmed by one' OR ("
        "alert_id IN (SELECT alert_id FROM casework_event WHERE action IN ('confirm', 'reject')) "
        "AND alert_id IN (SELECT alert.alert_id FROM alert JOIN watchlist "
        "ON watchlist.name = alert.watchlist WHERE watchlist.two_person))"
    )


def downgrade() -> None:
    raise NotImplementedError("an older facewarden would let one person confirm; restore a backup")
