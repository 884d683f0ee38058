"""The audit log by who, what, of what and when; a case number that several lists may have."""

from collections.abc import Sequence

from alembic import op

revision: str = "fw0010"
down_revision: str | Sequence[str] | None = "fw0009"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_index("ix_audit_page", "audit", ["position", "at", "actor", "action", "object"])
    # Unique over all lists, a number told whoever is limited that somebody hidden has it.
    op.drop_index("uq_subject_external_digest", "subject")
    op.create_index("ix_subject_external_digest", "subject", ["external_digest"])


def downgrade() -> None:
    raise NotImplementedError("an older facewarden takes case numbers for unique; restore a backup")
