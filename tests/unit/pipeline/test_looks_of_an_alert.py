"""Every look of a track that raised an alert has a picture, of nobody else."""

import cv2
import numpy as np
import pytest

from facewarden.data import AlertLook, Image, Verdict
from facewarden.decide.best_looks import MOST_LOOKS
from facewarden.pipeline.camera import WatchedCamera
from facewarden.pipeline.raising import alert_of, looks_of
from facewarden.pipeline.route import Route
from factories import NOW, after, frame
from unit.pipeline.conftest import People, Station, walk

BLAIR, BRODY = "Tony Blair", "Adrien Brody"

pytestmark = [pytest.mark.models, pytest.mark.shared]


def decoded(look: AlertLook) -> Image:
    picture = cv2.imdecode(np.frombuffer(look.picture.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return np.asarray(picture, np.uint8)


def watched(
    station: Station, route: Route, camera: WatchedCamera, pictures: list[Image], every_s: float
) -> None:
    roster = station.roster()
    for number, picture in enumerate(pictures):
        shown = frame(sequence=number, at=after(number * every_s), image=picture)
        assert route.step([(camera, shown)], roster).failures == []


def test_all_looks_are_there_best_first_with_how_alike_each_is(
    station: Station, people: People
) -> None:
    subject_id = station.enrol(people.file(BLAIR, 2), BLAIR)
    camera, route = station.camera(), station.route()
    watched(station, route, camera, walk(people.image(BLAIR, 3), frames=8), every_s=0.5)
    (person,) = camera.people.values()
    looks = looks_of(person.evidence, subject_id, station.roster(), NOW)
    assert len(looks) == person.evidence.looks > 1
    assert sorted(look.number for look in looks) == list(range(1, len(looks) + 1))
    assert [look.quality for look in looks] == sorted((x.quality for x in looks), reverse=True)
    roster, threshold = station.roster(), person.evidence.decisions["missing"].threshold
    for look in looks:
        assert look.similarity is not None
        assert look.similarity >= threshold - 0.1
        assert look.seen_at >= after(0)
        # The picture shows the face that was looked at: the model knows it again.
        (face,) = station.detector.detect(decoded(look), size_px=320, min_confidence=0.6).boxes
        middle = (face[:2] + face[2:]) / 2
        x1, y1, x2, y2 = look.picture.box
        assert x1 < middle[0] < x2
        assert y1 < middle[1] < y2
    assert looks_of(person.evidence, 987, roster, NOW)[0].similarity is None


def test_a_neighbour_is_not_in_the_pictures(station: Station, people: People) -> None:
    """Two faces so close that the cut of one would hold a part of the other."""
    station.enrol(people.file(BLAIR, 2), BLAIR)
    blair, brody = people.image(BLAIR, 3)[:, 60:190], people.image(BRODY)[:, 60:190]
    picture = np.full((270, 640, 3), 90, np.uint8)
    picture[10:260, 100:230], picture[10:260, 230:360] = blair, brody
    camera, route = station.camera(), station.route()
    watched(station, route, camera, [picture], every_s=1)
    assert len(camera.people) == 2
    for person in camera.people.values():
        (look,) = looks_of(person.evidence, 1, station.roster(), NOW)
        found = station.detector.detect(decoded(look), size_px=320, min_confidence=0.3)
        assert len(found.boxes) == 1


def test_a_passer_by_is_kept_in_memory_only_and_bounded(station: Station, people: People) -> None:
    station.enrol(people.file(BLAIR, 2), BLAIR)
    camera, route = station.camera(), station.route()
    pictures = walk(people.image(BRODY), frames=1) * 60
    watched(station, route, camera, pictures, every_s=1.4)
    (person,) = camera.people.values()
    assert person.evidence.looks > MOST_LOOKS
    kept = person.evidence.pictures.best_first()
    assert len(kept) == MOST_LOOKS
    assert sum(len(look.picture.jpeg) for look in kept) < 12 * MOST_LOOKS * 1024
    outcome = route.finish(camera)
    assert [finding.decision.verdict for finding in outcome.findings] == []
    assert camera.people == {}


def test_a_look_without_a_picture_is_a_look_all_the_same(
    station: Station,
    people: People,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    station.enrol(people.file(BLAIR, 2), BLAIR)
    monkeypatch.setattr(cv2, "imencode", lambda *_: (False, np.zeros(0, np.uint8)))
    roster = station.roster()
    shown = frame(image=walk(people.image(BLAIR, 3), frames=1)[0])
    outcome = station.route().step([(station.camera(), shown)], roster)
    assert [finding.decision.verdict for finding in outcome.findings] == [Verdict.ALERT]
    (finding,) = outcome.findings
    assert alert_of(finding, roster, **station.models) is not None
    assert looks_of(finding.evidence, finding.decision.subject_id, roster, NOW) == ()
    assert "a look has no picture" in caplog.text


def test_who_stood_there_before_is_not_among_them(station: Station, people: People) -> None:
    subject_id = station.enrol(people.file(BLAIR, 2), BLAIR)
    camera, route = station.camera(), station.route()
    pictures = walk(people.image(BRODY), frames=5) + walk(people.image(BLAIR, 3), frames=10)
    watched(station, route, camera, pictures, every_s=0.3)
    (person,) = camera.people.values()
    looks = looks_of(person.evidence, subject_id, station.roster(), NOW)
    assert len(looks) == person.evidence.looks > 0
    assert min(look.seen_at for look in looks) >= after(5 * 0.3)
    assert min(look.number for look in looks) == 1
