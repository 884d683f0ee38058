"""Subjects and watchlists: enrolled by dropping files, edited by two, merged, split, removed."""

import base64
import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from browser.conftest import SECONDS, Scene, Sits, require_accessible
from conftest import absent
from facewarden.access.principal import Role, Scope
from facewarden.config.settings import Settings
from facewarden.data import SubjectDetails
from facewarden.server.context import Context
from facewarden.store.open import Store
from unit.server.conftest import eyes
from unit.server.signing import PASSWORD

pytestmark = pytest.mark.service

LONG = 60 * SECONDS
"""Models are loaded with the first photograph, on a machine that does other things, too."""


@pytest.fixture
def context(settings: Settings, store: Store) -> Context:
    return Context(settings, store, load_eyes=lambda _: eyes())


@pytest.fixture
def photographs(shared: Path, models_dir: Path) -> Callable[[int], list[Path]]:
    """Return what gives the photographs of a person who has two."""
    assert models_dir
    folders = sorted((shared / "data" / "lfw-dev" / "images").iterdir())
    people = [found for folder in folders[:300] if len(found := sorted(folder.glob("*.jpg"))) > 1]
    if len(people) < 3:
        absent("three people with two photographs each")
    return lambda number: people[number][:2]


def beside(left: Path, right: Path, to: Path) -> Path:
    """Write a picture with two people side by side."""
    both = np.hstack([np.asarray(cv2.imread(str(path))) for path in (left, right)])
    cv2.imwrite(str(to), both)
    return to


def drop(page: Page, zone: str, *paths: Path) -> None:
    """Drop files on a drop zone as a mouse would."""
    files = [(path.name, base64.b64encode(path.read_bytes()).decode()) for path in paths]
    transfer = page.evaluate_handle(
        """files => {
            const transfer = new DataTransfer();
            for (const [name, data] of files) {
                const bytes = Uint8Array.from(atob(data), one => one.charCodeAt(0));
                transfer.items.add(new File([bytes], name));
            }
            return transfer;
        }""",
        files,
    )
    target = page.locator("label.drop-zone", has_text=zone)
    target.dispatch_event("dragenter", {"dataTransfer": transfer})
    target.dispatch_event("drop", {"dataTransfer": transfer})


def test_a_person_is_enrolled_by_dropping_photographs(
    sits: Sits, store: Store, photographs: Callable[[int], list[Path]], tmp_path: Path
) -> None:
    store.watchlists.ensure("missing")
    good, _ = photographs(0)
    two = beside(good, photographs(1)[0], tmp_path / "two people.jpg")
    nothing = tmp_path / "no picture.jpg"
    nothing.write_bytes(b"<svg onload=alert(1)>")
    page = sits(Role.SUPERVISOR).open("#/enrol")

    drop(page, "Photographs of this person", good)
    expect(page.get_by_role("alert").filter(has_text="First give a name")).to_be_visible()
    page.get_by_label("Name", exact=True).fill("Jane <i>Doe</i> 王")
    drop(page, "Photographs of this person", good, nothing, two)

    rows = page.locator(".enrolment")
    expect(rows.nth(0)).to_contain_text("Added", timeout=LONG)
    expect(rows.nth(0)).to_contain_text("Quality")
    expect(rows.nth(1)).to_contain_text("Refused", timeout=LONG)
    expect(rows.nth(2)).to_contain_text("2 faces of like size", timeout=LONG)
    rows.nth(2).get_by_role("button", name="Face 1").click()
    expect(rows.nth(2)).to_contain_text("Added", timeout=LONG)
    expect(page.locator(".enrolment-summary")).to_have_text("2 added, 1 refused")
    require_accessible(page)

    (subject,) = store.watchlists.subjects("missing")
    assert subject.details.name == "Jane <i>Doe</i> 王"
    assert subject.references == 2
    page.get_by_role("link", name="Open").click()
    expect(page.locator("h1")).to_have_text("Jane <i>Doe</i> 王")
    expect(page.locator(".photograph img")).to_have_count(2)


def test_a_living_person_is_claimed_where_no_model_can_tell(
    sits: Sits, store: Store, photographs: Callable[[int], list[Path]]
) -> None:
    store.watchlists.ensure("missing")
    page = sits(Role.SUPERVISOR).open("#/enrol")
    page.get_by_label("Name", exact=True).fill("Jane Doe")
    claim = page.get_by_label("Taken of a living person").first
    claim.check()
    drop(page, "Photographs of this person", photographs(0)[0])
    row = page.locator(".enrolment").first
    expect(row).to_contain_text("minifasnet-v2se-128 is not in", timeout=LONG)
    require_accessible(page)
    claim.uncheck()
    row.get_by_role("button", name="Try again").click()
    expect(row).to_contain_text("Added", timeout=LONG)


def test_an_archive_of_many_people_tells_what_became_of_each(
    sits: Sits, store: Store, photographs: Callable[[int], list[Path]], tmp_path: Path
) -> None:
    store.watchlists.ensure("missing")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(photographs(0)[0], "Ada Byron/1.jpg")
        archive.write(photographs(1)[0], "Grace Hopper/1.jpg")
        archive.writestr("Nobody/1.jpg", b"not a picture")
    file = tmp_path / "people.zip"
    file.write_bytes(packed.getvalue())
    page = sits(Role.SUPERVISOR).open("#/enrol")
    drop(page, "Archive (ZIP)", file)
    job = page.locator(".job")
    expect(job).to_contain_text("done", timeout=LONG)
    expect(job).to_contain_text("2 added")
    expect(job).to_contain_text("1 refused")
    job.get_by_text("What became of each").click()
    expect(job.locator("li").first).to_contain_text("Nobody")
    require_accessible(page)
    names = {one.details.name for one in store.watchlists.subjects("missing")}
    assert {"Ada Byron", "Grace Hopper"} <= names
    # The job is still told of on another page.
    page.goto(page.url.split("#")[0] + "#/system")
    expect(page.locator(".job")).to_contain_text("2 added")


def test_an_archive_that_leads_out_of_itself_is_refused_where_it_was_dropped(
    sits: Sits, store: Store, tmp_path: Path
) -> None:
    store.watchlists.ensure("missing")
    file = tmp_path / "bad.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("../../etc/passwd.jpg", b"x")
    page = sits(Role.SUPERVISOR).open("#/enrol")
    drop(page, "Archive (ZIP)", file)
    expect(page.locator(".problem")).to_contain_text("outside of itself")


def test_a_session_that_ends_in_mid_upload_is_renewed_and_nothing_is_lost(
    sits: Sits, store: Store, photographs: Callable[[int], list[Path]]
) -> None:
    store.watchlists.ensure("missing")
    desk = sits(Role.SUPERVISOR)
    page = desk.open("#/enrol")
    page.get_by_label("Name", exact=True).fill("Grace Hopper")
    (user,) = store.people.page(after=0, limit=10)
    for session in store.sessions.of(user.user_id, idle=timedelta(hours=1)):
        store.sessions.end(session.session_id, user.user_id, actor="tester")
    drop(page, "Photographs of this person", *photographs(0))
    dialog = page.locator("dialog[open]")
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()
    expect(page.locator(".enrolment-summary")).to_have_text("2 added", timeout=LONG)
    expect(page.get_by_label("Name", exact=True)).to_have_value("Grace Hopper")
    (subject,) = store.watchlists.subjects("missing")
    assert subject.references == 2


def test_two_people_edit_one_subject_and_merge(scene: Scene, sits: Sits) -> None:
    where = f"#/subjects/{scene.subject_id}"
    ada = sits(Role.SUPERVISOR, "ada").open(where)
    ada.get_by_role("button", name="Edit").click()
    ada.get_by_label("Notes").fill("Wears a red coat.")
    ada.get_by_label("Category").fill("endangered")

    grace = sits(Role.SUPERVISOR, "grace").open(where)
    grace.get_by_role("button", name="Edit").click()
    grace.get_by_label("Category").fill("found")
    grace.get_by_label("Case number").fill("CASE-2")
    grace.get_by_role("button", name="Save").click()
    expect(grace.get_by_text("CASE-2")).to_be_visible()

    ada.get_by_role("button", name="Save").click()
    dialog = ada.get_by_role("dialog", name="Somebody else has changed this meanwhile")
    expect(dialog).to_contain_text("CASE-2")
    expect(dialog).to_contain_text("found")
    require_accessible(ada)
    dialog.get_by_label("Theirs").check()
    dialog.get_by_role("button", name="Save").click()
    expect(ada.get_by_text("Wears a red coat.")).to_be_visible()
    details = scene.store.watchlists.subject(scene.subject_id).details
    assert (details.category, details.external_reference) == ("found", "CASE-2")
    assert details.notes == "Wears a red coat."


def test_search_merge_and_split(scene: Scene, sits: Sits) -> None:
    store = scene.store
    other = store.watchlists.add_subject(SubjectDetails("Janet Roe"), "missing")
    page = sits(Role.SUPERVISOR).open("#/subjects")
    page.get_by_label("Name or case number").fill("jan")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_label("Name or case number").fill("CASE-1")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Jane").click()

    page.get_by_role("button", name="Split off photographs").click()
    dialog = page.get_by_role("dialog", name="Split off photographs")
    dialog.get_by_role("button", name="Split off").click()
    expect(dialog.get_by_text("Choose at least one photograph")).to_be_visible()
    dialog.get_by_label("jane.jpg").check()
    dialog.get_by_label("Name of the other person").fill("Jane's sister")
    dialog.get_by_role("button", name="Split off").click()
    expect(page.locator("h1")).to_have_text("Jane's sister")
    expect(page.locator(".photograph")).to_have_count(1)

    page.get_by_role("button", name="Merge into another").click()
    dialog = page.get_by_role("dialog", name="Merge Jane's sister")
    dialog.get_by_label("Name or case number").fill("Janet")
    expect(dialog.get_by_role("radio")).to_have_count(1)
    dialog.get_by_role("radio").check()
    require_accessible(page)
    dialog.get_by_role("button", name="Merge").click()
    expect(page.locator("h1")).to_have_text("Janet Roe")
    expect(page.locator(".photograph")).to_have_count(1)
    assert store.watchlists.subject(other).references == 1


def test_removing_needs_the_name_typed(scene: Scene, sits: Sits) -> None:
    page = sits(Role.SUPERVISOR).open(f"#/subjects/{scene.subject_id}")
    page.get_by_role("button", name="Remove for good").click()
    dialog = page.get_by_role("dialog", name="Remove for good?")
    dialog.get_by_label("Type the name").fill("Jane")
    dialog.get_by_role("button", name="Remove for good").click()
    expect(dialog.get_by_text("That is not the name")).to_be_visible()
    # Somebody edits meanwhile: the first try is refused, and shows what they did.
    details = replace(scene.store.watchlists.subject(scene.subject_id).details, category="found")
    scene.store.watchlists.update_subject(scene.subject_id, details)
    dialog.get_by_label("Type the name").fill("Jane <b>Doe</b> عالية")
    dialog.get_by_role("button", name="Remove for good").click()
    expect(dialog.locator(".problem")).to_contain_text("Somebody has changed this")
    expect(page.get_by_text("found", exact=True)).to_be_visible()
    dialog.get_by_role("button", name="Remove for good").click()
    expect(page.locator("h1")).to_have_text("Subjects")
    expect(page.get_by_text("No subject is found")).to_be_visible()
    assert scene.store.watchlists.subjects("missing") == []


def test_who_may_only_read_is_offered_nothing_else(scene: Scene, sits: Sits) -> None:
    scene.store.watchlists.ensure("barred")
    desk = sits(Role.VIEWER, scope=Scope(watchlists=frozenset({"missing"})))
    page = desk.open(f"#/subjects/{scene.subject_id}")
    expect(page.locator(".photograph img")).to_have_count(1)
    expect(page.locator("main").get_by_role("button")).to_have_count(0)
    names = page.locator("nav a").all_inner_texts()
    assert {"Subjects", "Watchlists", "Cameras", "Deployments"} <= set(names)
    assert not {"Enrol", "Users", "Audit", "Look-ups", "Reports"} & set(names)
    desk.open("#/watchlists")
    expect(page.locator(".cards h2")).to_have_text(["missing"])
    desk.open("#/users")
    expect(page.locator("main")).to_contain_text("There is nothing here, or it is not for you")


def test_a_watchlist_is_set_and_tells_what_follows(
    scene: Scene, sits: Sits, models_dir: Path
) -> None:
    assert models_dir
    page = sits(Role.SUPERVISOR).open("#/watchlists/missing")
    expect(page.locator(".big-figure")).to_be_visible(timeout=LONG)
    page.get_by_label("Alerts follow from").select_option("a fixed similarity")
    page.get_by_role("button", name="Save").first.click()
    expect(page.locator(".problem")).to_contain_text("A number is missing")
    page.get_by_label("Number").fill("0.512")
    page.get_by_role("button", name="Save").first.click()
    expect(page.locator(".big-figure")).to_contain_text("0.512")
    page.get_by_label("Two different people").check()
    page.get_by_label("announced aloud").check()
    page.get_by_role("button", name="Save").last.click()
    expect(page.locator(".toast").last).to_contain_text("Saved: it holds")
    (entry,) = scene.store.watchlists.all()
    assert entry.threshold == pytest.approx(0.512)
    rules = scene.store.casework.rules("missing")
    assert (rules.two_person, rules.sound, rules.must_acknowledge) == (True, True, False)
    require_accessible(page)

    page.goto(page.url.split("#")[0] + "#/watchlists")
    page.get_by_role("button", name="New watchlist").click()
    page.get_by_role("dialog").get_by_label("Name").fill("barred")
    page.get_by_role("button", name="Make it").click()
    expect(page.locator("h1")).to_have_text("barred")


def test_photographs_wait_for_a_network_that_is_lost(
    sits: Sits, store: Store, photographs: Callable[[int], list[Path]]
) -> None:
    store.watchlists.ensure("missing")
    page = sits(Role.SUPERVISOR).open("#/enrol")
    page.get_by_label("Name", exact=True).fill("Grace Hopper")
    page.context.set_offline(True)
    drop(page, "Photographs of this person", *photographs(0))
    expect(page.locator(".enrolment").first).to_contain_text("Waiting for the connection")
    page.context.set_offline(False)
    expect(page.locator(".enrolment-summary")).to_have_text("2 added", timeout=LONG)
    (subject,) = store.watchlists.subjects("missing")
    assert subject.references == 2
