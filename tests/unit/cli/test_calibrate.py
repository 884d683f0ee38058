"""facewarden calibrate, with the real models on real photographs, and cohorts that give nothing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from facewarden.config.load import load_settings
from facewarden.errors import InputError
from facewarden.measure.calibrating import read_cohort
from facewarden.models.calibration import overlay_path
from facewarden.models.own_weights import LOOKS
from facewarden.wiring.eyes import make_eyes

pytestmark = pytest.mark.shared

PEOPLE = 50


def run(home: Path, models: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "facewarden", *words],
        env={**os.environ, "FACEWARDEN_HOME": str(home), "FACEWARDEN_MODELS": str(models)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@pytest.fixture(scope="module")
def cohort(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("cohort")
    people = sorted((shared / "data/lfw-dev/images").iterdir())[:PEOPLE]
    for folder in people:
        (root / folder.name).mkdir()
        shutil.copy(sorted(folder.iterdir())[0], root / folder.name)
    return root


@pytest.fixture
def models(models_dir: Path, tmp_path: Path) -> Path:
    """A copy of the models, so that a calibration is not left to others."""
    copied = tmp_path / "models"
    shutil.copytree(models_dir, copied, ignore=shutil.ignore_patterns("calibrations"))
    return copied


@pytest.mark.slow
@pytest.mark.models
def test_a_cohort_becomes_a_calibration_that_a_budget_uses(
    cohort: Path, models: Path, home: Path
) -> None:
    enrolled = sorted(cohort.iterdir())[0]
    assert run(home, models, "enrol", "--watchlist", "wanted", str(enrolled)).returncode == 0
    done = run(home, models, "calibrate", "--cohort", str(cohort), "--compose", "0")
    assert done.returncode == 0, done.stderr
    assert "is enrolled" in done.stdout
    assert f"people: {PEOPLE - 1}" in done.stdout
    assert overlay_path(models, LOOKS).exists()
    listed = run(home, models, "watchlists", "set", "wanted", "--fpir", "0.01")
    assert listed.returncode == 0, listed.stderr
    refused = run(home, models, "watchlists", "set", "wanted", "--fpir", "0.0000001")
    assert refused.returncode == 2
    assert "would need a calibration" in refused.stderr
    overlay_path(models, LOOKS).write_text("{}")
    assert "is not valid" in run(home, models, "watchlists", "list").stdout


@pytest.mark.models
def test_one_person_is_no_cohort(cohort: Path, models_dir: Path, tmp_path: Path) -> None:
    shutil.copytree(sorted(cohort.iterdir())[0], tmp_path / "alone" / "Sam Sample")
    settings = load_settings(None)
    with pytest.raises(InputError, match="too few people"):
        read_cohort(tmp_path / "alone", make_eyes(settings), settings, compose=0)


@pytest.mark.models
def test_too_few_people_are_told_how_many_are_needed(
    cohort: Path, models: Path, home: Path, tmp_path: Path
) -> None:
    for folder in sorted(cohort.iterdir())[:3]:
        shutil.copytree(folder, tmp_path / "three" / folder.name)
    done = run(home, models, "calibrate", "--cohort", str(tmp_path / "three"), "--compose", "0")
    assert done.returncode == 1
    assert "at least 46 people, found 3" in done.stderr
