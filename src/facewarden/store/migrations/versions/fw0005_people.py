"""Users, their sessions, keys and rights."""

from collections.abc import Sequence

revision: str = "fw0005"
down_revision: str | Sequence[str] | None = "fw0004"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    raise NotImplementedError("an older facewarden would not keep this; restore a backup")
