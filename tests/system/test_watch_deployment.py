"""A watch of one deployment: who is found, and when it ends."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from facewarden.config.camera import CameraSettings
from facewarden.data.deployment import Deployment, DeploymentPlan
from facewarden.pipeline.control import ask
from facewarden.store.open import Store
from system.processes import START_S, WatchProcess, enrol, facewarden, stored, wait_for
from system.scenes import first_photographs, folder_camera

pytestmark = [pytest.mark.shared, pytest.mark.models, pytest.mark.slow]

SOON_S = 15.0


@pytest.fixture(scope="module")
def people(shared: Path) -> list[Path]:
    return first_photographs(shared, 4)


class Site:
    """A store with a camera before which people pass again and again, and who is enrolled."""

    def __init__(self, home: Path, folder: Path, people: list[Path]) -> None:
        self.home, self.people = home, people
        enrol(home, "missing", "--face", "largest", people[0], people[1])
        self.store: Store = stored(home)
        source = folder_camera(folder / "door", [*people, *[None] * 8])
        self.camera = CameraSettings.model_validate(
            {
                "id": "door",
                "source": str(source),
                "realtime": True,
                "loop": True,
                "analyse_fps": 4,
                "motion": {"enabled": False},
            }
        )
        self.store.cameras.create(self.camera)
        self.ids = {s.details.name: s.subject_id for s in self.store.watchlists.subjects()}

    def name(self, number: int) -> str:
        return self.people[number].parent.name.replace("_", " ")

    def deployment(self, lasts: timedelta, *, authorised: bool = True) -> Deployment:
        now = datetime.now(UTC)
        plan = DeploymentPlan(
            purpose="find missing people",
            place="main station",
            legal_basis="court order 7",
            cameras=("door",),
            watchlists=("missing",),
            starts_at=now,
            ends_at=now + lasts,
        )
        proposed = self.store.deployments.propose(plan, "ada")
        if not authorised:
            return proposed
        return self.store.deployments.authorise(proposed.deployment_id, "bob", version=1)

    def deployments_of_alerts(self) -> set[int | None]:
        with closing(sqlite3.connect(self.home / "facewarden.sqlite")) as raw:
            return {row[0] for row in raw.execute("SELECT deployment_id FROM alert")}

    def found(self, after: datetime | None = None) -> set[str]:
        return {
            alert.alert.subject_name
            for alert in self.store.alerts.find(limit=100)
            if after is None or alert.alert.decided_at > after
        }


@pytest.fixture
def site(home: Path, tmp_path: Path, people: list[Path], models_dir: Path) -> Iterator[Site]:
    made = Site(home, tmp_path, people)
    yield made
    made.store.close()


def test_frozen_lists_live_cameras_and_an_end(site: Site, tmp_path: Path) -> None:
    one = site.deployment(timedelta(hours=1)).deployment_id
    (tmp_path / "settings.yaml").write_text("decision: {quiet_period_s: 1}\n")
    watch = WatchProcess(
        site.home, "--deployment", str(one), "--config", tmp_path / "settings.yaml",
        log=tmp_path / "log", verbose=True,
    )  # fmt: skip
    both = {site.name(0), site.name(1)}
    try:
        wait_for(lambda: site.found() == both, START_S, watch.said())
        answer = ask(site.home / f"watch-{one}.socket", {"ask": "cameras"})
        assert answer["deployment"] == one
        assert [camera["camera"] for camera in answer["cameras"]] == ["door"]
        assert ask(site.home / f"watch-{one}.socket", {"ask": "status"})["delivers"]
        assert site.deployments_of_alerts() == {one}

        # One more on the list is not looked for; one taken off is let go at once.
        enrol(site.home, "missing", "--face", "largest", site.people[2])
        site.store.watchlists.withdraw(site.ids[site.name(0)], "missing")
        moment = datetime.now(UTC) + timedelta(seconds=3)
        wait_for(lambda: datetime.now(UTC) > moment + timedelta(seconds=5), 10)
        assert site.found(after=moment) == {site.name(1)}

        site.store.cameras.update(site.camera.model_copy(update={"name": "Back door"}))
        wait_for(lambda: "cameras: 0 added, 1 changed" in watch.said(), SOON_S, watch.said())

        site.store.deployments.end(one, "ada", "found them")
        assert watch.wait(SOON_S) == 0
        assert "it is ended" in watch.said()
        assert not (site.home / f"watch-{one}.socket").exists()
    finally:
        watch.kill()
    assert "Traceback" not in watch.said()


def test_what_is_not_authorised_is_refused_and_time_ends_what_was(
    site: Site, tmp_path: Path
) -> None:
    one = site.deployment(timedelta(hours=1), authorised=False).deployment_id
    refused = facewarden(site.home, "watch", "--deployment", str(one))
    assert refused.returncode == 4
    assert "it is proposed" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1
    unknown = facewarden(site.home, "watch", "--deployment", "77")
    assert unknown.returncode == 5
    mixed = facewarden(site.home, "watch", "--deployment", str(one), "--threshold", "0.1")
    assert mixed.returncode == 2

    short = site.deployment(timedelta(seconds=8))
    watch = WatchProcess(
        site.home, "--deployment", str(short.deployment_id), log=tmp_path / "log", verbose=True
    )
    try:
        status = watch.wait(60)
        over = datetime.now(UTC)
    finally:
        watch.kill()
    # The machine may have been too busy to begin before the end: then it is refused.
    assert status in {0, 4}, watch.said()
    assert "it ended at" in watch.said()
    assert over - short.ends_at < timedelta(seconds=SOON_S)
