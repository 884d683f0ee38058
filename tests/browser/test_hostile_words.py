"""Words that would be HTML, in every script and without end, in every field that people type in.

Read back on every page: nothing of them runs, nothing is an element, and no page gets wider.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from playwright.sync_api import Page, expect

from browser.conftest import DESK, SECONDS, Scene, Sits
from browser.test_accessibility import OVER, PAGES, PHONE, settled
from facewarden.access.bucket import Rate
from facewarden.access.principal import Role
from facewarden.data import SubjectDetails
from facewarden.data.subject import LONGEST
from facewarden.server.limits import Limits
from facewarden.store.open import Store
from unit.server.signing import browser, cheaply, person

pytestmark = pytest.mark.service

HTML = (
    '"><img src=x onerror=window.pwned=1><script>window.pwned=1</script>'
    "<a href=javascript:window.pwned=1>x</a>{{7*7}}${7*7}'--"
)
SCRIPTS = {
    "html": HTML,
    "scripts": (
        "زنوبيا ملكة تدمر זנוביה 冠狀ゼノビア제노비아 ज़ेनोबिया Ζηνοβία 👩\u200d👩\u200d👧\u200d👦🦉"
        "Z\u0335\u0321\u0334\u0322a\u0336\u0316\u0317l\u0337\u0319g\u0338o"
    ),
    "without end": "W" * 199,
}

WIDE = """[...document.querySelectorAll("body *")]
    .filter(one => one.getBoundingClientRect().right > innerWidth + 1)
    .slice(0, 5).map(one => one.outerHTML.slice(0, 80))"""


def typed_in(client: httpx.Client, words: str) -> None:
    """Write words into every text field of every route that takes any, as far as it takes them."""
    now = datetime.now(UTC)

    def send(method: str, path: str, json: dict[str, Any]) -> None:
        answer = client.request(method, f"/api/v1/{path}", json=json)
        assert answer.status_code < 300, (path, answer.text)

    line, short = words[:200].strip(), words[:100].strip()
    details = {
        "name": line, "external_reference": line, "category": line, "notes": words * 10,
        "legal_basis": words * 10, "authorised_by": line,
    }  # fmt: skip
    send("POST", "watchlists", {"name": line})
    send("POST", "subjects", {"details": details, "watchlist": "missing"})
    short = short.replace("\u200d", "")  # settings take no joiners in names of cameras
    setup = {"source": "rtsp://192.0.2.10/1", "name": short, "location": short}
    send("POST", "cameras", {"id": "gate", "setup": setup})
    send("POST", "deployments", {
        "purpose": words, "place": line, "legal_basis": words, "cameras": ["gate"],
        "watchlists": ["missing"], "starts_at": (now + timedelta(hours=1)).isoformat(),
        "ends_at": (now + timedelta(hours=2)).isoformat(), "false_alerts_per_day": 1,
    })  # fmt: skip
    send("POST", "users", {"login": "".join(short.split()), "role": "viewer"})
    ends = (now + timedelta(days=1)).isoformat()
    send("POST", "keys", {"name": line, "permissions": ["alert.read"], "expires_at": ends})
    judged, escalated = (one["alert_id"] for one in client.get("/api/v1/alerts").json()["items"])
    for path, body in (
        (f"casework/alerts/{judged}/comments", {"text": words}),
        (f"casework/alerts/{escalated}/escalate", {"text": words}),
        (f"alerts/{judged}/reviews", {"state": "rejected", "reason": words}),
    ):
        send("POST", path, body)
    client.get("/api/v1/subjects", params={"q": line})
    client.get("/api/v1/audit", params={"actor": line})


def require_harmless(page: Page, where: str) -> None:
    assert page.evaluate("window.pwned") is None, where
    assert page.locator("main img[src=x], main script, a[href^=javascript]").count() == 0, where
    assert page.evaluate(OVER) <= 0, f"{where} is wider than the screen: {page.evaluate(WIDE)}"


@pytest.mark.slow
@pytest.mark.parametrize("words", SCRIPTS.values(), ids=SCRIPTS)
def test_they_are_words_and_no_more(
    scene: Scene, sits: Sits, app: FastAPI, store: Store, address: str, words: str, tmp_path: Path
) -> None:
    many = Rate(per_s=1000.0, burst=10_000)
    cheaply(app, app.state.context, Limits(many, many, many))
    for _ in range(2):
        scene.raises()
    desk = sits(Role.ADMINISTRATOR)
    with browser(store, address, person(store, "grace")) as client:
        typed_in(client, words)
    store.watchlists.add_subject(
        SubjectDetails("M" * LONGEST["name"], notes="M" * LONGEST["notes"]), "missing"
    )
    page = desk.open()
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    for size in (DESK, PHONE):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        for where in (*PAGES, "subjects/2", "subjects/3", "users/3"):
            settled(page, where)
            require_harmless(page, where)
            name = where.replace("/", "-")
            page.screenshot(path=tmp_path / f"{name}-{size[0]}.png", full_page=False)
    settled(page, "subjects")
    shown = page.locator("main tbody").get_by_text(words.strip()[:30], exact=False).first
    expect(shown).to_be_visible(timeout=20 * SECONDS)
