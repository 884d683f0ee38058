"""Raw bodies: read only after the caller was let in, and never further than a route allows."""

from typing import Annotated, Any, Final

from anyio.to_thread import run_sync
from fastapi import Query, Request

from facewarden.access.principal import Principal
from facewarden.api.words import LINE
from facewarden.server.principal import gatekeeper_of
from facewarden.server.problems import Unauthenticated, Unprocessable
from facewarden.server.spools import Spool, Spools

PIECE: Final = 1 << 20
"""Written at once: a thread is asked for each."""
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
Live = Annotated[
    bool,
    Query(
        description="A living person is claimed to have been photographed: refuse what looks like "
        "a picture of a picture, and what cannot be judged."
    ),
]


async def body_of(request: Request, who: Principal) -> bytes:
    """Return the body, which `BodyLimit` has bounded.

    Args:
        who: sends it; they must still be who they were when it began to arrive.

    Raises:
        Unprocessable: there is none.
        Unauthenticated: their session has ended meanwhile, or their rights have changed.
    """
    data = await request.body()
    await _require_both(request, who, len(data))
    return data


async def spool_of(request: Request, who: Principal, spools: Spools) -> Spool:
    """Return the body as a file that only we can read; close it.

    Args:
        who: as `body_of`.

    Raises:
        Unprocessable, Unauthenticated: as `body_of`.
        Unavailable: too many are being worked on.
        StoreFull: there is too little room on the disk.
    """
    said = request.headers.get("content-length", "0")
    spool = await run_sync(spools.open, who.user_id, int(said) if said.isdigit() else 0)
    try:
        piece = bytearray()
        async for come in request.stream():
            piece += come
            if len(piece) >= PIECE:
                await run_sync(spool.append, bytes(piece))
                piece.clear()
        await run_sync(spool.append, bytes(piece))
        await _require_both(request, who, spool.length)
    except BaseException:
        spool.close()
        raise
    return spool


async def _require_both(request: Request, who: Principal, length: int) -> None:
    """Check that there is a body, and that whoever sends it still is who they were."""
    if not length:
        raise Unprocessable("the request has no body", expected="a file")
    if await run_sync(gatekeeper_of(request).again, who) != who:
        raise Unauthenticated(
            "your session has ended, or your rights have changed, while this arrived",
            remedy="sign in and send it again",
        )
