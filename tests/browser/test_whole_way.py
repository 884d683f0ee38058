"""The whole way: first start, enrolment by dropping photographs, a deployment by two people, an
alert with its looks, a verdict by two people, proof."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from browser.conftest import DESK, SECONDS, Desk
from browser.test_subjects import drop
from browser.test_wall import CLIP, NAME, still_of
from system.processes import facewarden, stored
from system.serving import STARTED_S, ServeProcess
from unit.server.signing import PASSWORD

pytestmark = [
    pytest.mark.service,
    pytest.mark.shared,
    pytest.mark.models,
    pytest.mark.slow,
]

LIMIT = STARTED_S * SECONDS
VISIBLE_S = 5.0
"""Required is 1 s; a test may wait for a processor that others use, too."""


@pytest.fixture
def server(home: Path, tmp_path: Path, shared: Path, models_dir: Path) -> Iterator[ServeProcess]:
    """A server as it is started for the first time."""
    assert models_dir
    lines = tmp_path / "lines.yaml"
    videos = shared / "data" / "videos"
    lines.write_text(f"server: {{recordings: ['{videos}']}}\n")
    made = ServeProcess(home, "--config", lines, log=tmp_path / "serve.log")
    made.start()
    yield made
    made.kill()


@pytest.fixture
def desks(chromium: Browser, server: ServeProcess) -> Iterator[tuple[Desk, Desk]]:
    """Two browsers of two people."""
    size = ViewportSize(width=DESK[0], height=DESK[1])
    with chromium.new_context(viewport=size) as one, chromium.new_context(viewport=size) as other:
        pair = Desk(one.new_page(), server.address), Desk(other.new_page(), server.address)
        for desk in pair:
            desk.page.set_default_timeout(LIMIT)
        yield pair
        for desk in pair:
            desk.require_sound()


def fill(page: Page, **fields: str) -> None:
    for label, text in fields.items():
        page.get_by_label(label.replace("_", " "), exact=True).fill(text)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def enrol_by_dropping(page: Page, name: str, *photographs: Path) -> None:
    """Enrol somebody; where the only photograph shows several people, the largest is meant."""
    fill(page, Name=name)
    drop(page, "Photographs of this person", *photographs)
    added, several = (
        page.get_by_text(f"{len(photographs)} added", exact=True),
        page.get_by_role("button", name="The largest"),
    )
    expect(added.or_(several)).to_be_visible()
    if several.is_visible():
        several.click()
    expect(added).to_be_visible()


def photograph(shared: Path, number: int) -> Path:
    return shared / "data/lfw-dev/images/Tony_Blair" / f"Tony_Blair_{number:04d}.jpg"


def confirm(page: Page) -> None:
    """Confirm what is shown, by keyboard."""
    page.keyboard.press("c")
    expect(page.get_by_role("dialog")).to_be_visible()
    for key in ("Tab", "Tab", "Enter"):  # the remark may stay empty
        page.keyboard.press(key)


def test_from_the_first_start_to_the_proof(
    server: ServeProcess, home: Path, shared: Path, desks: tuple[Desk, Desk], tmp_path: Path
) -> None:
    expect.set_options(timeout=LIMIT)
    clip = shared / "data" / "videos" / CLIP
    token = re.search(r"#first-start=(\S+)", server.said())
    assert token is not None
    ada, grace = desks

    page = ada.open(f"#first-start={token[1]}")
    fill(page, Login="ada", Password=PASSWORD)
    press(page, "Make the first administrator")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()

    ada.open("#/watchlists")
    press(page, "New watchlist")
    page.get_by_role("dialog").get_by_label("Name").fill("missing")
    press(page, "Make it")
    page.get_by_label("Two different people must confirm a match").check()
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.get_by_text("Saved: it holds for alerts from now on.")).to_be_visible()
    page.get_by_role("link", name="Enrol", exact=True).last.click()
    enrol_by_dropping(page, NAME, still_of(clip, tmp_path / "still.png"))
    press(page, "Next person")
    enrol_by_dropping(page, "Blair", *(photograph(shared, number) for number in (1, 2, 3)))

    ada.open("#/cameras/new")
    fill(page, Id="hall", Address=str(clip))
    page.get_by_text("Detection, motion, connection").click()
    page.get_by_label("played at its own speed").check()
    page.get_by_label("starts again").check()
    press(page, "Add the camera")
    expect(page.locator("h1")).to_have_text("hall")

    ada.open("#/users/new")
    fill(page, Login="grace")
    page.get_by_label("Role").select_option("supervisor")
    press(page, "Invite")
    invitation = page.get_by_role("dialog").get_by_label("Invitation").input_value()
    press(page, "I have handed it over")
    expect(page.locator("h1")).to_have_text("grace")  # the page goes there by itself

    ada.open("#/deployments/new")
    fill(page, Purpose="Find somebody", Place="Hall", Legal_basis="Consent")
    now = page.evaluate("new Date(Date.now() - new Date().getTimezoneOffset() * 60000)")
    page.get_by_label("From", exact=True).fill(f"{now:%Y-%m-%dT%H:%M:%S}")
    page.get_by_label("hall", exact=True).check()
    page.get_by_label("missing", exact=True).check()
    press(page, "Propose")
    expect(page.get_by_text("somebody else must authorise it")).to_be_visible()
    ada.open("#/alerts")
    page.evaluate(
        """() => new MutationObserver(() => {
            if (document.querySelector(".queue-list li")) window.seenAt ??= Date.now();
        }).observe(document.body, {childList: true, subtree: true})"""
    )

    other = grace.open(f"#invitation={invitation}")
    fill(other, Your_password=PASSWORD)
    press(other, "Set the password")
    fill(other, Login="grace", Password=PASSWORD)
    press(other, "Sign in")
    expect(other.get_by_role("button", name="Sign out")).to_be_visible()
    grace.open("#/deployments")
    other.get_by_role("link", name="Hall").click()
    press(other, "Authorise")
    other.get_by_role("dialog").get_by_role("button", name="Authorise").click()
    expect(other.locator(".steps .done")).to_have_count(2)

    rows = page.locator(".queue-list li")
    expect(rows.first).to_be_visible()
    seen_at = float(page.evaluate("window.seenAt")) / 1000
    with stored(home) as store:
        raised = store.alerts.page(limit=50)[-1].alert.decided_at
    assert seen_at - raised.timestamp() < VISIBLE_S
    page.keyboard.press("j")
    expect(page.locator(".alert-head h2")).to_have_text(NAME)
    looks = page.get_by_role("list", name="Looks of the track, best first")
    expect(looks.get_by_role("button").first).to_contain_text("similarity 0.")
    confirm(page)
    expect(page.get_by_text("a second person must agree")).to_be_visible()
    expect(page.locator(".alert-head .tag").first).to_contain_text("confirmed by one")
    (alert_id,) = re.findall(r"#/alerts/([0-9a-f]{32})", page.url)
    with stored(home) as store:
        assert store.alerts.get(alert_id).alert.state == "unreviewed"

    grace.open(f"#/alerts/{alert_id}")
    expect(other.get_by_text("somebody else must look")).to_be_visible()
    confirm(other)
    for desk in (page, other):
        expect(desk.locator(".alert-head .tag").first).to_have_text(re.compile("✓\\s*confirmed$"))
    with stored(home) as store:
        assert store.alerts.get(alert_id).alert.state == "confirmed"

    grace.open("#/reports")
    expect(other.locator(".tally").nth(1)).to_have_text("1Confirmed")
    ada.open("#/audit")
    press(page, "Check the chain")
    expect(page.get_by_text("follow each other without a break")).to_be_visible()
    assert facewarden(home, "audit", "verify").returncode == 0
