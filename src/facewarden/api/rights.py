"""What somebody may do and where, as it is sent."""

from typing import Annotated

from pydantic import Field, StringConstraints

from facewarden.access.principal import Permission, Role
from facewarden.api.words import Line, WatchlistName

Login = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Password = Annotated[str, StringConstraints(min_length=1, max_length=200)]
NewPassword = Annotated[
    str,
    Field(
        min_length=1,
        max_length=200,
        description="At least 12 characters; not the login, nor one of the commonest.",
        examples=["seven lamps over the quay"],
    ),
]
Token = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Permissions = Annotated[frozenset[Permission], Field(min_length=1, max_length=len(Permission))]
Watchlists = Annotated[
    frozenset[WatchlistName] | None,
    Field(max_length=1000, description="Limited to these watchlists; null: all."),
]
CameraGroups = Annotated[
    frozenset[Line] | None,
    Field(
        max_length=1000,
        description='Limited to cameras of these groups, "" for those without one; null: all.',
    ),
]

__all__ = [
    "CameraGroups",
    "Login",
    "NewPassword",
    "Password",
    "Permission",
    "Permissions",
    "Role",
    "Token",
    "Watchlists",
]
