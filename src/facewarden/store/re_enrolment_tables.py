"""Tables of re-enrolment: whose templates serve, and what another model makes of references.

What is refused is told by numbers and by why; no words about a person are kept here.
"""

from sqlalchemy import Column, ForeignKey, Integer, String, Table, Text

from facewarden.store.columns import RowId, UtcMicros
from facewarden.store.tables import metadata

# One row, once a re-enrolment has begun: whose templates are compared with.
serving_model = Table(
    "serving_model",
    metadata,
    Column("row_id", Integer, primary_key=True, autoincrement=False),
    Column("model_id", String(200), nullable=False),
    Column("since", UtcMicros, nullable=False),
)

re_enrolment = Table(
    "re_enrolment",
    metadata,
    Column("model_id", String(200), primary_key=True),
    Column("started_at", UtcMicros, nullable=False),
    Column("switched_at", UtcMicros),  # NULL: not all references are done, or not yet switched
)

refused_reference = Table(
    "refused_reference",
    metadata,
    Column(
        "reference_id",
        RowId,
        ForeignKey("reference.reference_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("model_id", String(200), primary_key=True),
    Column("reason", Text, nullable=False),
)
