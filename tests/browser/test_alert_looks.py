"""The strip of looks of an alert, and what a second model said, as people find them."""

import pytest
from playwright.sync_api import expect

from browser.conftest import TABLET, Scene, Sits, require_accessible
from facewarden.access.principal import Role
from facewarden.data import Opinion
from facewarden.store.open import Store

pytestmark = pytest.mark.service


def test_every_look_by_keyboard_best_first(sits: Sits, scene: Scene, store: Store) -> None:
    made = scene.raises(looks=5)
    page = sits(Role.VIEWER).open(f"#/alerts/{made.alert_id}")
    strip = page.get_by_role("list", name="Looks of the track, best first")
    buttons = strip.get_by_role("button")
    expect(buttons).to_have_count(5)
    expect(buttons.first).to_contain_text("similarity 0.450, quality 0.60, 1 of 5")
    expect(buttons.last).to_contain_text("not among the nearest")
    expect(strip.get_by_alt_text("Look 5 of the track")).to_be_visible()
    buttons.first.focus()
    page.keyboard.press("ArrowRight")
    expect(buttons.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    shown = page.get_by_role("dialog", name="Look 4 of the track")
    expect(shown).to_contain_text("Similarity of this look alone")
    page.keyboard.press("Escape")
    expect(shown).to_have_count(0)
    expect(buttons.nth(1)).to_be_focused()
    read = [event.action for event in store.audit.tail(20) if event.action == "alert.read_looks"]
    assert len(read) == 1  # one reading, however many pictures


def test_looks_that_join_do_not_move_what_is_read(sits: Sits, scene: Scene, store: Store) -> None:
    made = scene.raises(looks=2)
    page = sits(Role.OPERATOR).open(f"#/alerts/{made.alert_id}")
    buttons = page.get_by_role("list", name="Looks of the track").get_by_role("button")
    expect(buttons).to_have_count(2)
    expect(page.locator(".line")).to_have_text("Live")
    store.alerts.keep_looks(made.alert_id, scene.looks(6))
    expect(page.get_by_text("The track has 6 looks now.")).to_be_visible()
    expect(buttons).to_have_count(2)
    page.get_by_role("button", name="Show them").press("Enter")
    expect(buttons).to_have_count(6)
    expect(buttons.first).to_be_focused()
    expect(page.get_by_text("The track has")).to_have_count(0)


def test_an_alert_of_before_there_were_looks(sits: Sits, scene: Scene) -> None:
    made = scene.raises()
    page = sits(Role.OPERATOR).open(f"#/alerts/{made.alert_id}")
    expect(page.get_by_role("img", name="Probe:")).to_be_visible()
    expect(page.get_by_role("heading", name="Looks")).to_have_count(0)
    expect(page.get_by_text("Second opinion")).to_have_count(0)


@pytest.mark.parametrize(
    ("opinion", "words"),
    [
        (
            Opinion("dlib-resnet-v1", 0.95, looks=3, first=0.45),
            "Second opinion asked of dlib-resnet-v1: 0.950 by its own scale, from 3 looks; the "
            "first model alone 0.450, both together 0.610.",
        ),
        (
            Opinion("dlib-resnet-v1", first=0.45, problem="no answer within 2 s"),
            "Second opinion asked of dlib-resnet-v1: no answer within 2 s.",
        ),
    ],
    ids=["answered", "no answer"],
)
def test_what_a_second_model_said(sits: Sits, scene: Scene, opinion: Opinion, words: str) -> None:
    made = scene.raises(opinion=opinion)
    page = sits(Role.OPERATOR).open(f"#/alerts/{made.alert_id}")
    expect(page.locator(".second-opinion")).to_have_text(words)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_serious_fault_of_accessibility(sits: Sits, scene: Scene, theme: str) -> None:
    made = scene.raises(looks=12, opinion=Opinion("dlib-resnet-v1", 0.95, looks=3, first=0.45))
    page = sits(Role.OPERATOR, theme=theme, size=TABLET).open(f"#/alerts/{made.alert_id}")
    strip = page.get_by_role("list", name="Looks of the track, best first")
    expect(strip.get_by_role("button")).to_have_count(12)
    require_accessible(page)
    strip.get_by_role("button").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    require_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_better_look_brings_the_others_along(sits: Sits, scene: Scene) -> None:
    made = scene.raises(number=1, looks=1)
    page = sits(Role.OPERATOR).open(f"#/alerts/{made.alert_id}")
    buttons = page.get_by_role("list", name="Looks of the track").get_by_role("button")
    expect(buttons).to_have_count(1)
    expect(page.locator(".line")).to_have_text("Live")
    scene.raises(number=1, revision=2, looks=4)
    page.get_by_role("button", name="Show it").click()
    expect(buttons).to_have_count(4)
    expect(page.get_by_text("The track has")).to_have_count(0)
