import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from facewarden.capture.recording import Recording
from facewarden.data import Alert, Frame, Image, Verdict
from facewarden.data.sighting import Sighting
from facewarden.decide.trace import trace
from facewarden.errors import StoreBusy
from facewarden.geometry.region import Region
from facewarden.pipeline.camera import WatchedCamera
from facewarden.pipeline.raising import alert_of, sighting_of
from facewarden.pipeline.route import Finding, Outcome, Route
from factories import after, frame
from refusing_detector import Refusing
from unit.pipeline.conftest import People, Station, clip, walk

BLAIR, BRODY = "Tony Blair", "Adrien Brody"


def findings_of(
    station: Station, route: Route, camera: WatchedCamera, pictures: list[Image], start: float = 0
) -> list[Finding]:
    roster, found = station.roster(), []
    for number, picture in enumerate(pictures):
        at = after(start + number / 10)
        outcome = route.step([(camera, frame(sequence=number, at=at, image=picture))], roster)
        assert outcome.failures == []
        found += outcome.findings
    return found + route.finish(camera).findings


def test_one_alert_for_the_enrolled_person_and_no_row_about_anybody_else(
    station: Station, people: People, tmp_path: Path, store_file: Path
) -> None:
    subject_id = station.enrol(people.file(BLAIR, 2), BLAIR)
    video = clip(
        tmp_path / "clip.mp4", walk(people.image(BLAIR, 3), people.image(BRODY, 1), frames=12)
    )
    camera, route, roster = station.camera(), station.route(), station.roster()
    alerts: list[Alert] = []
    sightings: list[Sighting] = []

    def tell(outcome: Outcome) -> None:
        assert outcome.failures == []
        for finding in outcome.findings:
            alert, sighting = alert_of(finding, roster, **station.models), None
            if alert is not None:
                alerts.append(alert)
                station.store.alerts.record(alert, ["sink"])
            sighting = sighting_of(finding)
            if sighting is not None:
                sightings.append(sighting)
                station.store.sightings.record(sighting)

    for shown in Recording(video, camera_id="gate").frames():
        tell(route.step([(camera, shown)], roster))
    in_view = [trace(person.evidence, roster.name_of) for person in camera.people.values()]
    tell(route.finish(camera))

    assert [alert.revision for alert in alerts] == list(range(1, len(alerts) + 1))
    assert {alert.alert_id for alert in alerts} == {alerts[0].alert_id}
    assert {alert.subject_id for alert in alerts} == {subject_id}
    first = alerts[0]
    assert (first.subject_name, first.watchlist, first.looks) == (BLAIR, "missing", 1)
    assert first.similarity >= first.threshold
    assert first.snapshot is not None
    x1, _, x2, _ = first.snapshot.box
    assert (x1 + x2) / 2 < 300  # Blair hangs on the left
    assert {sighting.subject_id for sighting in sightings} == {subject_id}
    assert len({sighting.sighting_id for sighting in sightings}) == 1

    # Brody was seen and embedded, is below the threshold, and is nowhere in the store.
    assert (camera.analysed, camera.tracks, len(in_view)) == (12, 2, 2)
    (stranger,) = [story for story in in_view if not story.answer[0].startswith("missing: alert")]
    assert stranger.looks > 0
    assert stranger.answer[0].startswith("missing: below threshold by ")
    station.store.close()
    with sqlite3.connect(f"file:{store_file}?mode=ro", uri=True) as database:
        tables = [
            name
            for (name,) in database.execute("select name from sqlite_master where type='table'")
        ]
        rows = {
            name: database.execute(f'select count(*) from "{name}"').fetchone()[0]
            for name in tables
        }
    database.close()
    about_people = {
        name: rows[name]
        for name in ("subject", "membership", "reference", "reference_image", "template")
    }
    assert set(about_people.values()) == {1}
    assert (rows["alert"], rows["sighting"], rows["delivery"]) == (1, 1, len(alerts))
    known = set(about_people) | {"alert", "sighting", "delivery", "snapshot"}
    other = {name for name, count in rows.items() if count} - known
    assert other <= {
        "watchlist", "gallery_version", "store_info", "audit", "audit_head", "alembic_version",
        "sqlite_sequence", "alert_change",
    }, other  # fmt: skip


def test_a_second_look_within_the_quiet_period_is_held_back(
    station: Station, people: People
) -> None:
    station.enrol(people.file(BLAIR, 2), BLAIR)
    route, pictures = station.route(), walk(people.image(BLAIR, 3), frames=3)
    first = findings_of(station, route, station.camera(), pictures)
    again = findings_of(station, route, station.camera(), pictures, start=30)
    assert [f.decision.verdict for f in first if f.decision.verdict is Verdict.ALERT]
    assert {f.decision.verdict for f in again} == {Verdict.QUIET_PERIOD}
    assert {f.decision.alert_id for f in again} == {first[0].decision.alert_id}


def test_nobody_enrolled_is_said(station: Station, people: People) -> None:
    found = findings_of(
        station, station.route(), station.camera(), walk(people.image(BRODY), frames=2)
    )
    assert {finding.decision.verdict for finding in found} == {Verdict.NOBODY_ENROLLED}
    assert sighting_of(found[0]) is None


def test_a_removed_subject_raises_nothing(station: Station, people: People) -> None:
    subject_id = station.enrol(people.file(BLAIR, 2), BLAIR)
    before = station.roster()
    camera, route = station.camera(), station.route()
    shown = frame(image=walk(people.image(BLAIR, 3), frames=1)[0])
    (finding,) = route.step([(camera, shown)], before).findings
    assert finding.decision.verdict is Verdict.ALERT
    station.store.watchlists.remove_subject(subject_id)
    assert alert_of(finding, station.roster(), **station.models) is None


@pytest.mark.parametrize(
    ("changes", "obstacle"),
    [
        ({"min_face_px": 200.0}, "too small: face lower than 200 px"),
        ({"min_confidence": 0.999}, "doubtful detection"),
    ],
)
def test_obstacles_are_noted(
    station: Station, people: People, changes: dict[str, Any], obstacle: str
) -> None:
    camera, route = station.camera(**changes), station.route()
    pictures = walk(people.image(BLAIR, 3), frames=3)
    roster = station.roster()
    for number, picture in enumerate(pictures):
        assert route.step([(camera, frame(sequence=number, image=picture))], roster).findings == []
    (person,) = camera.people.values()
    assert dict(person.evidence.obstacles) == {obstacle: 3}
    story = trace(person.evidence, str)
    assert story.answer == (f"never embedded: {obstacle}",)


def test_faces_outside_the_region_are_not_looked_at(station: Station, people: People) -> None:
    right_half = Region([[(0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0)]])
    camera = station.camera(region=right_half)
    shown = frame(image=walk(people.image(BLAIR, 3), people.image(BRODY), frames=1)[0])
    found = station.route().step([(camera, shown)], station.roster()).findings
    assert len(found) == 1
    assert found[0].look is not None
    assert found[0].look.view.faces.boxes[found[0].look.row, 0] > 310


def test_a_camera_that_does_not_watch_the_list_decides_nothing(
    station: Station, people: People
) -> None:
    station.enrol(people.file(BLAIR, 2), BLAIR)
    station.store.watchlists.ensure("barred")
    shown = frame(image=walk(people.image(BLAIR, 3), frames=1)[0])
    camera = station.camera(watchlists=("barred",))
    (finding,) = station.route().step([(camera, shown)], station.roster()).findings
    assert finding.decision.watchlist == "barred"
    assert finding.decision.verdict is Verdict.NOBODY_ENROLLED


@pytest.mark.parametrize("in_threads", [False, True])
def test_cameras_share_a_step_and_do_not_mix(
    station: Station, people: People, in_threads: bool
) -> None:
    wanted = station.enrol(people.file(BLAIR, 2), BLAIR)
    cameras = [station.camera(name) for name in ("gate", "yard", "hall")]
    shown = [
        walk(people.image(BLAIR, 3), frames=1)[0],
        walk(people.image(BRODY), frames=1)[0],
        np.full((200, 300, 3), 90, np.uint8),
    ]
    batch = [
        (camera, frame(camera.plan.camera_id, image=image))
        for camera, image in zip(cameras, shown, strict=True)
    ]
    with ThreadPoolExecutor(2) as executor:
        route = station.route(executor if in_threads else None)
        outcome = route.step(batch, station.roster())
    verdicts = {f.camera.plan.camera_id: f.decision.verdict for f in outcome.findings}
    assert verdicts == {"gate": Verdict.ALERT, "yard": Verdict.BELOW_THRESHOLD}
    assert outcome.findings[0].decision.subject_id == wanted
    assert [camera.tracks for camera in cameras] == [1, 1, 0]


def test_a_frame_that_a_stage_cannot_take_costs_the_others_nothing(
    station: Station, people: People
) -> None:
    station.enrol(people.file(BLAIR, 2), BLAIR)
    station.detector = Refusing(station.detector, 123)
    gate, yard = station.camera("gate"), station.camera("yard")
    batch = [
        (gate, frame("gate", image=walk(people.image(BLAIR, 3), frames=1)[0])),
        (yard, frame("yard", image=np.zeros((123, 200, 3), np.uint8))),
    ]
    outcome = station.route().step(batch, station.roster())
    assert [finding.decision.verdict for finding in outcome.findings] == [Verdict.ALERT]
    ((camera, failed, error),) = outcome.failures
    assert (camera, failed) == (yard, batch[1][1])
    assert str(error) == "cannot take this"
    assert (gate.analysed, gate.faces, gate.people[1].evidence.faces) == (1, 1, 1)


def test_looks_are_spent_where_they_can_change_something(station: Station, people: People) -> None:
    station.enrol(people.file(BLAIR, 2), BLAIR)
    camera, route = station.camera(), station.route()
    pictures = walk(people.image(BLAIR, 3), frames=1) * 40
    found = findings_of(station, route, camera, pictures)
    looks = {finding.evidence.looks for finding in found}
    assert max(looks) <= 4  # the first, then one every two seconds


def test_a_store_that_cannot_be_read_does_not_silence_an_alert(
    station: Station, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    station.enrol(people.file(BLAIR, 2), BLAIR)

    def busy(*_: object) -> None:
        raise StoreBusy("another process has held the store for too long")

    monkeypatch.setattr(station.store.alerts, "latest", busy)
    shown: Frame = frame(image=walk(people.image(BLAIR, 3), frames=1)[0])
    outcome = station.route().step([(station.camera(), shown)], station.roster())
    assert [finding.decision.verdict for finding in outcome.findings] == [Verdict.ALERT]
