"""A path with a slash too few or too many was led on to the host that the request itself named."""

import httpx
import pytest

from unit.server.conftest import address, app, client, context, settings, store, url

__all__ = ["address", "app", "client", "context", "settings", "store", "url"]


@pytest.mark.parametrize(
    "path", ["/assets/x", "/api/v1/subjects/", "/health/live/", "//evil.example/", "/api/v1/"]
)
def test_nobody_is_led_anywhere(client: httpx.Client, path: str) -> None:
    answer = client.get(str(client.base_url) + path, headers={"Host": "evil.example"})
    assert answer.status_code == 404
    assert "location" not in answer.headers
    assert "evil.example" not in answer.text
