"""Which model's templates serve, and references that another model could not take."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "fw0012"
down_revision: str | Sequence[str] | None = "fw0010"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "serving_model",
        sa.Column("row_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("model_id", sa.String(length=200), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_serving_model")),
    )
    op.create_table(
        "re_enrolment",
        sa.Column("model_id", sa.String(length=200), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("switched_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("model_id", name=op.f("pk_re_enrolment")),
    )
    op.create_table(
        "refused_reference",
        sa.Column(
            "reference_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("model_id", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["reference_id"],
            ["reference.reference_id"],
            name=op.f("fk_refused_reference_reference_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("reference_id", "model_id", name=op.f("pk_refused_reference")),
    )


def downgrade() -> None:
    raise NotImplementedError("an older facewarden would compare with the wrong model's templates")
