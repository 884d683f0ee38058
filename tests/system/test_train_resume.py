"""A training that is killed, stopped or out of disk goes on from its last checkpoint."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from drawn_faces import drawn_faces
from facewarden.train.recipe_file import to_text
from training import recipe, same

pytestmark = pytest.mark.slow

PATIENCE_S = 120.0
KILLS = 2
SEED = 20261122
LIMITED = (
    "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, ({bytes}, -1)); "
    "from facewarden.cli.main import run; sys.argv[0] = 'facewarden'; run()"
)


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return drawn_faces(tmp_path_factory.mktemp("drawn") / "faces", people=10, pictures=12)


@pytest.fixture(scope="module")
def recipe_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recipe") / "small.yaml"
    path.write_text(to_text(recipe(epochs=5, checkpoint_steps=3, averaging={"decay": 0.9})))
    return path


def start(*words: str | Path, limit: int = 0) -> "subprocess.Popen[str]":
    """Start the command line; with a limit, no file may grow beyond so many bytes."""
    how = ["-c", LIMITED.format(bytes=limit)] if limit else ["-m", "facewarden"]
    return subprocess.Popen(
        [sys.executable, *how, "train", *map(str, words)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "COLUMNS": "200"},
    )  # fmt: skip


def ended(process: "subprocess.Popen[str]") -> tuple[int, str]:
    out, err = process.communicate(timeout=PATIENCE_S)
    return process.returncode, out + err


def step_of(run: Path) -> int:
    """Return the steps of the last checkpoint; 0 where there is none."""
    last = run / "last.pt"
    return int(torch.load(last, weights_only=True)["place"]["step"]) if last.exists() else 0


def wait_for_step(process: "subprocess.Popen[str]", run: Path, step: int) -> None:
    """Return once a checkpoint of at least so many steps is there, or the process has ended."""
    deadline = time.monotonic() + PATIENCE_S
    while process.poll() is None and step_of(run) < step:
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture(scope="module")
def whole(faces: Path, recipe_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nobody stopped."""
    run = tmp_path_factory.mktemp("whole") / "run"
    code, said = ended(start("run", recipe_file, "--data", faces, "--out", run))
    assert code == 0, said
    assert "ended after step" in said
    assert (run / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in (run / "report.html").read_text()
    return run


def test_killed_at_any_step_it_gives_the_same_weights(
    faces: Path, recipe_file: Path, whole: Path, tmp_path: Path
) -> None:
    rng = random.Random(SEED)
    run = tmp_path / "run"
    process = start("run", recipe_file, "--data", faces, "--out", run)
    kills = 0
    for _ in range(KILLS):
        wait_for_step(process, run, step_of(run) + rng.randint(1, 12))
        # Anywhere: within a step, a validation, or while a checkpoint is written.
        time.sleep(rng.random() * 0.2)
        kills += process.poll() is None
        process.kill()
        ended(process)
        process = start("resume", run)
    code, said = ended(process)
    assert code == 0, said
    assert kills
    assert same(whole / "last.pt", run / "last.pt")
    assert same(whole / "best.pt", run / "best.pt")
    # Nothing is left to do, and nothing is done.
    code, said = ended(start("resume", run))
    assert code == 0, said
    assert same(whole / "last.pt", run / "last.pt")
    lines = [(folder / "metrics.csv").read_text().splitlines() for folder in (whole, run)]
    judged = [[line for line in text if line.startswith("validation")] for text in lines]
    assert judged[0] == judged[1]
    assert len(judged[0]) == 5


def test_signals_and_a_full_disk_end_it_with_a_sentence(
    faces: Path, recipe_file: Path, whole: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    process = start("run", recipe_file, "--data", faces, "--out", run)
    wait_for_step(process, run, 3)
    process.send_signal(signal.SIGTERM)
    code, said = ended(process)
    assert code == 128 + signal.SIGTERM
    (sentence,) = [line for line in said.splitlines() if line.startswith("stopped at step")]
    assert f"go on with: facewarden train resume {run}" in sentence
    assert "Traceback" not in said

    before = (run / "last.pt").read_bytes()
    code, said = ended(start("resume", run, limit=len(before) // 2))
    assert code == 5
    (line,) = [line for line in said.splitlines() if line.startswith("facewarden:")]
    assert "the disk is full" in line
    assert "last.pt is as it was" in line
    assert "Traceback" not in said
    assert (run / "last.pt").read_bytes() == before

    process = start("resume", run)
    wait_for_step(process, run, step_of(run) + 1)
    process.send_signal(signal.SIGINT)
    code, said = ended(process)
    assert code in {0, 128 + signal.SIGINT}, said
    code, said = ended(start("resume", run))
    assert code == 0, said
    assert same(whole / "last.pt", run / "last.pt")


def test_two_processes_train_one_network(faces: Path, recipe_file: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    words = ["-m", "torch.distributed.run", "--nproc-per-node=2", "--standalone",
             "-m", "facewarden", "train", "run", str(recipe_file), "--data", str(faces),
             "--out", str(run), "--set", "epochs=1", "--device", "cpu"]  # fmt: skip
    done = subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("ended after step") == 1
    assert step_of(run) > 0
    assert '"processes": 2' in (run / "run.json").read_text()
