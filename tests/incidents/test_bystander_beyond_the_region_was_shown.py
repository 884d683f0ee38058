"""A camera with a region sent snapshots on which people outside the region were not blurred.

Faces are looked for inside the region's bounds only, but the snapshot showed the whole picture.
"""

import cv2
import numpy as np

from facewarden.data import Snapshot
from facewarden.geometry.region import Region
from facewarden.pipeline.raising import alert_of
from factories import frame
from unit.pipeline.conftest import People, Station, store, store_file, walk

__all__ = ["store", "store_file"]

LEFT_HALF = Region((((0.0, 0.0), (0.45, 0.0), (0.45, 1.0), (0.0, 1.0)),))
"""In `walk` the first photograph hangs here, the second to the right of it."""


def test_the_snapshot_ends_with_the_region(station: Station, people: People) -> None:
    station.enrol(people.file("Tony Blair", 2), "Tony Blair")
    picture = walk(people.image("Tony Blair", 3), people.image("Al Pacino"), frames=1)[0]
    camera = station.camera(region=LEFT_HALF)
    route, roster = station.route(), station.roster()
    (finding,) = route.step([(camera, frame(image=picture))], roster).findings
    alert = alert_of(finding, roster, **station.models)
    assert alert is not None
    assert isinstance(alert.snapshot, Snapshot)
    shown = cv2.imdecode(np.frombuffer(alert.snapshot.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    height_px, width_px = picture.shape[:2]
    assert shown.shape[:2] == (height_px, 0.45 * width_px)
    # The candidate is where the box says, as sharp as before.
    x1, y1, x2, y2 = alert.snapshot.box
    difference = cv2.absdiff(shown[y1:y2, x1:x2], picture[y1:y2, x1:x2])
    assert float(difference.mean()) < 8
    faces = station.detector.detect(np.asarray(shown, np.uint8), size_px=320, min_confidence=0.5)
    assert len(faces.boxes) == 1
