"""A watchlist goes over to another model: killed on the way, with both models real."""

import json
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from facewarden.models.builtin import DEFAULT_DETECTOR, DEFAULT_EMBEDDER
from facewarden.models.registry import Registry
from facewarden.train.backbones.catalogue import build
from facewarden.train.export.card_of_run import Named, draft
from facewarden.train.export.onnx_file import to_onnx
from system.processes import COMMAND, WatchProcess, enrol, environment, facewarden, stored, wait_for
from system.scenes import first_photographs, folder_camera

pytestmark = [pytest.mark.shared, pytest.mark.models, pytest.mark.slow]

TINY = "tiny"
PEOPLE = 24
"""Two batches: one is done when it is killed."""


@pytest.fixture
def models(tmp_path: Path, models_dir: Path) -> Path:
    """The default models, and one whose weights nobody trained: enough to know a file again."""
    registry = Registry(tmp_path / "models")
    for model_id in (DEFAULT_DETECTOR, DEFAULT_EMBEDDER):
        registry.put(*Registry(models_dir).load(model_id))
    shutil.copytree(models_dir / "probes", tmp_path / "models" / "probes")
    torch.manual_seed(1)
    net = build("mobilefacenet", embedding_size=32, input_size=112)
    model = to_onnx(net)
    registry.put(draft(net, Named(TINY, "MIT", "none"), "float32", model, "a test"), model)
    return registry.cache_dir


def run(home: Path, models: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    return facewarden(home, *words, FACEWARDEN_MODELS=str(models))


def nearest(home: Path, photograph: Path, models: Path) -> tuple[str, float]:
    """Return who a photograph is most like, and how much."""
    said = run(home, models, "identify", photograph, "--threshold", "0.5", "--json")
    assert said.returncode == 0, said.stderr
    best = json.loads(said.stdout)[0]["faces"][0]["candidates"][0]
    return best["name"], best["similarity"]


def test_killed_and_gone_on_with(home: Path, shared: Path, models: Path) -> None:
    photographs = first_photographs(shared, PEOPLE)
    uses = {"FACEWARDEN_MODELS": str(models)}
    enrol(home, "missing", "--face", "largest", *photographs, **uses)
    who, _ = nearest(home, photographs[7], models)
    run(home, models, "watchlists", "set", "missing", "--threshold", "0.5")
    words = ["re-enrol", "--to", TINY, "--keep-thresholds"]
    with stored(home) as store:
        first = subprocess.Popen([*COMMAND, *words], env=environment(home, **uses))

        def half_done() -> bool:
            found = store.re_enrolments.progress(TINY)
            return found is not None and 0 < found.done < PEOPLE

        wait_for(half_done, 60)
        first.send_signal(signal.SIGKILL)
        first.wait(10)
        half = store.re_enrolments.progress(TINY)
        assert half is not None
        assert half.done < PEOPLE
        assert (half.serving, half.switched_at) == (DEFAULT_EMBEDDER, None)
    # The old model serves, and says who it was as before.
    assert nearest(home, photographs[7], models)[0] == who
    told = json.loads(run(home, models, "status", "--json").stdout)
    assert (told["re_enrolment"][0]["model_id"], told["re_enrolment"][0]["done"]) == (
        TINY,
        half.done,
    )
    again = run(home, models, *words)
    assert again.returncode == 0, again.stderr
    assert f"{PEOPLE} of {PEOPLE} references have a template of tiny; tiny serves" in again.stdout
    name, similarity = nearest(home, photographs[7], models)
    assert (name, similarity > 0.99) == (who, True)
    with stored(home) as store:
        reads = [one for one in store.audit.tail(100) if one.action == "re-enrolment.read"]
        assert len(reads) >= 2
        assert store.audit.verify() is None


def test_bad_input(home: Path, shared: Path, models: Path) -> None:
    uses = {"FACEWARDEN_MODELS": str(models)}
    enrol(home, "missing", *first_photographs(shared, 1), **uses)
    for name, said in (
        ("nowhere", "the card of nowhere is not in"),
        (DEFAULT_EMBEDDER, "serves already"),
        (DEFAULT_DETECTOR, "is no embedder"),
        (TINY, "is not calibrated, so that these watchlists would have no threshold"),
    ):
        done = run(home, models, "re-enrol", "--to", name)
        assert done.returncode != 0
        assert said in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
    with stored(home) as store:
        assert store.re_enrolments.serving() is None


def test_thresholds_of_their_own_are_not_taken_along(
    home: Path, shared: Path, models: Path
) -> None:
    uses = {"FACEWARDEN_MODELS": str(models)}
    enrol(home, "missing", *first_photographs(shared, 1), **uses)
    run(home, models, "watchlists", "set", "missing", "--threshold", "0.4")
    done = run(home, models, "re-enrol", "--to", TINY)
    assert "thresholds that were chosen for the model of now" in done.stderr
    done = run(home, models, "re-enrol", "--to", "never-added")
    assert "the card of never-added is not in" in done.stderr
    assert run(home, models, "re-enrol", "--to", TINY, "--keep-thresholds").returncode == 0


@pytest.fixture
def watches(home: Path, models: Path, tmp_path: Path) -> Iterator[Callable[[Path], WatchProcess]]:
    """Watches by their settings; what is left of them is killed."""
    begun: list[WatchProcess] = []

    def begin(settings: Path) -> WatchProcess:
        log = tmp_path / f"log{len(begun)}"
        made = WatchProcess(home, "--config", settings, log=log, FACEWARDEN_MODELS=str(models))
        begun.append(made)
        return begun[-1]

    yield begin
    for watch in begun:
        if watch.running:
            watch.kill()


def test_a_watch_ends_when_another_model_serves(
    home: Path,
    shared: Path,
    models: Path,
    tmp_path: Path,
    watches: Callable[[Path], WatchProcess],
) -> None:
    uses = {"FACEWARDEN_MODELS": str(models)}
    (photograph,) = first_photographs(shared, 1)
    enrol(home, "missing", photograph, **uses)
    run(home, models, "watchlists", "set", "missing", "--threshold", "0.5")
    camera = {"id": "door", "source": str(folder_camera(tmp_path / "door", [photograph, None]))}
    settings = tmp_path / "facewarden.yaml"
    cameras = [{**camera, "realtime": True, "loop": True}]
    settings.write_text(json.dumps({"cameras": cameras, "decision": {"quiet_period_s": 1}}))
    watch = watches(settings)
    watch.wait_for_cameras(lambda cameras: cameras.keys() == {"door"})
    done = run(home, models, "re-enrol", "--to", TINY, "--keep-thresholds")
    assert done.returncode == 0, done.stderr
    assert watch.wait() == 0
    assert "another model serves" in watch.said()
    again = watches(settings)
    again.wait_until_said("candidate", limit_s=60)
    assert again.stop() == 0
    with stored(home) as store:
        assert store.alerts.page(limit=1)[0].alert.model_id == TINY
