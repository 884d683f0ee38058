"""The live wall: a real clip, watched by a real deployment of a real server."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import pytest
from playwright.sync_api import Browser, expect

from browser.conftest import DESK, SECONDS, Desk, cookie, require_accessible
from facewarden.access.principal import Role
from facewarden.config.camera import CameraSettings
from facewarden.data.deployment import DeploymentPlan
from system.processes import enrol, stored
from system.serving import STARTED_S, ServeProcess
from unit.server.signing import person

pytestmark = [
    pytest.mark.service,
    pytest.mark.shared,
    pytest.mark.models,
    pytest.mark.slow,
]

CLIP = "person_d11.mp4"
NAME = "Walker"
LIMIT = STARTED_S * SECONDS


@pytest.fixture
def server(home: Path, tmp_path: Path, shared: Path, models_dir: Path) -> Iterator[ServeProcess]:
    """A server that watches one clip again and again; whom it shows is on the watchlist."""
    clip = shared / "data" / "videos" / CLIP
    enrol(home, "missing", "--face", "largest", still_of(clip, tmp_path / f"{NAME}.png"))
    now = datetime.now(UTC)
    with stored(home) as store:
        for camera, enabled in (("hall", True), ("yard", False)):
            played = {"id": camera, "name": camera.title(), "source": str(clip), "enabled": enabled}
            store.cameras.create(
                CameraSettings.model_validate(played | {"realtime": True, "loop": True})
            )
        plan = DeploymentPlan(
            "test", "hall", "consent", ("hall",), ("missing",), now, now + timedelta(hours=1)
        )  # fmt: skip
        store.deployments.authorise(store.deployments.propose(plan, "ada").deployment_id, "bob")
    made = ServeProcess(home, log=tmp_path / "serve.log")
    made.start()
    yield made
    made.kill()


def still_of(clip: Path, path: Path) -> Path:
    """Write the middle picture of a clip."""
    video = cv2.VideoCapture(str(clip))
    video.set(cv2.CAP_PROP_POS_FRAMES, video.get(cv2.CAP_PROP_FRAME_COUNT) // 2)
    read, picture = video.read()
    video.release()
    assert read
    assert cv2.imwrite(str(path), picture)
    return path


def test_from_the_wall_to_the_candidate(
    server: ServeProcess, home: Path, chromium: Browser
) -> None:
    size = {"width": DESK[0], "height": DESK[1]}
    with stored(home) as store:
        known = cookie(store, person(store, "ada", Role.OPERATOR), server.address)
    with chromium.new_context(viewport=size, reduced_motion="reduce") as browser:  # type: ignore[arg-type]
        browser.add_cookies([known])
        desk = Desk(browser.new_page(), server.address)
        page = desk.open("#/wall")
        hall = page.get_by_role("article", name="Hall")
        yard = page.get_by_role("article", name="Yard")
        expect(yard).to_contain_text("turned off")
        expect(hall).to_contain_text("watching", timeout=LIMIT)
        expect(hall.locator(".tile-head .figure")).to_contain_text("fps", timeout=LIMIT)
        link = hall.get_by_role("link", name=f"Candidate {NAME} · missing")
        expect(link.first).to_be_visible(timeout=LIMIT)
        require_accessible(page)

        hall.get_by_role("button", name="Enlarge Hall").click()
        large = page.get_by_role("dialog", name="Hall")
        expect(large.locator(".tile-head .figure")).to_contain_text("fps", timeout=LIMIT)
        page.keyboard.press("Escape")
        expect(large).to_have_count(0)

        link.first.click(timeout=LIMIT)
        expect(page.locator(".alert-head h2")).to_have_text(NAME)
        expect(page.get_by_text("strangers who pass")).to_be_visible()
        expect(page.get_by_role("img", name="Probe:")).to_be_visible()
        expect(page.get_by_role("img", name="Reference:")).to_be_visible()
        desk.require_sound()
