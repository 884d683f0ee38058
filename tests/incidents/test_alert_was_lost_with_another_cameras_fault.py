"""When one camera's frame could not be decided on, an alert of another camera was lost for good.

The whole step was thrown away and taken again camera by camera; by then the track counted as having
alerted, so that the second try said `already alerted` and nothing was written or sent.
"""

from datetime import datetime

import pytest

from facewarden.data import Verdict
from factories import frame
from unit.pipeline.conftest import People, Station, store, store_file, walk

__all__ = ["store", "store_file"]


def test_each_camera_gets_what_it_found(
    station: Station, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    station.enrol(people.file("Tony Blair", 2), "Tony Blair")

    def latest(subject_id: int, watchlist: str, camera_id: str) -> tuple[str, datetime] | None:
        if camera_id == "yard":
            raise RuntimeError("unforeseen")
        return None

    monkeypatch.setattr(station.store.alerts, "latest", latest)
    picture = walk(people.image("Tony Blair", 3), frames=1)[0]
    batch = [(station.camera(name), frame(name, image=picture)) for name in ("gate", "yard")]
    outcome = station.route().step(batch, station.roster())
    assert [(f.camera.plan.camera_id, f.decision.verdict) for f in outcome.findings] == [
        ("gate", Verdict.ALERT)
    ]
    assert [camera.plan.camera_id for camera, _, _ in outcome.failures] == ["yard"]
