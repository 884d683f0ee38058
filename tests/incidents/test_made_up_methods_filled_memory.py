"""Requests are counted by method; made-up methods of 16 KiB were each kept for good."""

import httpx

from facewarden.server.context import Context
from unit.server.conftest import address, app, client, context, settings, store, url

__all__ = ["address", "app", "client", "context", "settings", "store", "url"]


def test_they_are_counted_together(client: httpx.Client, context: Context) -> None:
    for number in range(50):
        assert client.request(f"M{number}", "/health/live").status_code == 405
    assert client.get("/health/live").status_code == 200
    methods = {method for method, _, _ in context.counters.requests()}
    assert methods == {"GET", "other"}
