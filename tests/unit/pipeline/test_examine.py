"""What enrolment and identification look at in a photograph."""

import numpy as np
import pytest

from facewarden.errors import EnrolmentRefused
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
