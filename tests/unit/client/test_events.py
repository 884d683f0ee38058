"""Following the event stream over a connection that breaks."""

from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from facewarden.api.events import CameraEvent, EventKind, StreamEvent
from facewarden.client import events as following
from facewarden.client.events import Events

HAPPENED = CameraEvent(deployment_id=1, camera_id="gate", state="watching", problem="")
EVENT = StreamEvent(kind=EventKind.CAMERA, id="7", camera=HAPPENED).model_dump_json()


def test_what_was_cut_off_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "AGAIN_S", 0)
    asked: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers.get("Last-Event-ID"))
        whole = f"id: 7\nevent: camera\ndata: {EVENT}\n\n"
        return httpx.Response(200, text="id: 7\nevent: camera\n" if len(asked) == 1 else whole)

    http = httpx.Client(transport=httpx.MockTransport(answer), base_url="http://x")
    with http:
        stream = Events(cast("Any", SimpleNamespace(http=http))).follow_events(after="6")
        assert next(stream).id == "7"
        assert asked == ["6", "6"]
        next(stream)
        assert asked == ["6", "6", "7"]
