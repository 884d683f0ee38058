"""Names and other words about people become unreadable without the key.

All in one transaction: an upgrade that is cut off begins again. The clear pages are rewritten
after it by `store.migrate`, as the row "forget" of store_info asks.
"""

import json
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from facewarden.store.key import TemplateKey

revision: str = "fw0004"
down_revision: str | Sequence[str] | None = "fw0003"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

BATCH = 500
REMOVED = "(removed)"
SUBJECT = ("name", "external_reference", "category", "notes", "legal_basis", "authorised_by")
ALERT = ("subject_name", "external_reference", "category")
REPLACED = (
    ("reference", "source_name"),
    ("delivery", "payload"),
    ("delivery", "problem"),
    ("review", "reason"),
)

Values = dict[str, Any]


def upgrade() -> None:
    config = op.get_context().config
    if config is None:
        raise RuntimeError("run through store.migrate, which has the key")
    seal = _Sealer(config.attributes["key"])
    op.drop_index("ix_subject_name", "subject")
    op.drop_index("uq_subject_external_reference", "subject")
    _add_columns()
    _add_tables()
    sealed = (
        _each("subject", "subject_id", seal.subject),
        _each("alert", "position", seal.alert),
        _each("reference", "reference_id", seal.reference),
        _each("delivery", "delivery_id", seal.delivery),
        _each("review", "review_id", seal.review),
    )
    for table, names in (("subject", SUBJECT), ("alert", ALERT)):
        for name in names:
            op.drop_column(table, name)
    for table, name in REPLACED:
        op.drop_column(table, name)
        op.alter_column(table, f"sealed_{name}", new_column_name=name)
    op.create_index("ix_subject_name_digest", "subject", ["name_digest"])
    op.create_index("uq_subject_external_digest", "subject", ["external_digest"], unique=True)
    op.create_index("ix_alert_change", "alert", ["change"])
    by = ["position", "raised_at", "camera_id", "watchlist", "state", "subject_id"]
    op.create_index("ix_alert_page", "alert", by)
    op.execute("INSERT INTO alert_change SELECT 1, COALESCE(MAX(position), 0) FROM alert")
    if any(sealed):
        info = _table("store_info")
        op.get_bind().execute(sa.insert(info).values(name="forget", value=b"fw0004"))


def _add_columns() -> None:
    for table, column in (
        ("subject", sa.Column("sealed", sa.LargeBinary(), server_default="", nullable=False)),
        ("subject", sa.Column("name_digest", sa.String(64))),
        ("subject", sa.Column("external_digest", sa.String(64))),
        ("subject", sa.Column("version", sa.Integer(), server_default="1", nullable=False)),
        ("subject", sa.Column("updated_at", sa.BigInteger(), server_default="0", nullable=False)),
        ("alert", sa.Column("words", sa.LargeBinary())),
        ("alert", sa.Column("change", sa.BigInteger(), server_default="0", nullable=False)),
        (
            "reference",
            sa.Column("sealed_source_name", sa.LargeBinary(), server_default="", nullable=False),
        ),
        ("delivery", sa.Column("sealed_payload", sa.LargeBinary())),
        ("delivery", sa.Column("sealed_problem", sa.LargeBinary())),
        ("review", sa.Column("sealed_reason", sa.LargeBinary(), server_default="")),
    ):
        op.add_column(table, column)


def _add_tables() -> None:
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "merged_subject",
        sa.Column("subject_id", row_id, autoincrement=False, nullable=False),
        sa.Column("into_id", row_id, nullable=False),
        sa.Column("merged_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["into_id"],
            ["subject.subject_id"],
            name=op.f("fk_merged_subject_into_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_merged_subject")),
    )
    op.create_index("ix_merged_subject_into_id", "merged_subject", ["into_id"])
    op.create_table(
        "alert_change",
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_alert_change")),
    )


class _Sealer:
    """Makes the new columns of a row out of its old ones, as the store of this revision does."""

    def __init__(self, key: TemplateKey) -> None:
        self._key = key
        self._taken: set[str] = set()

    def subject(self, row: Any) -> Values:
        return {
            "sealed": self._words(row, SUBJECT, f"subject:{row.subject_id}"),
            "name_digest": self._digest("name", unicodedata.normalize("NFC", row.name)),
            "external_digest": self._external(row.external_reference),
            "updated_at": row.created_at,
        }

    def alert(self, row: Any) -> Values:
        gone = all(getattr(row, name) == REMOVED for name in ALERT)
        words = None if gone else self._words(row, ALERT, f"alert:{row.alert_id}")
        return {"words": words, "change": row.position}

    def reference(self, row: Any) -> Values:
        purpose = f"source name:{row.file_digest}"
        return {"sealed_source_name": self._text(row.source_name, purpose)}

    def delivery(self, row: Any) -> Values:
        payload, problem = row.payload, row.problem
        if payload is not None:
            payload = self._text(payload, f"payload:{row.idempotency_key}")
        return {
            "sealed_payload": payload,
            "sealed_problem": self._text(problem, f"problem:{row.delivery_id}") or None,
        }

    def review(self, row: Any) -> Values:
        purpose = f"reason:{row.alert_id}:{row.state}:{row.reviewed_at}:{row.reviewer}"
        return {"sealed_reason": None if row.reason == REMOVED else self._text(row.reason, purpose)}

    def _words(self, row: Any, names: Sequence[str], purpose: str) -> bytes:
        words = {name: getattr(row, name) for name in names}
        return self._key.seal(json.dumps(words, ensure_ascii=False).encode(), purpose)

    def _text(self, text: str, purpose: str) -> bytes:
        return self._key.seal(text.encode(), purpose) if text else b""

    def _digest(self, kind: str, text: str) -> str | None:
        return self._key.digest(f"{kind}\0{text}".encode()) if text else None

    def _external(self, text: str) -> str | None:
        digest = self._digest("external reference", unicodedata.normalize("NFC", text))
        if digest in self._taken:
            # Two that differ in composition alone could be told apart until now, and still are.
            digest = self._digest("external reference", text)
        if digest:
            self._taken.add(digest)
        return digest


def _table(name: str) -> sa.Table:
    return sa.Table(name, sa.MetaData(), autoload_with=op.get_bind())


def _each(name: str, identity: str, made: Callable[[Any], Values]) -> bool:
    """Write what `made` makes of every row, in batches; tell whether there were any."""
    connection, table = op.get_bind(), _table(name)
    column = table.c[identity]
    last = None
    while True:
        rows = connection.execute(
            sa.select(table)
            .where(sa.true() if last is None else column > last)
            .order_by(column)
            .limit(BATCH)
        ).all()
        if not rows:
            return last is not None
        values = [made(row) for row in rows]
        last = getattr(rows[-1], identity)
        connection.execute(
            sa.update(table)
            .where(column == sa.bindparam("the_row"))
            .values({key: sa.bindparam(f"new_{key}") for key in values[0]}),
            [
                {f"new_{key}": value for key, value in new.items()}
                | {"the_row": getattr(row, identity)}
                for row, new in zip(rows, values, strict=True)
            ],
        )


def downgrade() -> None:
    raise NotImplementedError("an older facewarden wants the words in clear; restore a backup")
