"""Pictures of a look: nobody but the one who was looked at can be recognised in them."""

import numpy as np

from facewarden.alert.close_up import close_up
from facewarden.alert.snapshot import snapshot
from facewarden.data import Float32, Image, Snapshot
from facewarden.pipeline.look import Look


def whole_view(look: Look) -> Snapshot:
    """Return the picture with every face but the candidate's blurred."""
    return snapshot(*_parts(look))


def face_alone(look: Look) -> Snapshot:
    """Return the face, small, with what is close around it; other faces are painted over."""
    return close_up(*_parts(look))


def _parts(look: Look) -> tuple[Image, Float32, Float32]:
    """Return the picture, the candidate's box, and where others are or are expected by a track.

    The picture ends where faces are looked for: beyond, nobody would be found and blurred.
    """
    view = look.view
    height_px, width_px = view.frame.image.shape[:2]
    x1, y1, x2, y2 = view.camera.plan.region.bounds_px(width_px, height_px)
    corner = np.array([x1, y1, x1, y1], np.float32)
    others = [box for row, box in enumerate(view.faces.boxes) if row != look.row]
    track_id = look.person.evidence.track_id
    ids, expected = view.camera.tracker.active()
    others += [box for other, box in zip(ids.tolist(), expected, strict=True) if other != track_id]
    bystanders = np.array(others, np.float32).reshape(-1, 4)
    searched = view.frame.image[y1:y2, x1:x2]
    return searched, view.faces.boxes[look.row] - corner, bystanders - corner
