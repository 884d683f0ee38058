"""Every page: axe-core in both themes, no wider than the screen, and usable by keyboard alone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from browser.conftest import DESK, SECONDS, SERIOUS, TABLET, Scene, Sits
from browser.office import furnish
from facewarden.access.principal import Role

pytestmark = pytest.mark.service

PHONE = (390, 844)
PAGES = (
    "alerts",
    "wall",
    "subjects",
    "subjects/1",
    "subjects/new",
    "enrol",
    "watchlists",
    "watchlists/missing",
    "sightings",
    "sightings/1",
    "lookups",
    "lookups/new",
    "deployments",
    "deployments/1",
    "deployments/2",
    "deployments/new",
    "reports",
    "audit",
    "cameras",
    "cameras/gate",
    "cameras/new",
    "users",
    "users/1",
    "users/new",
    "system",
    "settings",
)
OVER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def settled(page: Page, where: str) -> None:
    """Go to a page of the dashboard and wait until nothing of it is on its way."""
    page.evaluate("where => { location.hash = `#/${where}`; }", where)
    expect(page.locator("main h1")).to_be_visible()
    expect(page.locator("main .page > *").first).to_be_attached(timeout=60 * SECONDS)
    expect(page.locator("main [aria-busy=true]")).to_have_count(0, timeout=60 * SECONDS)


def faults(page: Page, rules: str) -> list[tuple[str, list[str]]]:
    """Return the serious faults that axe-core, which the page has already, finds by some rules."""
    found = page.evaluate(
        """async rules => (await axe.run(document, {
            resultTypes: ["violations"], ...(rules ? {runOnly: [rules]} : {}),
        })).violations.map(one => [one.id, one.impact, one.nodes.map(node => node.html)])""",
        rules,
    )
    return [(name, nodes) for name, impact, nodes in found if impact in SERIOUS]


def test_every_page_in_both_themes_and_at_every_size(
    scene: Scene, sits: Sits, models_dir: object
) -> None:
    assert models_dir
    furnish(scene)
    page = sits(Role.ADMINISTRATOR).open()
    page.evaluate(Axe().axe_script)
    for where in PAGES:
        settled(page, where)
        page.evaluate("document.documentElement.dataset.theme = 'light'")
        assert faults(page, "") == [], where
        page.evaluate("document.documentElement.dataset.theme = 'dark'")
        assert faults(page, "color-contrast") == [], where
        for width, height in (TABLET, PHONE):
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate(OVER) <= 0, (where, width)
        page.set_viewport_size({"width": DESK[0], "height": DESK[1]})


def test_a_subject_is_found_and_edited_by_keyboard_alone(scene: Scene, sits: Sits) -> None:
    furnish(scene)
    page = sits(Role.SUPERVISOR, "eve").open("#/watchlists")
    settled(page, "watchlists")
    page.keyboard.press("Tab")
    expect(page.get_by_text("To the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()

    reached(page, page.locator("nav").get_by_role("link", name="Subjects"), "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_be_focused()
    reached(page, page.get_by_label("Name or case number"))
    page.keyboard.type("B-0003")
    expect(page.locator("tbody tr")).to_have_count(1)
    reached(page, page.get_by_role("link", name="Subject 03"))
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Subject 03")
    reached(page, page.get_by_role("button", name="Edit"))
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.type(" the Third")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Subject 03 the Third")


def reached(page: Page, target: Locator, key: str = "Tab") -> None:
    """Press Tab until something has the focus; every stop on the way can be seen."""
    for _ in range(60):
        page.keyboard.press(key)
        if target.evaluate("one => one === document.activeElement"):
            outline = page.evaluate(
                "getComputedStyle(document.activeElement).outlineStyle !== 'none'"
            )
            assert outline, "what has the focus does not show it"
            return
    pytest.fail("the keyboard does not lead there")
