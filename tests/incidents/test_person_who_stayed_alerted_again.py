"""Somebody who stood before a camera for longer than the quiet period was alerted twice.

The quiet period counted from the last look that was embedded, and a track has a limit of those; and
after a restart from the last revision of the alert, since nothing wrote down later sightings.
"""

import pytest

from facewarden.data import Verdict
from facewarden.pipeline.raising import alert_of, sighting_of
from facewarden.pipeline.recorder import Recorder
from facewarden.pipeline.route import Finding
from factories import after, frame
from unit.pipeline.conftest import People, Station, store, store_file, walk

__all__ = ["store", "store_file"]


@pytest.mark.parametrize("restarted", [False, True])
def test_the_quiet_period_counts_from_when_they_left(
    station: Station, people: People, restarted: bool
) -> None:
    station.enrol(people.file("Tony Blair", 2), "Tony Blair")
    recorder = Recorder(
        station.store.alerts,
        station.store.sightings,
        station.store.activity,
        sinks_of=lambda _: [],
        recorded=lambda _: None,
    )
    recorder.start()
    picture = walk(people.image("Tony Blair", 3), frames=1)[0]
    camera, route, roster = station.camera(), station.route(), station.roster()
    (finding,) = route.step([(camera, frame(image=picture))], roster).findings
    alert = alert_of(finding, roster, **station.models)
    assert alert is not None
    recorder.alert(alert)
    finding.evidence.last_seen_at = after(90)  # stayed in view, not embedded again
    outcome = route.finish(camera)
    for _, evidence in outcome.ended:
        for decision in evidence.decisions.values():
            sighting = sighting_of(Finding(camera, evidence, decision, None))
            assert sighting is not None
            recorder.sighting(sighting)
    assert recorder.stop(5)

    if restarted:
        route = station.route()
    shown = frame(at=after(120), image=picture)
    (again,) = route.step([(station.camera(), shown)], roster).findings
    assert again.decision.verdict is Verdict.QUIET_PERIOD
    assert again.decision.alert_id == alert.alert_id
