"""Reports, the audit log, people and the system, as an office sees them."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from browser.conftest import SECONDS, Scene, Sits, require_accessible
from browser.office import furnish
from facewarden.access.principal import Role
from facewarden.data import Review, ReviewState
from facewarden.store.open import Store

pytestmark = pytest.mark.service

LONG = 60 * SECONDS


def test_a_report_shows_what_was_judged(scene: Scene, sits: Sits, tmp_path: Path) -> None:
    furnish(scene)
    alerts = scene.store.alerts.page(limit=10)
    for one, state in zip(alerts, (ReviewState.CONFIRMED, ReviewState.REJECTED), strict=False):
        scene.store.casework.judge(
            Review(one.alert.alert_id, state, "ada", "seen", one.alert.decided_at), anchor=False
        )
    page = sits(Role.SUPERVISOR, "eve").open("#/reports")
    tiles = page.locator(".tally")
    expect(tiles.nth(0)).to_have_text("4Alerts")
    expect(tiles.nth(1)).to_have_text("1Confirmed")
    expect(tiles.nth(2)).to_have_text("1Rejected")
    expect(page.get_by_text("50 %")).to_be_visible()
    assert "50\u00a0%" in (page.locator("main").text_content() or "")  # one line in its tile
    plot = page.get_by_role("img", name="Alerts. gate, missing: confirmed 1, rejected 1, open 2")
    expect(plot).to_be_visible()
    require_accessible(page)
    with page.expect_download() as found:
        page.get_by_role("button", name="Report as JSON").click()
    found.value.save_as(tmp_path / "report.json")
    assert json.loads((tmp_path / "report.json").read_text())["total"]["alerts"] == 4
    with page.expect_download() as found:
        page.get_by_role("button", name="Report as a page").click()
    found.value.save_as(tmp_path / "report.html")
    page.get_by_label("Until").fill("2020-01-02T00:00:00")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator(".problem")).to_contain_text("time cannot be")
    page.get_by_role("button", name="Last 7 days").click()
    expect(tiles.nth(0)).to_have_text("4Alerts")


def test_the_audit_log_is_read_checked_exported_and_a_change_is_found(
    scene: Scene, sits: Sits, tmp_path: Path
) -> None:
    store = scene.store
    furnish(scene)
    page = sits(Role.AUDITOR, "eve").open("#/audit")
    rows = page.locator("section", has_text="Entries").locator("tbody tr")
    expect(rows.first).to_contain_text("session.begin")
    page.get_by_label("What", exact=True).fill("deployment.authorise")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("linus")
    rows.first.get_by_role("button", name="More").click()
    expect(page.get_by_role("dialog")).to_contain_text("Hash")
    require_accessible(page)
    page.keyboard.press("Escape")
    with page.expect_download() as found:
        page.get_by_role("button", name="Export these").click()
    found.value.save_as(tmp_path / "extract.jsonl")
    lines = (tmp_path / "extract.jsonl").read_text().splitlines()
    assert [json.loads(line).get("action") for line in lines] == [None, "deployment.authorise"]
    page.get_by_role("button", name="Show all").click()
    expect(rows.nth(1)).to_be_visible()
    page.get_by_role("button", name="Check the chain").click()
    expect(page.get_by_text("follow each other without a break")).to_be_visible()
    with page.expect_download() as found:
        page.get_by_role("button", name="Export the whole log").click()
    found.value.save_as(tmp_path / "audit.jsonl")
    assert len((tmp_path / "audit.jsonl").read_text().splitlines()) >= store.audit.count() - 1
    page.get_by_role("button", name="Note the head now").click()
    expect(page.get_by_text("The settings name no place")).to_be_visible()

    with store.audit._database.write() as connection:
        connection.execute(text("UPDATE audit SET actor = 'somebody' WHERE position = 7"))
    page.get_by_role("button", name="Check the chain").click()
    expect(page.locator(".problem")).to_contain_text("not what it was: changed at entry 7")
    # An auditor sees what was done, never whose face it was.
    names = page.locator("nav a").all_inner_texts()
    assert not {"Subjects", "Alerts", "Look-ups", "Sightings"} & set(names)


def test_somebody_is_invited_limited_disabled_and_reset(scene: Scene, sits: Sits) -> None:
    store = scene.store
    furnish(scene)
    page = sits(Role.ADMINISTRATOR).open("#/users/new")
    page.get_by_label("Login").fill("hedy")
    page.get_by_label("Role").select_option("operator")
    page.get_by_label("Limited to some watchlists").check()
    page.get_by_label("barred").check()
    page.get_by_role("button", name="Invite").click()
    dialog = page.get_by_role("dialog", name="Invitation for hedy")
    invitation = dialog.get_by_label("Invitation").input_value()
    require_accessible(page)
    dialog.get_by_role("button", name="I have handed it over").click()
    expect(page.locator("h1")).to_have_text("hedy")
    expect(page.locator(".page-head")).to_contain_text("invited")
    (hedy,) = [one for one in store.people.page(after=0, limit=20) if one.login == "hedy"]
    assert hedy.scope.watchlists == frozenset({"barred"})

    page.get_by_label("Limited to some camera groups").check()
    page.get_by_label("outside").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".toast")).to_contain_text("Saved")
    changed = store.people.get(hedy.user_id)
    assert changed is not None
    assert changed.scope.camera_groups == frozenset({"outside"})
    page.get_by_role("button", name="Disable").click()
    page.get_by_role("dialog").get_by_role("button", name="Disable").click()
    expect(page.locator(".page-head")).to_contain_text("disabled")
    page.get_by_role("button", name="Enable").click()
    page.get_by_role("dialog").get_by_role("button", name="Enable").click()
    expect(page.locator(".page-head")).to_contain_text("invited")
    page.get_by_role("button", name="Reset").click()
    page.get_by_role("dialog").get_by_role("button", name="Reset").click()
    again = page.get_by_role("dialog", name="Invitation for hedy").get_by_label("Invitation")
    expect(again).not_to_have_value(invitation)


def test_the_last_administrator_cannot_be_disabled(sits: Sits, store: Store) -> None:
    page = sits(Role.ADMINISTRATOR).open("#/users")
    page.get_by_role("link", name="ada").click()
    page.get_by_role("button", name="Disable").click()
    page.get_by_role("dialog").get_by_role("button", name="Disable").click()
    expect(page.get_by_role("dialog").locator(".problem")).to_be_visible()
    (ada,) = store.people.page(after=0, limit=2)
    assert not ada.disabled


def test_the_system_is_looked_at(sits: Sits, store: Store, models_dir: Path) -> None:
    assert models_dir
    assert store
    page = sits(Role.ADMINISTRATOR).open("#/system")
    expect(page.get_by_role("region", name="Models").locator("tbody tr").first).to_be_visible()
    page.get_by_role("button", name="Check now").click()
    expect(page.get_by_text("all is well").or_(page.get_by_text("is wrong"))).to_be_visible(
        timeout=LONG
    )
    expect(page.get_by_text("audit entries")).to_be_visible()
    require_accessible(page)
