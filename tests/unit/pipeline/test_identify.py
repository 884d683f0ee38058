from datetime import timedelta

import numpy as np
import pytest

from facewarden.data import SubjectDetails, Verdict
from facewarden.decide.decider import DecisionRule
from facewarden.pipeline.identify import StillFace, identify
from factories import NOW
from unit.pipeline.conftest import People, Station

BLAIR, BRODY, GUL = "Tony Blair", "Adrien Brody", "Abdullah Gul"


def found(station: Station, people: People, *names: str, top: int = 3) -> list[StillFace]:
    picture = np.hstack([people.image(name, 3 if name == BLAIR else 1) for name in names])
    return identify(picture, station.examiner, station.roster(), DecisionRule(), NOW, top)


def test_every_face_from_left_to_right_with_its_candidates(
    station: Station, people: People
) -> None:
    blair = station.enrol(people.file(BLAIR, 2), BLAIR)
    gul = station.enrol(people.file(GUL, 1), GUL)
    left, right = found(station, people, BRODY, BLAIR)
    assert left.box[0] < right.box[0]
    assert {candidate.subject_id for candidate in left.candidates} == {blair, gul}
    assert {candidate.verdict for candidate in left.candidates} == {Verdict.BELOW_THRESHOLD}
    assert [candidate.subject_id for candidate in right.candidates] == [blair, gul]
    assert right.candidates[0].verdict is Verdict.ALERT
    assert right.candidates[0].name == BLAIR
    assert right.candidates[0].similarity > right.candidates[1].similarity


@pytest.mark.parametrize("top", [1, 2, 5])
def test_no_more_candidates_than_asked_for(station: Station, people: People, top: int) -> None:
    for name in (BLAIR, GUL, BRODY):
        station.enrol(people.file(name, 2 if name == BLAIR else 1), name)
    (face,) = found(station, people, BLAIR, top=top)
    assert len(face.candidates) == min(top, 3)


def test_nobody_enrolled_and_nobody_there(station: Station, people: People) -> None:
    (face,) = found(station, people, BLAIR)
    assert face.candidates == ()
    nobody = np.full((240, 320, 3), 90, np.uint8)
    assert identify(nobody, station.examiner, station.roster(), DecisionRule(), NOW, 3) == []


def test_a_subject_on_two_watchlists_is_named_for_both(station: Station, people: People) -> None:
    subject_id = station.enrol(people.file(BLAIR, 2), BLAIR)
    station.store.watchlists.ensure("barred")
    station.store.watchlists.configure("barred", 0.99, ())
    station.store.watchlists.place(subject_id, "barred")
    (face,) = found(station, people, BLAIR)
    verdicts = {candidate.watchlist: candidate.verdict for candidate in face.candidates}
    assert verdicts == {"missing": Verdict.ALERT, "barred": Verdict.BELOW_THRESHOLD}


def test_expired_subjects_do_not_match(station: Station, people: People) -> None:
    subject_id = station.enrol(people.file(BLAIR, 2), BLAIR)
    ended = SubjectDetails(BLAIR, expires_at=NOW - timedelta(days=1))
    station.store.watchlists.update_subject(subject_id, ended)
    (face,) = found(station, people, BLAIR)
    assert face.candidates == ()
