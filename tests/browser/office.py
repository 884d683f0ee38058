"""A store as an office leaves it: subjects, cameras in a town, deployments, sightings, alerts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from browser.conftest import Scene
from facewarden.access.principal import Role
from facewarden.config.camera import CameraSettings
from facewarden.data import SubjectDetails
from facewarden.data.deployment import Deployment, DeploymentPlan
from facewarden.data.sighting import Sighting
from facewarden.store.open import Store
from unit.server.signing import person

HOUR = timedelta(hours=1)
CAMERAS = {
    "gate": ("North gate", 52.5206, 13.4094),
    "hall": ("Station hall", 52.5219, 13.4132),
    "bridge": ("Bridge, east side, above the water", 52.5187, 13.4163),
    "yard": ("Yard", None, None),
}


@dataclass(frozen=True, slots=True)
class Office:
    """What is in the store."""

    store: Store
    subject_id: int
    proposed: Deployment
    running: Deployment


def furnish(scene: Scene) -> Office:
    """Fill the store of a scene."""
    store = scene.store
    store.watchlists.ensure("barred")
    for number in range(1, 8):
        store.watchlists.add_subject(
            SubjectDetails(f"Subject {number:02}", f"B-{number:04}", "barred"), "barred"
        )
    for camera_id, (name, latitude, longitude) in CAMERAS.items():
        store.cameras.create(
            CameraSettings(
                id=camera_id,
                name=name,
                location="Old town",
                source="rtsp://192.0.2.10/stream1",
                latitude=latitude,
                longitude=longitude,
                group="outside" if latitude else None,
            )
        )
    proposer = person(store, "grace", Role.SUPERVISOR)
    second = person(store, "linus", Role.SUPERVISOR)
    now = datetime.now(UTC)
    plan = DeploymentPlan(
        purpose="Find two missing children",
        place="Market square",
        legal_basis="Police act, section 7",
        cameras=("gate", "hall"),
        watchlists=("missing",),
        starts_at=now + HOUR,
        ends_at=now + 9 * HOUR,
        false_alerts_per_day=2.0,
    )
    known = set(CAMERAS)
    proposed = store.deployments.propose(
        plan, proposer.login, user_id=proposer.user_id, cameras=known
    )
    other = store.deployments.propose(
        DeploymentPlan(
            purpose="Keep those out who are barred",
            place="Station",
            legal_basis="House rules",
            cameras=("gate", "hall", "bridge"),
            watchlists=("barred", "missing"),
            starts_at=now - timedelta(seconds=1),
            ends_at=now + 9 * HOUR,
        ),
        proposer.login,
        user_id=proposer.user_id,
        cameras=known,
    )
    running = store.deployments.authorise(
        other.deployment_id, second.login, user_id=second.user_id, version=1, cameras=known
    )
    raised = [scene.raises() for _ in range(4)]
    for sighting in _walk(scene.subject_id, now, raised[0].alert_id):
        store.sightings.record(sighting)
    return Office(store, scene.subject_id, proposed, running)


def _walk(subject_id: int, now: datetime, alert_id: str) -> Iterator[Sighting]:
    stops = [("gate", 170), ("hall", 150), ("bridge", 95), ("hall", 60), ("gate", 12)]
    for number, (camera_id, minutes) in enumerate(stops):
        at = now - timedelta(minutes=minutes)
        yield Sighting(
            sighting_id=f"track-{number}",
            camera_id=camera_id,
            watchlist="missing",
            subject_id=subject_id,
            alert_id=alert_id if number == 0 else "",
            first_seen_at=at,
            last_seen_at=at + timedelta(minutes=4),
            similarity=0.55 + number / 50,
            looks=4,
        )
