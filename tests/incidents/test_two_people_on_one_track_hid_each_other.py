"""One person left, another came to the same place a moment later, and the tracker held both for
one. Their looks were pooled into a template of nobody; the second, who was enrolled, was missed.
"""

import numpy as np
import pytest

from facewarden.data import Image, Verdict
from factories import after, frame
from unit.pipeline.conftest import People, Station, store, store_file, walk

__all__ = ["store", "store_file"]

BLAIR, BRODY = "Tony Blair", "Adrien Brody"


@pytest.mark.parametrize("gap_frames", [0, 3])
def test_second_person_of_a_track_is_found(
    station: Station, people: People, gap_frames: int
) -> None:
    subject_id = station.enrol(people.file(BLAIR, 2), BLAIR)
    first = walk(people.image(BRODY, 1), frames=15)
    second = walk(people.image(BLAIR, 3), frames=30)
    empty: list[Image] = [np.full_like(first[0], 90)] * gap_frames
    camera, route, roster = station.camera(), station.route(), station.roster()
    alerts, ended = [], []
    for number, picture in enumerate([*first, *empty, *second]):
        shown = frame(sequence=number, at=after(number / 10), image=picture)
        outcome = route.step([(camera, shown)], roster)
        assert outcome.failures == []
        alerts += [f.decision for f in outcome.findings if f.decision.verdict is Verdict.ALERT]
        ended += [evidence.track_id for _, evidence in outcome.ended]
    assert [alert.subject_id for alert in alerts] == [subject_id]
    assert alerts[0].similarity > 0.5, "the looks of the first person are in the template"
    assert ended == [1]
    assert list(camera.people) == [2]
