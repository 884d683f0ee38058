"""The table of cameras."""

from sqlalchemy import BigInteger, Boolean, Column, LargeBinary, String, Table, Text

from facewarden.store.columns import UtcMicros
from facewarden.store.tables import metadata

# Address, password and place stand in `sealed`; what lists and rights need is plain.
camera = Table(
    "camera",
    metadata,
    Column("camera_id", String(63), primary_key=True),
    Column("name", Text, nullable=False),
    Column("camera_group", String(63), nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("created_at", UtcMicros, nullable=False),
    Column("updated_at", UtcMicros, nullable=False),
)
