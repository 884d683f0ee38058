"""ETags: who changes an object says which state of it they have seen (RFC 9110, 13.1.1)."""

import hashlib
from typing import Annotated

from fastapi import Header, Response
from pydantic import BaseModel

from facewarden.server.problems import ConditionMissing, Stale

IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=200,
        description="The ETag that the object had when it was read. Without it: 428; when "
        "somebody has changed the object since: 412.",
    ),
]


def etag_of(state: BaseModel | str | int) -> str:
    """Return the strong ETag of a state: that of its JSON, or of a version number."""
    text = state.model_dump_json() if isinstance(state, BaseModel) else str(state)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def tagged(response: Response, state: BaseModel | str | int) -> None:
    """Put the ETag of what is answered into the response."""
    response.headers["ETag"] = etag_of(state)


def require_match(if_match: str | None, state: BaseModel | str | int) -> None:
    """Check that a change is meant for this state; call it holding `Context.editing`.

    Raises:
        ConditionMissing: the request has no If-Match.
        Stale: it names other states only.
    """
    if if_match is None:
        raise ConditionMissing(
            "a change needs If-Match", remedy="send the ETag that the object had when it was read"
        )
    seen = {tag.strip() for tag in if_match.split(",")}
    if "*" not in seen and etag_of(state) not in seen:
        raise Stale(
            "somebody has changed this since you read it", remedy="read it again, then change it"
        )
