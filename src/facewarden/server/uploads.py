"""Raw bodies: read only after the caller was let in, and never further than a route allows."""

from typing import Annotated, Any, Final

from fastapi import Query, Request

from facewarden.api.words import LINE
from facewarden.server.problems import Unprocessable

PICTURE: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "The file itself: JPEG, PNG, WebP, BMP, TIFF, GIF or AVIF; what it is "
        "follows from its bytes.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
ARCHIVE: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "A ZIP of photographs: a folder for each person, or files named after "
        "them, or a table (one .csv) that says who is who.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}

FileName = Annotated[
    str, Query(max_length=LINE, description="The file's name, for those who look at it later.")
]
Face = Annotated[
    str,
    Query(
        max_length=10,
        pattern=r"^(largest|[1-9][0-9]{0,2})?$",
        description="Which of several faces: largest, or a number from the left.",
    ),
]


async def body_of(request: Request) -> bytes:
    """Return the body, which `BodyLimit` has bounded.

    Raises:
        Unprocessable: there is none.
    """
    data = await request.body()
    if not data:
        raise Unprocessable("the request has no body", expected="a file")
    return data
