"""The alert queue: by keyboard, as alerts come, by two people, without a network or a session."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import TABLET, Scene, Sits, drawing, require_accessible
from facewarden.access.principal import Role
from facewarden.data import NewReference
from facewarden.store.open import Store
from factories import MODEL, unit_rows
from unit.server.signing import PASSWORD

pytestmark = pytest.mark.service

NAME = "Jane <b>Doe</b> عالية"


def rows(page: Page) -> list[str]:
    found = page.locator(".queue-list li").all()
    return [str(one.get_attribute("data-id")) for one in found]


def live(page: Page, rows: int = 0) -> None:
    """Wait until the page follows the alerts, and shows those that there are."""
    expect(page.locator(".line")).to_have_text("Live")
    expect(page.locator(".queue-list li")).to_have_count(rows)


def top(page: Page) -> float:
    """Where the chosen row stands in the window, px."""
    box = page.locator('.queue-list a[aria-current="true"]').bounding_box()
    assert box is not None
    return box["y"]


def end_sessions(store: Store, login: str) -> None:
    known = store.people.find(login)
    assert known is not None
    user_id = known.account.user_id
    for session in store.sessions.of(user_id, idle=timedelta(hours=1)):
        store.sessions.end(session.session_id, user_id, actor="tester")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_review_by_keyboard_alone(sits: Sits, scene: Scene, store: Store) -> None:
    made = [scene.raises() for _ in range(3)]
    page = sits(Role.OPERATOR).open("#/alerts")
    expect(page.locator(".queue-list li")).to_have_count(3)
    assert rows(page) == [one.alert_id for one in reversed(made)]

    press(page, "j")
    expect(page.locator(".alert-head h2")).to_have_text(NAME)  # text, not markup
    expect(page.get_by_text("Similarity 0.610", exact=True)).to_be_visible()
    expect(page.get_by_role("img", name="Probe:")).to_be_visible()
    expect(page.get_by_role("img", name="Reference:")).to_be_visible()
    press(page, "a")
    expect(page.locator(".alert-head .tag").first).to_contain_text("acknowledged")
    press(page, "c")
    expect(page.get_by_role("dialog", name="Confirm the candidate?")).to_be_visible()
    press(page, "Tab", "Tab", "Enter")  # the remark may stay empty; Cancel, Confirm
    expect(page.locator(".alert-head .tag").first).to_contain_text("confirmed")

    press(page, "j")
    expect(page.locator(".alert-head .tag").first).to_contain_text("new")
    press(page, "r")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_role("button", name="Reject", exact=True).last.press("Enter")
    expect(page.get_by_text("A rejection needs a reason")).to_be_visible()
    page.keyboard.type("another person")
    page.get_by_role("dialog").get_by_role("button", name="Reject").press("Enter")
    expect(page.locator(".alert-head .tag").first).to_contain_text("rejected")
    press(page, "u")
    page.keyboard.type("wrong key")
    page.get_by_role("dialog").get_by_role("button", name="Undo").press("Enter")
    expect(page.locator(".alert-head .tag").first).to_contain_text("acknowledged")
    press(page, "m")
    page.keyboard.type("j is a letter here")
    press(page, "Control+Enter")
    expect(page.locator(".history")).to_contain_text("j is a letter here")

    assert store.alerts.get(made[2].alert_id).alert.state == "confirmed"
    done = [event.action.value for event in store.casework.history(made[1].alert_id)]
    assert done == ["reject", "reopen", "comment"]
    assert rows(page)[0] == made[2].alert_id


def test_an_alert_arrives_without_moving_what_is_read(sits: Sits, scene: Scene) -> None:
    for _ in range(12):
        scene.raises()
    page = sits(Role.OPERATOR).open("#/alerts")
    live(page, 12)
    press(page, "j", "j")
    chosen = page.locator('.queue-list a[aria-current="true"]')
    expect(chosen).to_have_count(1)
    expect(page.get_by_role("img", name="Reference:")).to_be_visible()
    before = top(page)
    new = scene.raises()
    expect(page.locator(f'[data-id="{new.alert_id}"]')).to_have_count(1)
    assert top(page) == pytest.approx(before, abs=1)  # px; browsers scroll by whole ones
    page.get_by_role("button", name="1 new", exact=False).last.click()
    expect(page.locator(f'[data-id="{new.alert_id}"]')).to_be_in_viewport()
    expect(page.locator(".badge")).to_have_text("13 new")

    scene.raises(number=11, revision=2)  # the one that is read: its picture does not jump
    expect(page.get_by_text("A better look of the same person has come")).to_be_visible()
    page.get_by_role("button", name="Show it").click()
    expect(page.get_by_text("A better look")).to_have_count(0)


def test_what_came_while_the_network_was_gone_is_there(sits: Sits, scene: Scene) -> None:
    scene.raises()
    page = sits(Role.OPERATOR).open("#/alerts")
    live(page, 1)
    press(page, "j")
    box = page.get_by_label("Comment", exact=True)
    box.fill("half a thou")
    page.context.set_offline(True)
    expect(page.get_by_text("No connection to the server since")).to_be_visible()
    missed = [scene.raises() for _ in range(3)]
    box.press_sequentially("ght")
    page.get_by_role("button", name="Add comment").click()
    expect(page.get_by_text("The server cannot be reached.")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator(".queue-list li")).to_have_count(4)
    assert rows(page)[:3] == [one.alert_id for one in reversed(missed)]
    live(page, 4)
    expect(box).to_have_value("half a thought")
    page.get_by_role("button", name="Add comment").click()
    expect(page.locator(".history")).to_contain_text("half a thought")


def test_a_session_that_ends_in_mid_work(sits: Sits, scene: Scene, store: Store) -> None:
    made = scene.raises()
    page = sits(Role.OPERATOR).open("#/alerts")
    live(page, 1)
    press(page, "j")
    expect(page.get_by_role("button", name="Reject")).to_be_visible()
    press(page, "r")
    page.keyboard.type("not the same ears")
    end_sessions(store, "ada")
    page.get_by_role("dialog").get_by_role("button", name="Reject").click()
    again = page.get_by_role("dialog", name="Sign in again")
    again.get_by_label("Password").fill(PASSWORD)
    again.get_by_role("button", name="Sign in").click()
    expect(page.locator(".alert-head .tag").first).to_contain_text("rejected")
    assert [one.reason for one in store.alerts.get(made.alert_id).reviews] == ["not the same ears"]


def test_two_people_confirm(sits: Sits, scene: Scene) -> None:
    scene.rules(two_person=True)
    made = scene.raises()
    ada = sits(Role.OPERATOR, "ada").open(f"#/alerts/{made.alert_id}")
    bob = sits(Role.OPERATOR, "bob").open(f"#/alerts/{made.alert_id}")
    expect(bob.get_by_text("needs two people")).to_be_visible()
    expect(ada.get_by_role("button", name="Confirm")).to_be_visible()
    live(bob, 1)
    press(ada, "c")
    ada.get_by_role("dialog").get_by_role("button", name="Confirm").click()
    expect(ada.get_by_text("a second person must agree")).to_be_visible()
    expect(bob.get_by_text("somebody else must look")).to_be_visible()  # by itself
    press(ada, "c")
    ada.get_by_role("dialog").get_by_role("button", name="Confirm").click()
    expect(ada.get_by_role("alert")).to_contain_text("needs a second person")
    press(ada, "Escape")
    press(bob, "c")
    bob.get_by_role("dialog").get_by_role("button", name="Confirm").click()
    expect(bob.locator(".alert-head .tag").first).to_have_text(re.compile("✓\\s*confirmed$"))
    expect(ada.locator(".alert-head .tag").first).to_have_text(re.compile("✓\\s*confirmed$"))


def test_what_must_be_acknowledged_stays_in_front(sits: Sits, scene: Scene) -> None:
    scene.rules(must_acknowledge=True)
    page = sits(Role.OPERATOR, size=TABLET).open("#/settings")
    live(page)
    scene.raises()
    bar = page.get_by_role("region", name="To be acknowledged")
    expect(bar).to_contain_text("An alert waits to be acknowledged")
    require_accessible(page)
    bar.get_by_role("button", name="Acknowledge").click()
    expect(bar).to_be_hidden()


TONES = """
const made = AudioContext.prototype.createOscillator;
window.tones = 0;
AudioContext.prototype.createOscillator = function () {
  window.tones += 1;
  return made.call(this);
};
"""


def test_an_alert_is_announced_once_and_aloud_where_the_list_wants_it(
    sits: Sits, scene: Scene
) -> None:
    scene.rules(sound=True)
    scene.raises()  # was there before: it makes no sound
    desk = sits(Role.OPERATOR)
    desk.page.add_init_script(TONES)
    page = desk.open("#/alerts")
    live(page, 1)
    scene.raises()
    expect(page.get_by_role("log")).to_contain_text(f"New alert: candidate {NAME}")
    page.wait_for_function("window.tones > 0")
    scene.raises(number=2, revision=2)
    live(page, 2)
    expect(page.locator(".badge")).to_have_text("2 new")
    assert page.evaluate("window.tones") == 2  # one chime is two tones
    expect(page.get_by_role("log").locator("p", has_text="New alert")).to_have_count(1)


def test_handed_over_on_a_tablet_and_found_by_filter(sits: Sits, scene: Scene) -> None:
    made = [scene.raises() for _ in range(2)]
    bob = sits(Role.OPERATOR, "bob").open("#/alerts")
    ada = sits(Role.OPERATOR, size=TABLET).open("#/alerts")
    live(ada, 2)
    ada.locator(".queue-list a").first.click()
    ada.get_by_role("button", name="Hand over").click()
    colleague = ada.get_by_label("Colleague")
    expect(colleague.locator("option")).to_have_text(["Choose", "bob, operator", "ada (you)"])
    hand_over = ada.get_by_role("dialog").get_by_role("button", name="Hand over")
    hand_over.click()
    expect(ada.get_by_text("Choose who goes on with it")).to_be_visible()
    colleague.select_option("bob")
    hand_over.click()
    expect(ada.locator(".alert-head")).to_contain_text("handed to bob")
    ada.go_back()  # to the queue, as on every tablet
    expect(ada.locator(".queue-list a").first).to_be_visible()

    live(bob, 2)
    press(bob, "/")
    bob.keyboard.type("Handed to me")
    expect(bob.locator(".queue-list li")).to_have_count(1)
    assert rows(bob) == [made[1].alert_id]
    assert "work=mine" in bob.url


def test_what_came_between_is_not_overwritten(sits: Sits, scene: Scene, store: Store) -> None:
    made = scene.raises()
    sits(Role.VIEWER, "vera")
    sits(Role.OPERATOR, "bob")
    page = sits(Role.OPERATOR).open(f"#/alerts/{made.alert_id}")
    page.get_by_role("button", name="Hand over").click()
    page.get_by_label("Colleague").select_option("bob")
    # The page hears of it at once; the dialog stays what it was made from.
    store.casework.hand_over(made.alert_id, "cleo", "dora")
    expect(page.locator(".alert-head")).to_contain_text("handed to dora")
    page.get_by_role("dialog").get_by_role("button", name="Hand over").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text(
        "somebody has changed this", ignore_case=True
    )
    assert store.casework.get(made.alert_id).assignee == "dora"
    press(page, "Escape", "h")
    page.get_by_label("Colleague").select_option("bob")
    page.get_by_role("dialog").get_by_role("button", name="Hand over").click()
    expect(page.locator(".alert-head")).to_contain_text("handed to bob")


def test_a_key_after_escape_is_not_lost(sits: Sits, scene: Scene) -> None:
    """The browser tells that a dialog closed a task later; six keys in 900 fell in between."""
    made = scene.raises()
    page = sits(Role.OPERATOR).open(f"#/alerts/{made.alert_id}")
    page.get_by_role("button", name="Hand over").click()
    expect(page.get_by_label("Colleague")).to_be_focused()
    gone_at_once = page.evaluate(
        """() => {
            const asked = new Event("cancel", { cancelable: true });
            document.querySelector("dialog").dispatchEvent(asked);
            return document.querySelector("dialog") === null && asked.defaultPrevented;
        }"""
    )
    assert gone_at_once
    press(page, "h")
    expect(page.get_by_label("Colleague")).to_be_focused()


def test_probe_and_reference_are_cut_alike(sits: Sits, scene: Scene, store: Store) -> None:
    """Each shows its face in the middle, at like size, wherever it is in its picture."""
    boxed = NewReference(
        "x.jpg",
        drawing((90, 140, 200)),
        unit_rows(1, 2)[0],
        MODEL,
        0.8,
        (130 / 320, 70 / 240, 190 / 320, 140 / 240),
    )
    (scene.reference_id,) = store.watchlists.add_references(scene.subject_id, [boxed])
    made = scene.raises()
    page = sits(Role.OPERATOR).open(f"#/alerts/{made.alert_id}")
    for name in ("Probe:", "Reference:"):
        shown = page.get_by_role("img", name=name)
        expect(shown).to_be_visible()
        # The oval fills the same part of both: coloured where the whole would show ground.
        middle, edge = shown.evaluate(
            """canvas => [[305, 240], [40, 40]].map(([x, y]) =>
                [...canvas.getContext("2d").getImageData(x, y, 1, 1).data].slice(0, 3))"""
        )
        assert max(middle) - min(middle) > 80, (name, middle)
        assert max(edge) - min(edge) < 12, (name, edge)


def test_a_viewer_looks_and_cannot_judge(sits: Sits, scene: Scene) -> None:
    made = scene.raises()
    page = sits(Role.VIEWER).open(f"#/alerts/{made.alert_id}")
    expect(page.get_by_role("img", name="Probe:")).to_be_visible()
    expect(page.get_by_role("button", name="Confirm")).to_have_count(0)
    press(page, "c")
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_serious_fault_of_accessibility(sits: Sits, scene: Scene, theme: str) -> None:
    made = scene.raises()
    page = sits(Role.ADMINISTRATOR, theme=theme).open(f"#/alerts/{made.alert_id}")
    expect(page.get_by_role("img", name="Reference:")).to_be_visible()
    require_accessible(page)
    press(page, "r")
    expect(page.get_by_role("dialog")).to_be_visible()
    require_accessible(page)
