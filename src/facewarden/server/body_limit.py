"""Limits on the bytes of a request, counted while they arrive: nobody fills memory or disk."""

import asyncio
import re
from typing import Final

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from facewarden.capture.image import MAX_BYTES
from facewarden.server.problems import TooLarge, Unavailable, answer_to

MIB: Final = 1 << 20
JSON_BYTES: Final = MIB
"""The longest message of `api/`: a camera with 100 regions of 100 corners has about 0.2 MB."""
ARCHIVE_BYTES: Final = 256 * MIB
"""About 1,200 photographs of 200 kB. It goes to a sealed file (`spools.py`), piece by piece."""

HELD_BYTES: Final = 512 * MIB
"""Of all bodies in memory that arrive or are worked on, together: six searches of the largest
size."""
SILENCE_S: Final = 30.0
"""Between two pieces of a body."""
WHOLE_S: Final = 600.0
"""For a body: 256 MiB at 3.6 Mbit/s."""

ARCHIVES: Final = re.compile(r"^/api/v1/references/import\Z")
LIMITS: Final[tuple[tuple[re.Pattern[str], int], ...]] = (
    (re.compile(r"^/api/v1/subjects/[0-9]+/references\Z"), MAX_BYTES),
    (re.compile(r"^/api/v1/search\Z"), MAX_BYTES * 4 // 3 + JSON_BYTES),
    (ARCHIVES, ARCHIVE_BYTES),
)


def limit_of(path: str) -> int:
    """Return how many bytes a request to this path may have."""
    return next((most for pattern, most in LIMITS if pattern.match(path)), JSON_BYTES)


class BodyLimit:
    """Answers 413 to a request that says, or turns out, to be larger than its path allows.

    And 408 to one whose body does not come, and 503 while too many bytes are held already.

    Args:
        held_bytes: at most so many of all requests together.
        silence_s: between two pieces of a body.
        whole_s: from the first to the last.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        held_bytes: int = HELD_BYTES,
        silence_s: float = SILENCE_S,
        whole_s: float = WHOLE_S,
    ) -> None:
        self._app = app
        self._most_held = held_bytes
        self._silence_s = silence_s
        self._whole_s = whole_s
        self._held = 0

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
        come = held = 0
        in_memory = not ARCHIVES.match(scope["path"])
        whole = False
        ends = asyncio.get_running_loop().time() + self._whole_s

        async def counting() -> Message:
            nonlocal come, held, whole
            # FastAPI lets only HTTPException through from where it reads a body.
            if whole:  # what is waited for now is that the client goes away
                return await receive()
            try:
                async with asyncio.timeout(self._silence_s), asyncio.timeout_at(ends):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408, "the body of the request did not come") from None
            piece = len(message.get("body", b""))
            come += piece
            if in_memory:
                held += piece
                self._held += piece
            if come > most:
                raise HTTPException(TooLarge.status, str(refusal))
            if self._held > self._most_held:
                raise HTTPException(
                    Unavailable.status,
                    "too much is being uploaded; try again in a moment",
                    {"Retry-After": "5"},
                )
            whole = not message.get("more_body", False)
            return message

        try:
            await self._app(scope, counting, send)
        finally:
            self._held -= held
