"""Signing in and out, and what is one's own: sessions, password, authenticator."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from facewarden.api.rights import (
    CameraGroups,
    Login,
    NewPassword,
    Password,
    Permission,
    Role,
    Token,
    Watchlists,
)
from facewarden.api.wire import UtcTime, Wire

Code = Annotated[str, StringConstraints(max_length=40)]


class FirstStart(Wire):
    """Whether the first administrator is still to be made."""

    needed: bool = Field(description="Nobody can sign in yet; the token stands on the console.")


class FirstAdministrator(Wire):
    """The first administrator."""

    token: Token = Field(description="As `facewarden serve` prints it; valid for 24 h, once.")
    login: Login = Field(examples=["ada"])
    password: NewPassword


class Credentials(Wire):
    """What somebody signs in with."""

    login: Login = Field(examples=["ada"])
    password: Password
    code: Code = Field(
        default="",
        description="Of the authenticator, or a recovery code; empty until it is asked for.",
        examples=["", "123456"],
    )


class CodeNeeded(Wire):
    """The password is right; send it again with a code of the authenticator."""

    needs: Literal["code"] = "code"


class SessionState(Wire):
    """Who is signed in, and what they may do."""

    session_id: str
    user_id: int
    login: str
    role: Role
    permissions: tuple[Permission, ...]
    watchlists: Watchlists
    camera_groups: CameraGroups
    csrf_token: str = Field(description="Send it as X-CSRF-Token with every change.")
    has_password: bool = Field(description="False where a provider vouches for them.")
    has_totp: bool = Field(description="A code is asked for when they sign in.")
    must_add_totp: bool = Field(
        description="Their role must have an authenticator: nothing else is allowed before."
    )
    recovery_codes_left: int = Field(description="Each takes the place of a code once.")
    expires_at: UtcTime = Field(description="They must sign in again then.")


class Accepted(Wire):
    """An invitation, taken up."""

    token: Token = Field(description="Of the invitation; valid for 72 h, once.")
    password: NewPassword


class PasswordChange(Wire):
    """A new password; every session ends and a new one begins."""

    current: Password
    new: NewPassword


class PasswordAgain(Wire):
    """The password once more, before what a thief of a session must not do."""

    password: Password
    code: Code = Field(default="", description="Of the authenticator, where there is one.")


class TotpProposal(Wire):
    """An authenticator to be: scan or type it, then confirm with a code."""

    secret: str = Field(description="For typing; base 32.")
    uri: str = Field(description="For apps on the same device; otpauth://...")
    qr_svg: str = Field(description="For scanning; an SVG element.")


class TotpCode(Wire):
    """A code of the authenticator that was proposed."""

    code: Code = Field(examples=["123456"])


class RecoveryCodes(Wire):
    """Each takes the place of a code once; they are shown this once."""

    codes: tuple[str, ...]


class OwnSession(Wire):
    """A browser in which one is signed in."""

    session_id: str
    address: str
    agent: str = Field(description="What the browser calls itself.")
    created_at: UtcTime
    used_at: UtcTime = Field(description="To the minute.")
    expires_at: UtcTime
    current: bool = Field(description="This very one.")


class OwnSessions(Wire):
    """All of them, the one used last first."""

    items: tuple[OwnSession, ...]
