"""The demo, from photographs to a judged alert."""

from pathlib import Path

import pytest

from conftest import absent
from facewarden.demo.portraits import obtain
from facewarden.errors import InputError
from system.processes import facewarden


@pytest.mark.models
@pytest.mark.slow
def test_it_passes(home: Path, models_dir: Path, tmp_path: Path) -> None:
    output = tmp_path / "demo"
    try:
        obtain(output / "portraits")  # asked first, so that a missing network is told apart
    except InputError as error:
        absent(f"the demo's portraits cannot be downloaded: {error}")
    done = facewarden(home, "demo", "--output", output, limit_s=200)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PASSED" in done.stdout
    assert "<html" in (output / "report.html").read_text(encoding="utf-8")
    assert (output / "demo.mp4").stat().st_size > 0
    # Its own store, in the folder that was asked for, and nothing beside it.
    assert (output / "home" / "facewarden.sqlite").is_file()
    assert not home.exists()
