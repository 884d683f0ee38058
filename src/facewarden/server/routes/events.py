"""The alerts as they come: server-sent events and a WebSocket, with the same messages."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from anyio.to_thread import run_sync
from fastapi import APIRouter, Header, Query, Response, WebSocket
from fastapi.responses import StreamingResponse
from starlette.websockets import WebSocketDisconnect

from facewarden.access.principal import Permission
from facewarden.api.events import EventKind, StreamEvent
from facewarden.server.asking import Asker, may
from facewarden.server.problems import TooMany

router = APIRouter(prefix="/api/v1/events", tags=["events"])

Follower = Annotated[Asker, may(Permission.ALERT_READ)]
BEAT_S: Final = 10.0
"""Proxies close what is silent for 30 to 60 s."""
LASTS_S: Final = 60.0
"""Then the client comes again, and its credential and scope are looked at again."""
RETRY_MS: Final = 300
MOST: Final = 500
"""Streams of one server, each a connection and a queue."""
MOST_OF_ONE: Final = 250
"""Of one person and their keys, so that they leave half to others; a browser has one a tab."""
SERVICE_RESTART: Final = 1012
TRY_LATER: Final = 1013
"""RFC 6455, 7.4.1 and its registry."""
LastId = Annotated[
    str | None,
    Header(alias="Last-Event-ID", max_length=20, description="id of the last event received."),
]
After = Annotated[
    str | None,
    Query(max_length=20, description="The same, where a header cannot be set."),
]
STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Events, each with the JSON of StreamEvent as data.",
        "content": {"text/event-stream": {"schema": {"$ref": "#/components/schemas/StreamEvent"}}},
    }
}


@router.get("", response_class=Response, responses=STREAM)
async def follow_events(
    asker: Follower, last_event_id: LastId = None, after: After = None
) -> StreamingResponse:
    """Follow the alerts as server-sent events, from Last-Event-ID on without a gap.

    The stream ends now and then; EventSource comes again by itself.
    """
    if _full(asker):
        raise TooMany("too many streams", headers={"Retry-After": "5"})
    given = last_event_id if last_event_id is not None else after

    async def text() -> AsyncIterator[str]:
        yield f"retry: {RETRY_MS}\n\n"
        async for kind, number, data in _events(asker, _number(given)):
            if kind is EventKind.BEAT:
                yield f"id: {number}\n: alive\n\n"
            else:
                yield f"id: {number}\nevent: {kind}\ndata: {data}\n\n"

    headers = {"X-Accel-Buffering": "no"}
    return StreamingResponse(text(), media_type="text/event-stream", headers=headers)


@router.websocket("/ws")
async def follow_socket(socket: WebSocket, asker: Follower, after: After = None) -> None:
    """Follow the alerts through a WebSocket; nothing is read from the client."""
    await socket.accept()
    if _full(asker):
        await socket.close(TRY_LATER)
        return
    gone = asyncio.create_task(_gone(socket))
    sending = asyncio.create_task(_send(socket, asker, after))
    try:
        await asyncio.wait({gone, sending}, return_when=asyncio.FIRST_COMPLETED)
        if not gone.done():
            await socket.close(SERVICE_RESTART)
    finally:
        for task in (gone, sending):
            task.cancel()
        await asyncio.gather(gone, sending, return_exceptions=True)


def _full(asker: Asker) -> bool:
    feed = asker.context.feed
    return feed.streams >= MOST or feed.streams_of(asker.who.user_id) >= MOST_OF_ONE


async def _gone(socket: WebSocket) -> None:
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass


async def _send(socket: WebSocket, asker: Asker, after: str | None) -> None:
    try:
        async for kind, number, data in _events(asker, _number(after)):
            beat = StreamEvent(kind=EventKind.BEAT, id=str(number))
            await socket.send_text(beat.model_dump_json() if kind is EventKind.BEAT else data)
    except (WebSocketDisconnect, RuntimeError):
        return


async def _events(asker: Asker, last: int | None) -> AsyncIterator[tuple[EventKind, int, str]]:
    """Yield kind, number and JSON of what somebody may see, until they must come again."""
    feed = asker.context.feed
    loop = asyncio.get_running_loop()
    ends = loop.time() + LASTS_S
    await run_sync(lambda: asker.cameras)  # reads the store, once
    # Followed first and read afterwards: what comes in between is in both, and told once.
    follower = feed.follow(asker, loop, asker.who.user_id)
    try:
        if last is None:
            last = await run_sync(feed.head)
        else:
            missed = await run_sync(feed.missed, last, asker)
            if missed is None:
                last = await run_sync(feed.head)
                yield _reload(last)
            else:
                for told in missed:
                    last = told.change
                    yield EventKind.ALERT, last, told.text
        while loop.time() < ends and not feed.stopping:
            news = await follower.next(min(BEAT_S, max(0.05, ends - loop.time())))
            if follower.lost:
                yield _reload(await run_sync(feed.head))
                return
            if not news:
                yield EventKind.BEAT, last, ""
            for told in news:
                if told.kind is not EventKind.ALERT:
                    yield told.kind, last, told.text
                elif told.change > last:
                    last = told.change
                    yield told.kind, last, told.text
    finally:
        feed.leave(follower)


def _reload(number: int) -> tuple[EventKind, int, str]:
    event = StreamEvent(kind=EventKind.RELOAD, id=str(number))
    return EventKind.RELOAD, number, event.model_dump_json()


def _number(given: str | None) -> int | None:
    """Return the change that an id names; one that is none of ours means the beginning of now."""
    return int(given) if given and given.isascii() and given.isdigit() else None
