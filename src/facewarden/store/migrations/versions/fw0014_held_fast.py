"""What was begun under a rule stays under it: verdicts of two people, faces of deployments."""

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
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "deployment_reference",
        sa.Column("deployment_id", row_id, nullable=False),
        sa.Column("reference_id", row_id, nullable=False),
        sa.ForeignKeyConstraint(
            ["deployment_id"],
            ["deployment.deployment_id"],
            name=op.f("fk_deployment_reference_deployment_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["reference_id"],
            ["reference.reference_id"],
            name=op.f("fk_deployment_reference_reference_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "deployment_id", "reference_id", name=op.f("pk_deployment_reference")
        ),
    )
    op.create_index(
        op.f("ix_deployment_reference_reference_id"), "deployment_reference", ["reference_id"]
    )
    # Those that are authorised go on with the photographs of now.
    op.execute(
        "INSERT INTO deployment_reference (deployment_id, reference_id) "
        "SELECT DISTINCT deployment_member.deployment_id, reference.reference_id "
        "FROM deployment_member "
        "JOIN reference ON reference.subject_id = deployment_member.subject_id"
    )


def downgrade() -> None:
    raise NotImplementedError(
        "an older facewarden would let one person confirm, and watch for more; restore a backup"
    )
