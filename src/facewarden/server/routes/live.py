"""The live view of a camera: MJPEG for a plain image, a WebSocket for pictures with boxes."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Final

from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Query, Response, WebSocket
from fastapi.responses import StreamingResponse
from pydantic import StringConstraints
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocketDisconnect

from facewarden.access.principal import Permission, Principal
from facewarden.api.cameras import CameraId
from facewarden.api.live import LiveFrame, LiveSilence
from facewarden.api.problem import Problem
from facewarden.server.asking import Asker, may
from facewarden.server.live import LiveHub, LiveKey, LiveMessage, width_of
from facewarden.server.live_names import LiveNames, names_in
from facewarden.server.principal import gatekeeper_of
from facewarden.server.problems import (
    POLICY_VIOLATION,
    Conflict,
    Forbidden,
    NotFound,
    Refusal,
    Unprocessable,
)

router = APIRouter(prefix="/api/v1/cameras", tags=["cameras"])

Looker = Annotated[Asker, may(Permission.LIVE_VIEW)]
CHECK_S: Final = 5.0
"""Between two looks at whether somebody may still look."""
SILENCE_S: Final = 2.0
BOUNDARY: Final = "facewarden-live"
REFUSED: Final = 4000
"""Plus the HTTP status: why a WebSocket was closed, among the codes for private use
(RFC 6455, 7.4.2)."""
GOING_AWAY: Final = 1001

Reason = Annotated[
    str | None,
    StringConstraints(pattern=r"^[a-z][a-z0-9_.-]{0,60}(:[A-Za-z0-9_.-]{1,64})?$"),
    Query(
        description="Why bystanders must be seen, as a word or a reference: it goes into the audit "
        "log, which can never be rewritten, so no names.",
        examples=["incident:2026-117", "camera-adjustment"],
    ),
]
Width = Annotated[int, Query(ge=64, le=1920, description="px; rounded up to one that is served.")]
Unblurred = Annotated[
    bool, Query(description="Show bystanders too; for supervisors, with a reason, audited.")
]
Rate = Annotated[float, Query(gt=0, le=30, description="Pictures a second at most.")]
MJPEG: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Pictures, one part each, until the client goes away.",
        "content": {f"multipart/x-mixed-replace; boundary={BOUNDARY}": {}},
    },
    409: {"model": Problem, "description": "No deployment watches the camera now."},
}


@dataclass(frozen=True, slots=True)
class Looking:
    """Somebody who may look at a camera, and how."""

    asker: Asker
    key: LiveKey
    fps: float

    def may_still(self, who: Principal | None) -> bool:
        """Tell whether they may go on, as they and the camera are now; reads the store."""
        cameras = self.asker.context.store.cameras
        return (
            who is not None
            and who.may(Permission.LIVE_VIEW)
            and cameras.find(self.key.camera, who.scope.camera_groups) is not None
            and _told(who) == self.key.watchlists
            and (not self.key.sharp or who.may(Permission.LIVE_UNBLURRED))
        )


def looking(
    asker: Looker,
    camera_id: CameraId,
    width: Width = 640,
    fps: Rate = 5.0,
    *,
    unblurred: Unblurred = False,
    reason: Reason = None,
) -> Looking:
    """Authorise a look, and write it into the audit log before the first picture."""
    if asker.context.store.cameras.find(camera_id, asker.who.scope.camera_groups) is None:
        raise NotFound
    if unblurred and not asker.who.may(Permission.LIVE_UNBLURRED):
        raise Forbidden(
            "bystanders are shown to supervisors only",
            expected=f"the right {Permission.LIVE_UNBLURRED}",
        )
    if unblurred and reason is None:
        raise Unprocessable("looking at bystanders needs a reason", expected="reason=...")
    asker.context.store.audit.append(
        asker.who.login,
        "camera.live",
        f"camera:{camera_id}",
        {"blurred": not unblurred} | ({"reason": reason} if reason is not None else {}),
    )
    key = LiveKey(camera_id, width_of(width), _told(asker.who), unblurred)
    return Looking(asker, key, fps)


@router.get("/{camera_id}/live.mjpeg", response_class=Response, responses=MJPEG)
async def live_mjpeg(
    connection: HTTPConnection, look: Annotated[Looking, Depends(looking)]
) -> StreamingResponse:
    """Look at a camera as multipart JPEG, for an <img>; bystanders are blurred."""
    context = look.asker.context
    if context.supervisor.live_socket(look.key.camera) is None:
        raise Conflict(
            "no deployment watches this camera now", remedy="look again when one has begun"
        )
    context.live.require_room(look.key, look.asker.who.user_id)

    async def parts() -> AsyncIterator[bytes]:
        async with aclosing(_messages(connection, look, context.live)) as messages:
            async for message in messages:
                if message.jpeg:
                    head = (
                        f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\n"
                        f"Content-Length: {len(message.jpeg)}\r\n\r\n"
                    )
                    yield head.encode() + message.jpeg + b"\r\n"

    return StreamingResponse(
        parts(),
        media_type=f"multipart/x-mixed-replace; boundary={BOUNDARY}",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


@router.websocket("/{camera_id}/live")
async def live_socket(
    socket: WebSocket,
    asker: Looker,
    camera_id: CameraId,
    width: Width = 640,
    fps: Rate = 5.0,
    *,
    unblurred: Unblurred = False,
    reason: Reason = None,
) -> None:
    """Look at a camera with boxes: LiveFrame as text, then the JPEG; LiveSilence in between.

    Nothing is read from the client. Close codes: 4000 + HTTP status when refused, 1008 when the
    right has ended, 1001 when the server ends.
    """
    await socket.accept()
    try:
        ask = partial(looking, unblurred=unblurred, reason=reason)
        look = await run_sync(ask, asker, camera_id, width, fps)
        asker.context.live.require_room(look.key, asker.who.user_id)
    except Refusal as error:
        if isinstance(error, Forbidden):
            await run_sync(socket.app.state.refusals.note, error, socket)
        await socket.close(REFUSED + error.status, error.what)
        return
    gone = asyncio.create_task(_gone(socket))
    sending = asyncio.create_task(_send(socket, look))
    try:
        await asyncio.wait({gone, sending}, return_when=asyncio.FIRST_COMPLETED)
        if not gone.done():
            await socket.close(GOING_AWAY if asker.context.live.stopping else POLICY_VIOLATION)
    finally:
        for task in (gone, sending):
            task.cancel()
        await asyncio.gather(gone, sending, return_exceptions=True)


async def _gone(socket: WebSocket) -> None:
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass


async def _send(socket: WebSocket, look: Looking) -> None:
    names = LiveNames(names_in(look.asker.context.store))
    try:
        async with aclosing(_messages(socket, look, look.asker.context.live)) as messages:
            async for message in messages:
                if message.jpeg:
                    told = LiveFrame(**await names.added(message.header))
                    await socket.send_text(told.model_dump_json())
                    await socket.send_bytes(message.jpeg)
                else:
                    silence = LiveSilence(camera=look.key.camera, watched=message.watched)
                    await socket.send_text(silence.model_dump_json())
    except (WebSocketDisconnect, RuntimeError):
        return


async def _messages(
    connection: HTTPConnection, look: Looking, hub: LiveHub
) -> AsyncGenerator[LiveMessage, None]:
    """Yield what there is to see, no faster than asked, for as long as they may look."""
    gatekeeper = gatekeeper_of(connection)
    loop = asyncio.get_running_loop()
    check_at = loop.time() + CHECK_S
    due = 0.0
    # Here and not before: a client that is gone before the first picture never gets here.
    viewer = hub.look(look.key, look.asker.who.user_id)
    try:
        while not hub.stopping:
            if loop.time() >= check_at:
                check_at = loop.time() + CHECK_S
                who = await run_sync(gatekeeper.again, look.asker.who)
                if not await run_sync(look.may_still, who):
                    return
            message = await viewer.next(min(SILENCE_S, max(0.05, check_at - loop.time())))
            if message is None:
                continue
            if message.jpeg:
                await asyncio.sleep(max(0.0, due - loop.time()))
                due = max(due + 1 / look.fps, loop.time())
            yield message
    finally:
        hub.leave(look.key, viewer)


def _told(who: Principal) -> frozenset[str] | None:
    """Return the watchlists whose candidates somebody may know of; None: all."""
    return who.scope.watchlists if who.may(Permission.ALERT_READ) else frozenset()
