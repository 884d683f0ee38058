"""Options of `watch` that cannot be are refused in words, before anything is opened."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from facewarden.cli.main import app
from facewarden.cli.watch import with_sources
from facewarden.config.settings import Settings
from facewarden.errors import ConfigError


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--rotate", "45"], "rotate_deg: Input should be 0, 90, 180 or 270"),
        (["--aspect", "5:1"], "aspect: expected width to height between 1:4 and 4:1"),
        (["--aspect", "1.33"], "such as 4:3 or 16:9, found 1.33"),
        (["--recorded-at", "2200-01-01"], "recorded_at: expected a time between 1970 and now"),
        (["--recorded-at", "soon"], "not a moment"),
        (["--min-face-px", "1", "--analyse-fps", "0"], "analyse_fps: Input should be greater"),
        (["-w", "vip", "--threshold", "7"], "threshold: Input should be less"),
        (["--quiet-period", "-5"], "quiet_period_s: Input should be greater"),
    ],
)
def test_refused(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], words: str
) -> None:
    monkeypatch.setenv("FACEWARDEN_HOME", str(home))
    with pytest.raises(ConfigError) as refusal:
        CliRunner().invoke(app, ["watch", str(tmp_path), *options], catch_exceptions=False)
    problems = refusal.value.problems or (str(refusal.value),)
    assert any(words in problem for problem in problems)
    assert not home.exists()


def test_options_count_for_the_sources_given(tmp_path: Path) -> None:
    (camera,) = with_sources(Settings(), [str(tmp_path)], {"rotate_deg": 90}).cameras
    assert (camera.rotate_deg, camera.recorded_at) == (90, None)
