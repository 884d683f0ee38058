"""Where the enrolled face is in a photograph; how far people are with an alert, to list by."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "fw0008"
down_revision: str | Sequence[str] | None = "fw0007"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

PAGE = ["position", "raised_at", "camera_id", "watchlist", "state", "subject_id"]


def upgrade() -> None:
    # Of photographs enrolled before nobody knows which face it was: theirs stay NULL.
    op.add_column("reference", sa.Column("box", sa.JSON()))
    op.add_column(
        "alert", sa.Column("work", sa.String(length=20), server_default="new", nullable=False)
    )
    op.add_column("alert", sa.Column("assignee", sa.Text(), server_default="", nullable=False))
    # Of an alert that was judged before there was casework, the verdict tells.
    op.execute("UPDATE alert SET work = state WHERE state IN ('confirmed', 'rejected')")
    op.execute(
        "UPDATE alert SET"
        " work = (SELECT status FROM casework WHERE casework.alert_id = alert.alert_id),"
        " assignee = (SELECT assignee FROM casework WHERE casework.alert_id = alert.alert_id)"
        " WHERE alert_id IN (SELECT alert_id FROM casework)"
    )
    op.drop_index("ix_alert_page", "alert")
    op.create_index("ix_alert_page", "alert", [*PAGE, "work", "assignee"])


def downgrade() -> None:
    raise NotImplementedError("an older facewarden would not keep them in step; restore a backup")
