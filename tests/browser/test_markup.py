"""Markup in every text that people write is shown as text, on every page that shows it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from browser.conftest import Scene, Sits
from facewarden.access.principal import Role
from facewarden.config.camera import CameraSettings
from facewarden.data import Review, ReviewState, SubjectDetails
from facewarden.data.deployment import DeploymentPlan
from factories import alert

pytestmark = pytest.mark.service

MARK = "Zq7"
HTML = f"{MARK}<img src=x onerror=\"window.broken='yes'\"><script>window.broken='yes'</script>"
PAGES = ("alerts", "subjects", "watchlists", "cameras", "deployments", "sightings", "audit", "wall")


def test_nothing_that_was_typed_runs(sits: Sits, scene: Scene) -> None:
    store = scene.store
    store.watchlists.ensure(HTML)
    subject_id = store.watchlists.add_subject(
        SubjectDetails(HTML, HTML[:150], HTML, HTML, HTML, HTML), HTML
    )
    store.cameras.create(
        CameraSettings(id="gate", source="rtsp://192.0.2.1/a", name=HTML, location=HTML)
    )
    now = datetime.now(UTC)
    made = store.deployments.propose(
        DeploymentPlan(
            purpose=HTML,
            place=HTML,
            legal_basis=HTML,
            cameras=("gate",),
            watchlists=(HTML,),
            starts_at=now + timedelta(hours=1),
            ends_at=now + timedelta(hours=2),
        ),
        "bob<b>",
        cameras={"gate"},
    )
    raised = replace(
        alert(77),
        subject_id=subject_id,
        subject_name=HTML,
        external_reference=HTML,
        category=HTML,
        camera_id="gate",
        camera_name=HTML,
        camera_location=HTML,
        watchlist=HTML,
    )
    store.alerts.record(raised, [])
    store.casework.comment(raised.alert_id, "bob<b>", HTML)
    store.alerts.review(Review(raised.alert_id, ReviewState.REJECTED, "bob<b>", HTML, now))
    desk = sits(Role.ADMINISTRATOR, "eve<img/src=x/onerror=alert(1)>")
    one = (
        f"alerts/{raised.alert_id}",
        f"subjects/{subject_id}",
        "cameras/gate",
        f"deployments/{made.deployment_id}",
    )
    shown = 0
    for name in (*PAGES, *one):
        page = desk.open(f"#/{name}")
        page.wait_for_timeout(700)  # an event stream is open: it is never idle
        assert page.evaluate("window.broken") is None, name
        assert page.locator("img[src='x'], [onerror]").count() == 0, name
        shown += MARK in page.locator("body").inner_text()
    assert shown >= 5  # the texts are there, as they were typed
    page = desk.open(f"#/subjects/{subject_id}")
    expect(page.get_by_text("onerror=").first).to_be_visible()
