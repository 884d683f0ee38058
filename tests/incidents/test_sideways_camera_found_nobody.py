"""A camera that hung sideways found nobody and said nothing; a photograph that lay on a side was
enrolled with a template of nobody.
"""

import json
from pathlib import Path

import cv2
import pytest

from facewarden.capture.image import read_image
from system.processes import enrol, facewarden
from system.scenes import first_photographs

pytestmark = [pytest.mark.shared, pytest.mark.models, pytest.mark.slow]


def test_a_sideways_camera_is_told_with_the_number_to_set(shared: Path, home: Path) -> None:
    clip = shared / "data" / "videos" / "person_d18.mp4"
    said = facewarden(home, "watch", clip, "--rotate", "90", COLUMNS="80")
    assert "its faces lie on their side" in said.stdout
    assert "rotate_deg: 270" in said.stdout
    upright = facewarden(home, "watch", clip)
    assert "rotate_deg" not in upright.stdout + upright.stderr


def test_photographs_match_any_way_up(shared: Path, home: Path, tmp_path: Path) -> None:
    (photograph,) = first_photographs(shared, 1)
    picture = read_image(photograph)[0]
    (tmp_path / "Ann").mkdir()
    cv2.imwrite(str(tmp_path / "Ann" / "lying.png"), cv2.rotate(picture, cv2.ROTATE_180))
    probe = tmp_path / "probe.png"
    cv2.imwrite(str(probe), cv2.rotate(picture, cv2.ROTATE_90_CLOCKWISE))
    enrol(home, "missing", "--face", "largest", tmp_path / "Ann")
    said = facewarden(home, "identify", probe, "--json")
    (found,) = json.loads(said.stdout)
    assert max(face["candidates"][0]["similarity"] for face in found["faces"]) > 0.9
