"""Deployments: proposed by one, authorised by another, ended, certified; look-ups like them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import SECONDS, Scene, Sits, require_accessible
from browser.office import furnish
from facewarden.access.principal import Role
from facewarden.config.camera import CameraSettings
from facewarden.config.settings import Settings
from facewarden.data.deployment import DeploymentState
from facewarden.govern.certificate import read_public_key, verify
from facewarden.server.context import Context
from facewarden.store.open import Store
from unit.server.conftest import eyes

pytestmark = pytest.mark.service

LONG = 60 * SECONDS


@pytest.fixture
def context(settings: Settings, store: Store) -> Context:
    return Context(settings, store, load_eyes=lambda _: eyes())


def kept(page: Page, button: str, to: Path) -> str:
    """Press a button that hands over a file; return what is in it."""
    with page.expect_download() as found:
        page.get_by_role("button", name=button).click()
    found.value.save_as(to)
    return to.read_text("utf-8")


def test_proposed_by_one_and_authorised_by_another(sits: Sits, scene: Scene) -> None:
    store = scene.store
    store.cameras.create(CameraSettings(id="gate", source="rtsp://192.0.2.1/a", name="Gate"))
    ada = sits(Role.SUPERVISOR, "ada").open("#/deployments/new")
    ada.get_by_role("button", name="Propose").click()
    expect(ada.get_by_text("This is needed").first).to_be_visible()
    ada.get_by_label("Purpose").fill("Find <two> children")
    ada.get_by_label("Place").fill("Market square")
    ada.get_by_label("Legal basis").fill("Police act, section 7")
    ada.get_by_label("Gate").check()
    ada.get_by_label("missing").check()
    # It ends in the past: the server says so, and nothing that was typed is lost.
    ends = ada.get_by_label("Until", exact=True)
    wanted = ends.input_value()
    ends.fill("2020-01-01T00:00:00")
    ada.get_by_role("button", name="Propose").click()
    expect(ada.locator(".problem")).to_be_visible()
    ends.fill(wanted)
    ada.get_by_role("button", name="Propose").click()
    expect(ada.locator("h1")).to_have_text("Market square")
    expect(ada.get_by_text("somebody else must authorise it")).to_be_visible()
    expect(ada.get_by_role("button", name="Authorise")).to_have_count(0)

    grace = sits(Role.SUPERVISOR, "grace").open("#/deployments")
    grace.get_by_role("link", name="Market square").click()
    grace.get_by_role("button", name="Authorise").click()
    dialog = grace.get_by_role("dialog")
    expect(dialog).to_contain_text("Your name stands beside that of ada")
    require_accessible(grace)
    dialog.get_by_role("button", name="Authorise").click()
    expect(grace.locator(".steps .done")).to_have_count(2)
    (found,) = store.deployments.page(limit=5)
    assert (found.state, found.authorised_by) == (DeploymentState.AUTHORISED, "grace")
    # The page of the one who proposed it follows by itself.
    expect(ada.locator(".steps .done")).to_have_count(2, timeout=LONG)

    ada.get_by_role("button", name="Change").click()
    ada.get_by_label("Place").fill("Market square, north side")
    ada.get_by_role("button", name="must be authorised anew").click()
    expect(ada.locator("h1")).to_have_text("Market square, north side")
    expect(ada.locator(".steps .done")).to_have_count(1)
    ada.get_by_role("button", name="Withdraw").click()
    ada.get_by_role("dialog").get_by_role("button", name="Withdraw").click()
    expect(ada.get_by_text("Say why")).to_be_visible()
    ada.get_by_role("dialog").get_by_label("Why").fill("They were found.")
    ada.get_by_role("dialog").get_by_role("button", name="Withdraw").click()
    expect(ada.get_by_text("They were found.")).to_be_visible()
    assert store.deployments.get(found.deployment_id).state is DeploymentState.WITHDRAWN


def test_ended_by_hand_wiped_and_certified(sits: Sits, scene: Scene, tmp_path: Path) -> None:
    office = furnish(scene)
    number = office.running.deployment_id
    page = sits(Role.SUPERVISOR).open(f"#/deployments/{number}")
    expect(page.get_by_text("What it did")).to_be_visible()
    page.get_by_role("button", name="End now").click()
    page.get_by_role("dialog").get_by_label("Why").fill("Over for today.")
    page.get_by_role("dialog").get_by_role("button", name="End now").click()
    expect(page.get_by_text("Over for today.")).to_be_visible()
    page.get_by_role("button", name="Deletion certificate").click()
    expect(page.get_by_text("There is no certificate yet")).to_be_visible()

    scene.store.deployments.wipe(number, now=datetime.now(UTC) + timedelta(days=40))
    expect(page.locator(".steps .done")).to_have_count(4, timeout=LONG)
    pem = kept(page, "Key to check it with", tmp_path / "key.pem")
    said = verify(
        kept(page, "Deletion certificate", tmp_path / "certificate.json"),
        read_public_key(pem.encode()),
    )
    assert said["format"]
    assert '"deployment_id"' in kept(page, "Report as JSON", tmp_path / "report.json")
    assert "<html" in kept(page, "Report as a page", tmp_path / "report.html")
    require_accessible(page)


def test_an_urgent_look_up_waits_for_a_second_person(
    sits: Sits, scene: Scene, shared: Path, models_dir: Path
) -> None:
    assert models_dir
    photograph = next((shared / "data" / "lfw-dev" / "images").rglob("*.jpg"))
    ada = sits(Role.OPERATOR, "ada").open("#/lookups/new")
    ada.get_by_label("Purpose").fill("A child is missing")
    ada.get_by_label("Legal basis").fill("Police act, section 8")
    ada.get_by_role("button", name="Search", exact=True).click()
    expect(ada.get_by_text("Choose the photograph first")).to_be_visible()
    ada.locator(".drop-input").set_input_files(photograph)
    ada.get_by_role("button", name="Search", exact=True).click()
    expect(ada.locator(".problem")).to_contain_text("reference", timeout=LONG)
    ada.get_by_label("Urgent").check()
    ada.get_by_role("button", name="Search", exact=True).click()
    expect(ada.get_by_role("heading", name="What was found")).to_be_focused(timeout=LONG)
    expect(ada.get_by_text("to be compared by a human")).to_be_visible()
    expect(ada.locator(".lookup-box").first).to_be_attached()
    ada.get_by_role("link", name="Look-up 1").click()
    expect(ada.get_by_text("Somebody else must authorise it")).to_be_visible()

    grace = sits(Role.SUPERVISOR, "grace").open("#/lookups?state=pending")
    grace.locator("tbody a").first.click()
    grace.get_by_role("button", name="Show the result").click()
    expect(grace.get_by_text("Face 1 from the left")).to_be_visible()
    require_accessible(grace)
    grace.get_by_role("button", name="Authorise").click()
    grace.get_by_label("Reference of the authorisation").fill("AZ 7/2026")
    grace.get_by_role("dialog").get_by_role("button", name="Authorise").click()
    expect(grace.locator("h1")).to_have_text("Look-ups")
    (found,) = scene.store.lookups.page(limit=5)
    assert (found.authorised_by, found.authority.reference) == ("grace", "AZ 7/2026")
