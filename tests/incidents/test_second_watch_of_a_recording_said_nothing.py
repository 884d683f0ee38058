"""Watched again within the quiet period, a recording gave no alert, and an empty remark for it.

Why a recording failed stood in a column nine characters wide.
"""

import json
from pathlib import Path

import pytest

from system.processes import enrol, facewarden
from system.scenes import first_photographs, folder_camera

pytestmark = [pytest.mark.shared, pytest.mark.models, pytest.mark.slow]

REMARK = "{}: 1 held back: alerted within the quiet period (--quiet-period 0 tells again)"


def test_what_was_held_back_and_what_failed_is_said_below_the_table(
    shared: Path, home: Path, tmp_path: Path
) -> None:
    photographs = first_photographs(shared, 1)
    enrol(home, "missing", "--face", "largest", *photographs)
    door = folder_camera(tmp_path / "door", photographs)
    damaged = tmp_path / "damaged.mp4"
    damaged.write_text("no video")

    first = facewarden(home, "watch", door, COLUMNS="80")
    assert "held back" not in first.stdout
    again = facewarden(home, "watch", door, damaged, COLUMNS="80")
    lines = again.stdout.splitlines()
    assert REMARK.format("door") in lines
    (failure,) = (line for line in lines if line.startswith("damaged: "))
    assert failure.endswith("it is not a video, or it is damaged")

    told = facewarden(home, "watch", door, "--json")
    (camera,) = json.loads(told.stdout)["cameras"]
    assert camera["within_quiet_period"] == 1
    anew = facewarden(home, "watch", door, "--quiet-period", "0", COLUMNS="80")
    assert "held back" not in anew.stdout
