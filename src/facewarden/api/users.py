"""People who may sign in."""

from pydantic import Field

from facewarden.api.rights import CameraGroups, Login, Role, Watchlists
from facewarden.api.wire import UtcTime, Wire


class User(Wire):
    """Somebody who may sign in."""

    user_id: int
    login: str
    role: Role
    watchlists: Watchlists
    camera_groups: CameraGroups
    disabled: bool = Field(description="They cannot sign in, and have no sessions and keys.")
    has_password: bool = Field(description="False until they have taken up their invitation.")
    has_totp: bool
    oidc_issuer: str = Field(description="The provider that vouches for them; empty: none.")
    created_at: UtcTime
    signed_in_at: UtcTime | None


class NewUser(Wire):
    """Somebody to be invited."""

    login: Login = Field(examples=["grace"])
    role: Role
    watchlists: Watchlists = None
    camera_groups: CameraGroups = None


class Invited(Wire):
    """A user, and the one-time token by which they set their password; shown this once."""

    user: User
    invitation: str = Field(description="Hand it over in person; valid for 72 h.")


class UserChange(Wire):
    """What is to be changed; what is left out stays."""

    role: Role | None = None
    watchlists: Watchlists = Field(default=None, description="null: all.")
    camera_groups: CameraGroups = Field(default=None, description="null: all.")
    disabled: bool | None = None
