"""Cameras: added, tried, areas drawn by mouse and by keyboard, hours set, watched on a map."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.conftest import SECONDS, Scene, Sits, require_accessible
from browser.office import furnish
from facewarden.access.principal import Role
from facewarden.config.camera import CameraSettings
from facewarden.data import SubjectDetails
from facewarden.store.open import Store
from unit.store.making import a_reference
from video_factory import make_video

pytestmark = pytest.mark.service

LONG = 60 * SECONDS
"""A camera is tried in a process of its own, which loads the detector."""


def corner(page: Page, area: int, number: int) -> Locator:
    return page.locator(f'[data-area="{area}"][data-corner="{number}"]')


def test_added_tried_and_its_areas_drawn_by_mouse_and_keyboard(
    sits: Sits, store: Store, tmp_path: Path, models_dir: Path
) -> None:
    assert models_dir
    clip = make_video(tmp_path / "clip.mp4", width=640, height=360)
    page = sits(Role.ADMINISTRATOR).open("#/cameras/new")
    page.get_by_label("Id", exact=True).fill("gate")
    page.get_by_label("Name").fill("North gate <script>")
    page.get_by_label("Address").fill(str(tmp_path / "nothing.mp4"))
    page.get_by_role("button", name="Try it").click()
    expect(page.locator(".problem")).to_be_visible(timeout=LONG)
    page.get_by_label("Address").fill(str(clip))
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("It works")).to_be_visible(timeout=LONG)
    expect(page.get_by_text(re.compile(r"640 . 360 px"))).to_be_visible()

    # By keyboard alone: an area, its first corner moved, a corner added and one removed.
    page.get_by_role("button", name="Add an area").focus()
    page.keyboard.press("Enter")
    expect(corner(page, 0, 0)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowUp")
    expect(corner(page, 0, 0)).to_have_accessible_name(
        "Area 1, corner 1: 14 % from the left, 10 % from the top"
    )
    page.keyboard.press("+")
    expect(page.locator(".region-corner")).to_have_count(5)
    expect(corner(page, 0, 1)).to_be_focused()
    page.keyboard.press("Delete")
    expect(page.locator(".region-corner")).to_have_count(4)

    # By mouse: a triangle drawn, and one of its corners dragged.
    page.get_by_role("button", name="Draw").click()
    stage = page.locator(".region-overlay")
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    assert box is not None
    left, top, width, height = box["x"], box["y"], box["width"], box["height"]

    def at(x: float, y: float) -> tuple[float, float]:
        return left + x * width, top + y * height

    for x, y in ((0.7, 0.6), (0.9, 0.6), (0.8, 0.9), (0.7, 0.6)):
        page.mouse.click(*at(x, y))
    expect(page.locator(".region-area")).to_have_count(2)
    page.mouse.move(*at(0.8, 0.9))
    page.mouse.down()
    page.mouse.move(*at(0.8, 0.95), steps=4)
    page.mouse.up()
    expect(corner(page, 1, 2)).to_have_accessible_name(
        "Area 2, corner 3: 80 % from the left, 95 % from the top"
    )

    page.get_by_role("button", name="Add a time span").click()
    page.get_by_label("From", exact=True).fill("22:30")
    page.get_by_label("To", exact=True).fill("06:00")
    page.get_by_label("Saturday").check()
    require_accessible(page)
    page.get_by_role("button", name="Add the camera").click()
    expect(page.locator("h1")).to_have_text("North gate <script>")

    kept = store.cameras.get("gate").settings
    assert [len(area) for area in kept.region] == [4, 3]
    assert kept.region[0][0] == pytest.approx((0.14, 0.1), abs=0.001)
    assert kept.region[1][2] == pytest.approx((0.8, 0.95), abs=0.006)
    (window,) = kept.schedule
    assert "sat" in window.days
    assert f"{window.start:%H:%M} {window.end:%H:%M}" == "22:30 06:00"


def test_a_password_is_never_shown_and_kept_where_none_is_given(sits: Sits, store: Store) -> None:
    store.cameras.create(
        CameraSettings.model_validate(
            {"id": "gate", "source": "rtsp://192.0.2.1/a", "username": "u", "password": "geheim77"}
        )
    )
    page = sits(Role.ADMINISTRATOR).open("#/cameras/gate")
    expect(page.get_by_label("Password of that user")).to_have_value("")
    assert "geheim77" not in page.content()
    page.get_by_label("Where it hangs").fill("Above the door")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("h1")).to_have_text("Cameras")
    kept = store.cameras.get("gate").settings
    assert kept.location == "Above the door"
    assert kept.password is not None
    assert kept.password.get_secret_value() == "geheim77"


def test_two_people_set_one_camera_up(sits: Sits, store: Store) -> None:
    store.cameras.create(CameraSettings(id="gate", source="rtsp://192.0.2.1/a", name="Gate"))
    ada = sits(Role.ADMINISTRATOR, "ada").open("#/cameras/gate")
    grace = sits(Role.ADMINISTRATOR, "grace").open("#/cameras/gate")
    ada.get_by_label("Name").fill("Gate, north")
    grace.get_by_label("Where it hangs").fill("Above the door")
    grace.get_by_role("button", name="Add an area").click()
    grace.get_by_role("button", name="Save").click()
    expect(grace.locator("h1")).to_have_text("Cameras")
    ada.get_by_role("button", name="Save").click()
    dialog = ada.get_by_role("dialog")
    expect(dialog).to_contain_text("Above the door")
    expect(dialog).to_contain_text("area 1 of 4 corners, from 15 % and 15 %")
    dialog.get_by_role("button", name="Save").click()
    expect(ada.locator("h1")).to_have_text("Cameras")
    kept = store.cameras.get("gate").settings
    assert (kept.name, kept.location) == ("Gate, north", "Above the door")
    assert len(kept.region) == 1


def test_a_finer_setting_that_cannot_be_is_told_where_it_stands(sits: Sits, store: Store) -> None:
    store.cameras.create(CameraSettings(id="gate", source="rtsp://192.0.2.1/a"))
    page = sits(Role.ADMINISTRATOR).open("#/cameras/gate")
    page.get_by_text("Detection, motion, connection").click()
    page.get_by_label("Pictures analysed a second").fill("900")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".problem")).to_contain_text("Pictures analysed a second")
    page.get_by_label("Pictures analysed a second").fill("12")
    page.get_by_label("Latitude").fill("52.5")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".problem")).to_contain_text("longitude")
    page.get_by_label("Longitude").fill("13.4")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("h1")).to_have_text("Cameras")
    assert store.cameras.get("gate").settings.analyse_fps == 12


def test_sightings_on_the_map_and_the_time_line(scene: Scene, sits: Sits) -> None:
    office = furnish(scene)
    page = sits(Role.OPERATOR).open(f"#/sightings/{office.subject_id}")
    expect(page.locator(".map-pin")).to_have_count(3)
    expect(page.get_by_text("1 without a position")).to_be_visible()
    expect(page.locator(".map-leg")).to_have_count(4)
    expect(page.locator(".time-bar")).to_have_count(5)
    expect(page.locator("tbody tr")).to_have_count(5)
    pin = page.get_by_role("button", name="Station hall: seen 2 times")
    pin.focus()
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.get_by_role("button", name="Station hall")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(5)
    page.get_by_label("Until").fill("2020-01-01T00:00:00")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("Not seen in this time")).to_be_visible()


def test_removing_needs_the_id_typed(sits: Sits, store: Store) -> None:
    store.cameras.create(CameraSettings(id="gate", source="rtsp://192.0.2.1/a"))
    page = sits(Role.ADMINISTRATOR).open("#/cameras/gate")
    page.get_by_role("button", name="Remove", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Type its id").fill("gat")
    dialog.get_by_role("button", name="Remove").click()
    expect(dialog.get_by_text("That is not the id")).to_be_visible()
    dialog.get_by_label("Type its id").fill("gate")
    dialog.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("No cameras yet.")).to_be_visible()
    assert store.cameras.find("gate") is None


@pytest.mark.parametrize("width_px", [360, 768, 1024, 1440])
def test_what_reveals_a_password_stands_beside_it_on_one_line(sits: Sits, width_px: int) -> None:
    page = sits(Role.ADMINISTRATOR, size=(width_px, 900)).open("#/cameras/new")
    reveal = page.get_by_role("button", name="Show", exact=True)
    field, button = page.get_by_label("Password of that user").bounding_box(), reveal.bounding_box()
    assert field is not None
    assert button is not None
    assert abs(field["y"] - button["y"]) < 2
    assert button["x"] >= field["x"] + field["width"]
    lines = reveal.evaluate(
        """one => {
            const text = document.createRange();
            text.selectNodeContents(one);
            return text.getClientRects().length;
        }"""
    )
    assert lines == 1


@pytest.mark.parametrize("where", ["#/wall", "#/cameras"])
def test_without_cameras_who_may_adds_one(sits: Sits, where: str) -> None:
    page = sits(Role.ADMINISTRATOR).open(where)
    expect(page.get_by_text("No cameras yet.")).to_be_visible()
    page.get_by_role("link", name="Add one").click()
    expect(page.get_by_label("Address")).to_be_visible()


def test_whose_sightings_are_asked_for_has_one_photograph(store: Store, sits: Sits) -> None:
    store.watchlists.ensure("missing")
    subject_id = store.watchlists.add_subject(SubjectDetails("Cleo Singular"), "missing")
    store.watchlists.add_references(subject_id, [a_reference(1)])
    page = sits(Role.OPERATOR).open("#/sightings")
    expect(page.get_by_text("1 photograph, missing")).to_be_visible()
