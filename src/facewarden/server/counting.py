"""Counts of requests, by route and status; about nobody."""

import threading
import time
from collections import defaultdict
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER: Final = "other"
"""Methods and paths that are none of ours: strangers make up as many as they like."""


class Counters:
    """Requests and the seconds they took, by method, route and status."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: dict[tuple[str, str, int], tuple[int, float]] = defaultdict(
            lambda: (0, 0.0)
        )

    def add(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        with self._lock:
            number, spent = self._requests[method, route, status]
            self._requests[method, route, status] = (number + 1, spent + seconds)

    def requests(self) -> dict[tuple[str, str, int], tuple[int, float]]:
        """Return number and seconds."""
        with self._lock:
            return dict(self._requests)


class Counting:
    """Counts every request by the pattern of its route: paths hold ids."""

    def __init__(self, app: ASGIApp, counters: Counters) -> None:
        self._app = app
        self._counters = counters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500
        began = time.perf_counter()

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            route = scope.get("route")
            pattern = getattr(route, "path", OTHER)
            method = scope["method"] if scope["method"] in METHODS else OTHER
            self._counters.add(method, pattern, status, time.perf_counter() - began)
