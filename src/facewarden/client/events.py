"""Following the alerts as they come."""

import time
from collections.abc import Iterator
from typing import Final

import httpx

from facewarden.api.events import StreamEvent
from facewarden.client.connection import Connection, problem_of
from facewarden.client.errors import NotAllowed, NotSignedIn, Unreachable, refused

AGAIN_S: Final = 0.3
SILENCE_S: Final = 30.0
"""The server sends something every 10 s: a longer silence is a connection that is gone."""


class Events:
    """The event stream."""

    def __init__(self, connection: Connection) -> None:
        self._http = connection.http

    def follow_events(
        self, after: str | None = None, *, attempts: int = 20
    ) -> Iterator[StreamEvent]:
        """Yield what happens, for ever; a connection that is lost is made again, without a gap.

        Args:
            after: id of the last event that was handled; None: from now on.
            attempts: how often in a row to try before giving up.

        Raises:
            NotSignedIn, NotAllowed: the key is not valid any more, or has not the right.
            Unreachable: nobody answered so often.
        """
        failed = 0
        while failed < attempts:
            headers = {"Last-Event-ID": after} if after is not None else {}
            try:
                with self._http.stream(
                    "GET", "/api/v1/events", headers=headers, timeout=SILENCE_S
                ) as answer:
                    if answer.is_error:
                        answer.read()
                        error = refused(problem_of(answer))
                        if isinstance(error, NotSignedIn | NotAllowed):
                            raise error
                        failed += 1
                        time.sleep(AGAIN_S * failed)
                        continue
                    named = after
                    for name, value in _fields(answer.iter_lines()):
                        failed = 0
                        if name == "id":
                            named = value
                        elif name == "data":
                            yield StreamEvent.model_validate_json(value)
                            after = named  # only now: what was cut off before comes again
            except httpx.TransportError:
                failed += 1
            time.sleep(AGAIN_S)
        raise Unreachable("the event stream cannot be followed", remedy="check the server")


def _fields(lines: Iterator[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        name, colon, value = line.partition(":")
        if colon and name:
            yield name, value.removeprefix(" ")
