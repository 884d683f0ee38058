"""Limits on the bytes of a request, counted while they arrive: nobody fills memory or disk."""

import re
from typing import Final

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from facewarden.capture.image import MAX_BYTES
from facewarden.server.problems import TooLarge, answer_to

MIB: Final = 1 << 20
JSON_BYTES: Final = MIB
"""The longest message of `api/`: a camera with 100 regions of 100 corners has about 0.2 MB."""
ARCHIVE_BYTES: Final = 256 * MIB
"""About 1,200 photographs of 200 kB. It is held in memory: on a disk it would be faces in clear."""

LIMITS: Final[tuple[tuple[re.Pattern[str], int], ...]] = (
    (re.compile(r"^/api/v1/subjects/\d+/references$"), MAX_BYTES),
    (re.compile(r"^/api/v1/search$"), MAX_BYTES * 4 // 3 + JSON_BYTES),
    (re.compile(r"^/api/v1/references/import$"), ARCHIVE_BYTES),
)


def limit_of(path: str) -> int:
    """Return how many bytes a request to this path may have."""
    return next((most for pattern, most in LIMITS if pattern.match(path)), JSON_BYTES)


class BodyLimit:
    """Answers 413 to a request that says, or turns out, to be larger than its path allows."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = limit_of(scope["path"])
        said = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        refusal = TooLarge(
            "the request is too large", expected=f"at most {most} bytes", remedy="send less"
        )
        if not said.isdigit() or int(said) > most:
            await answer_to(refusal)(scope, receive, send)
            return
        come = 0

        async def counting() -> Message:
            nonlocal come
            message = await receive()
            come += len(message.get("body", b""))
            if come > most:
                # FastAPI lets only this kind through from where it reads a body.
                raise HTTPException(TooLarge.status, str(refusal))
            return message

        await self._app(scope, counting, send)
