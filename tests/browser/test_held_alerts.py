"""What presentation attack detection says of alerts, and those that are held, as people see it."""

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import TABLET, Scene, Sits, require_accessible
from facewarden.access.principal import Role
from facewarden.data import Presentation, PresentationRule, PresentationVerdict
from facewarden.store.open import Store

pytestmark = pytest.mark.service

MODELS = ("minifasnet-v2", "clip-mobile-v1")
ATTACK = Presentation(PresentationVerdict.ATTACK, 0.12, 0.5, 0.2, 0.05, 5, MODELS)
LIVING = Presentation(PresentationVerdict.BONA_FIDE, 0.91, 0.5, 0.8, 0.95, 5, MODELS)
SIDES = "The looks that were judged, in order of time"


def panel(page: Page) -> str:
    return page.get_by_role("region", name="Living person or picture").inner_text()


def test_a_held_alert_says_so_and_calls_nobody(sits: Sits, scene: Scene, store: Store) -> None:
    scene.rules(sound=True, must_acknowledge=True)
    page = sits(Role.OPERATOR).open("#/alerts")
    expect(page.locator(".line")).to_have_text("Live")
    made = scene.raises(presentation=ATTACK, held=True, looks=5, strip=5)
    row = page.locator(f"[data-id='{made.alert_id}']")
    expect(row).to_contain_text("held: picture?")
    expect(page.get_by_role("region", name="To be acknowledged")).to_be_hidden()
    expect(page.locator("a.badge")).to_be_hidden()
    scene.raises()  # somebody real: called for alone
    expect(page.get_by_role("region", name="To be acknowledged")).to_contain_text("An alert waits")
    expect(page.locator("a.badge")).to_have_text("1 new")
    row.get_by_role("link").click()
    detail = page.get_by_role("region", name="Alert", exact=True)
    expect(detail).to_contain_text("Held: this may be a photograph or a screen.")
    expect(detail).to_contain_text("0.12 of 1 speaks for a living person; below 0.50 it counts as")
    expect(detail).to_contain_text("(from one picture 0.20, from 5 looks 0.05)")
    expect(detail).to_contain_text("By minifasnet-v2, clip-mobile-v1.")
    expect(page.get_by_alt_text(SIDES)).to_be_visible()
    read = [event.action for event in store.audit.tail(20)]
    assert read.count("alert.read_presentation_picture") == 1


def test_one_that_is_let_go_calls(sits: Sits, scene: Scene) -> None:
    scene.rules(must_acknowledge=True)
    made = scene.raises(number=1, presentation=ATTACK, held=True, strip=2)
    page = sits(Role.OPERATOR).open(f"#/alerts/{made.alert_id}")
    expect(page.locator(".line")).to_have_text("Live")
    expect(page.get_by_text("Held: this may be")).to_be_visible()
    scene.raises(number=1, revision=2, presentation=LIVING, strip=5)
    expect(page.get_by_role("region", name="To be acknowledged")).to_contain_text("An alert waits")
    expect(page.get_by_text("Held: this may be")).to_have_count(0)
    assert "A living person, by what was seen." in panel(page)
    expect(page.locator(f"[data-id='{made.alert_id}']")).not_to_contain_text("held")


def test_the_queue_finds_those_that_are_held(sits: Sits, scene: Scene) -> None:
    held = scene.raises(presentation=ATTACK, held=True)
    told = scene.raises(presentation=LIVING)
    page = sits(Role.OPERATOR).open("#/alerts")
    rows = page.locator(".queue-list li")
    expect(rows).to_have_count(2)
    choice = page.get_by_label("Held")
    for value, left in (("true", held), ("false", told)):
        choice.select_option(value)
        expect(rows).to_have_count(1)
        expect(rows.first).to_have_attribute("data-id", left.alert_id)
    choice.select_option("true")
    expect(page).to_have_url(page.url.split("?")[0] + "?held=true")
    expect(page.locator(".line")).to_have_text("Live")
    scene.raises(presentation=ATTACK, held=True)
    expect(rows).to_have_count(2)
    scene.raises()
    page.wait_for_timeout(400)
    expect(rows).to_have_count(2)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (LIVING, "A living person, by what was seen."),
        (ATTACK, "May be a photograph or a screen."),
        (Presentation(PresentationVerdict.UNSETTLED, looks=2), "It will say so here."),
        (
            Presentation(
                PresentationVerdict.NOT_ASSESSED, reason="the face has 31 px <b>, 60 needed"
            ),
            "Not assessed: the face has 31 px <b>, 60 needed.",
        ),
    ],
    ids=["living", "picture", "unsettled", "not assessed"],
)
def test_every_verdict_in_words(sits: Sits, scene: Scene, said: Presentation, words: str) -> None:
    made = scene.raises(presentation=said)
    page = sits(Role.VIEWER).open(f"#/alerts/{made.alert_id}")
    expect(page.get_by_role("region", name="Living person or picture")).to_contain_text(words)
    expect(page.get_by_alt_text(SIDES)).to_have_count(0)


def test_where_nobody_asks_nothing_is_said(sits: Sits, scene: Scene) -> None:
    made = scene.raises()
    page = sits(Role.OPERATOR).open(f"#/alerts/{made.alert_id}")
    expect(page.get_by_role("img", name="Probe:")).to_be_visible()
    expect(page.get_by_role("region", name="Living person or picture")).to_have_count(0)


@pytest.mark.parametrize(
    ("said", "checked"), [(ATTACK, False), (LIVING, True)], ids=["picture", "living"]
)
def test_rejecting_a_picture_does_not_hold_the_face_back_by_itself(
    sits: Sits, scene: Scene, said: Presentation, checked: bool
) -> None:
    made = scene.raises(presentation=said, held=not checked)
    page = sits(Role.OPERATOR).open(f"#/alerts/{made.alert_id}")
    page.get_by_role("button", name="Reject").click()
    dialog = page.get_by_role("dialog", name="Reject the candidate")
    box = dialog.get_by_label("Hold this face back")
    expect(box).to_be_checked(checked=checked)
    expect(dialog.get_by_text("would hide the subject")).to_have_count(int(not checked))
    require_accessible(page)
    dialog.get_by_role("button", name="A picture of a face, not a person").click()
    dialog.get_by_role("button", name="Reject", exact=True).click()
    expect(page.locator(".alert-head").get_by_text("rejected")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_serious_fault_of_accessibility(sits: Sits, scene: Scene, theme: str) -> None:
    made = scene.raises(presentation=ATTACK, held=True, looks=3, strip=5)
    scene.raises(presentation=ATTACK)
    page = sits(Role.OPERATOR, theme=theme, size=TABLET).open("#/alerts")
    expect(page.locator(".queue-list li")).to_have_count(2)
    require_accessible(page)
    page.goto(f"{page.url}/{made.alert_id}")
    expect(page.get_by_alt_text(SIDES)).to_be_visible()
    require_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_what_a_watchlist_does_about_pictures(sits: Sits, scene: Scene, store: Store) -> None:
    page = sits(Role.ADMINISTRATOR).open("#/watchlists/missing")
    choice = page.get_by_label("Where a picture may be shown to the camera")
    expect(choice).to_have_value("off")
    choice.select_option("hold")
    require_accessible(page)
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_text("Saved. What follows from it")).to_be_visible()
    assert store.watchlists.ensure("missing").presentation is PresentationRule.HOLD
    expect(page.get_by_role("region", name="In force now")).to_contain_text("alerts are held")
    viewer = sits(Role.VIEWER, "eve").open("#/watchlists/missing")
    shown = viewer.get_by_role("region", name="What an alert needs")
    expect(shown).to_contain_text("alerts are held for a human")
