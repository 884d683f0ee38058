"""What enrolment and identification look at in a photograph."""

import numpy as np
import pytest

from facewarden.errors import EnrolmentRefused
from facewarden.geometry.scaling import scaled
from facewarden.pipeline.examine import Examiner
from unit.pipeline.conftest import People


def test_a_chosen_face_is_examined_as_among_all(examiner: Examiner, people: People) -> None:
    """Landmarks of the one face that is enrolled are refined, and are no others for that."""
    picture = np.hstack([people.image("Abdullah Gul", 2), people.image("Abdullah Gul", 3)])
    every = examiner.faces(picture)
    found = examiner.find(picture)
    assert len(every) == len(found) >= 2
    assert (np.diff(found.boxes[:, 0]) >= 0).all()
    for row, face in enumerate(every):
        (alone,) = examiner.examined(picture, found.take(np.array([row])))
        assert np.array_equal(alone.crop, face.crop)
        assert alone.box == face.box
        assert alone.quality == face.quality
    heights = [face.box[3] - face.box[1] for face in every]
    largest = examiner.one_face(picture, "largest")
    assert largest.box == every[int(np.argmax(heights))].box
    assert examiner.one_face(picture, "2").box == every[1].box


def test_refinement_moves_landmarks_and_no_box(examiner: Examiner, people: People) -> None:
    picture = people.image("Abdullah Gul", 2)
    found = examiner.find(picture)
    refined = examiner.refined(picture, found)
    assert np.array_equal(refined.boxes, found.boxes)
    assert 0 < np.abs(refined.landmarks - found.landmarks).max() < 10


def test_a_number_beyond_the_faces_is_refused(examiner: Examiner, people: People) -> None:
    with pytest.raises(EnrolmentRefused, match="there is no such face"):
        examiner.one_face(people.image("Abdullah Gul", 2), "9")


def test_a_small_face_in_a_large_photograph_is_found(examiner: Examiner, people: People) -> None:
    """At 960 px one of 55 px in a picture of 3,840 was found once in four times."""
    found = 0
    for number in (2, 3, 4, 5):
        portrait = people.image("Abdullah Gul", number)
        high = examiner.find(portrait).height_px.max()
        small = scaled(portrait, 55 / float(high))
        scene = np.full((2160, 3840, 3), 110, np.uint8)
        scene[900 : 900 + small.shape[0], 2500 : 2500 + small.shape[1]] = small
        faces = examiner.find(scene)
        inside = (faces.boxes[:, 0] > 2450) & (faces.boxes[:, 2] < 2550 + small.shape[1])
        found += bool(inside.any())
    assert found == 4
