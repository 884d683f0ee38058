"""Tables of the people who use this system: accounts, sessions, keys, and what slows guessing.

Of secrets only hashes are kept; the secret of an authenticator and answers that may repeat a name
are sealed.
"""

from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    text,
)

from facewarden.store.columns import RowId, UtcMicros
from facewarden.store.tables import metadata

BY_OIDC: Final = text("oidc_subject <> ''")


def _account_key() -> ForeignKey:
    return ForeignKey("account.user_id", ondelete="CASCADE")


account = Table(
    "account",
    metadata,
    Column("user_id", RowId, primary_key=True),
    Column("login", String(100), nullable=False),
    Column("login_folded", String(200), nullable=False, unique=True),
    Column("role", String(20), nullable=False),
    Column("watchlists", JSON(none_as_null=True)),  # NULL: all
    Column("camera_groups", JSON(none_as_null=True)),  # NULL: all
    Column("password", Text, nullable=False),  # argon2id; empty: none
    Column("totp", LargeBinary),  # sealed
    Column("totp_proposed", LargeBinary),  # sealed; not confirmed by a code yet
    Column("totp_step", BigInteger, nullable=False),  # of the last code that was accepted
    Column("oidc_issuer", Text, nullable=False),
    Column("oidc_subject", Text, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", UtcMicros, nullable=False),
    Column("signed_in_at", UtcMicros),
    Index(
        "uq_account_oidc",
        "oidc_issuer",
        "oidc_subject",
        unique=True,
        sqlite_where=BY_OIDC,
        postgresql_where=BY_OIDC,
    ),
    sqlite_autoincrement=True,  # an id in the audit log must never come to mean somebody else
)

recovery_code = Table(
    "recovery_code",
    metadata,
    Column("user_id", RowId, _account_key(), primary_key=True, autoincrement=False),
    Column("digest", String(64), primary_key=True),
)

# For the first administrator (no account), and for whoever sets a first or a new password.
invitation = Table(
    "invitation",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("user_id", RowId, _account_key(), index=True),
    Column("expires_at", UtcMicros, nullable=False),
)

# Named apart from SQL's own word.
web_session = Table(
    "web_session",
    metadata,
    Column("session_id", String(16), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("user_id", RowId, _account_key(), nullable=False, index=True),
    Column("address", String(100), nullable=False),
    Column("agent", String(200), nullable=False),
    Column("created_at", UtcMicros, nullable=False),
    Column("used_at", UtcMicros, nullable=False),
    Column("expires_at", UtcMicros, nullable=False, index=True),
)

api_key = Table(
    "api_key",
    metadata,
    Column("key_id", String(16), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("user_id", RowId, _account_key(), nullable=False, index=True),
    Column("name", String(100), nullable=False),
    Column("permissions", JSON, nullable=False),
    Column("watchlists", JSON(none_as_null=True)),  # NULL: all of the owner's
    Column("camera_groups", JSON(none_as_null=True)),
    Column("created_at", UtcMicros, nullable=False),
    Column("expires_at", UtcMicros, nullable=False),
    Column("used_at", UtcMicros),
)

# Who is slowed down, as a keyed hash: somebody may have typed a password where a login belongs.
failed_attempt = Table(
    "failed_attempt",
    metadata,
    Column("who", String(64), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", UtcMicros, nullable=False, index=True),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("user_id", RowId, _account_key(), primary_key=True, autoincrement=False),
    Column("route", String(200), primary_key=True),
    Column("key", String(100), primary_key=True),
    Column("body_digest", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("answer", LargeBinary, nullable=False),  # sealed
    Column("created_at", UtcMicros, nullable=False, index=True),
)
