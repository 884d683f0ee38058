"""API keys: what people's programs sign in with."""

from pydantic import Field

from facewarden.api.rights import CameraGroups, Permission, Permissions, Watchlists
from facewarden.api.wire import UtcTime, Wire
from facewarden.api.words import Name


class NewKey(Wire):
    """A key to be made; it never may more than its owner."""

    name: Name = Field(max_length=100, description="What it is for.", examples=["nightly report"])
    permissions: Permissions = Field(examples=[["report.read"]])
    watchlists: Watchlists = None
    camera_groups: CameraGroups = None
    expires_at: UtcTime = Field(description="Within 366 days.")


class Key(Wire):
    """A key; its secret is not kept."""

    key_id: str = Field(description="The part of it that may be shown: fw_<key_id>_<secret>.")
    user_id: int
    name: str
    permissions: tuple[Permission, ...]
    watchlists: Watchlists
    camera_groups: CameraGroups
    created_at: UtcTime
    expires_at: UtcTime
    expired: bool
    used_at: UtcTime | None = Field(description="To the minute.")


class KeyMade(Wire):
    """A new key with its secret, which is shown this once."""

    key: Key
    secret: str = Field(description="Send it as Authorization: Bearer fw_...")
