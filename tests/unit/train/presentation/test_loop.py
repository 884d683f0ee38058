"""A small network learns, the same again by the same seed, and goes on where it was killed."""

import csv
import json
import signal
from pathlib import Path

import numpy as np
import pytest
import torch

from facewarden.errors import ConfigError, InputError, TrainingDiverged
from facewarden.train.interruption import Interruption
from facewarden.train.losses.catalogue import LOSSES
from facewarden.train.metrics_log import TRAIN, Entry, read_metrics
from facewarden.train.presentation.clip_run import ClipRun
from facewarden.train.presentation.loop import ClipTraining, Ended
from facewarden.train.presentation.prepared_clips import PreparedClips
from facewarden.train.presentation.recipe import ClipRecipe
from facewarden.train.watcher import Unwatched
from unit.train.presentation.looks import recipe, written

CLIP_LOSSES = (
    "softmax", "contrastive", "online-triplet", "arcface", "cosface", "sphereface",
    "arcface+triplet", "arcface+contrastive",
)  # fmt: skip


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> PreparedClips:
    return written(tmp_path_factory.mktemp("clips"))


def training(folder: Path, clips: PreparedClips, wanted: ClipRecipe) -> ClipTraining:
    run = ClipRun.create(folder, wanted, {"clips": str(clips.folder)})
    return ClipTraining(run, clips, Unwatched(), Interruption())


def test_the_loss_falls_and_unseen_people_are_told_apart(
    clips: PreparedClips, tmp_path: Path
) -> None:
    wanted = recipe(epochs=4, sampling={"batch_size": 16, "clips_per_epoch": 160, "zoom": 0})
    ended, figures = training(tmp_path / "run", clips, wanted).train()
    assert ended is Ended.DONE
    run = ClipRun.open(tmp_path / "run")
    losses = [entry.figures["loss"] for entry in read_metrics(run.metrics) if entry.part == TRAIN]
    assert losses[-1] < losses[0] / 2
    assert figures is not None
    assert figures.deer.value <= 0.2
    told = json.loads(run.results.read_text())
    assert told["test"]["acer"][0] == pytest.approx(figures.acer.value)
    assert told["people"] == {"train": 3, "development": 1, "test": 2}
    with (run.folder / "scores.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["part"] == "test"]
    assert len(rows) == 18
    mean = {kind: np.mean([float(r["live"]) for r in rows if bool(r["species"]) == kind])
            for kind in (False, True)}  # fmt: skip
    assert mean[False] > mean[True]


@pytest.mark.parametrize("loss", CLIP_LOSSES)
def test_each_loss_trains(loss: str, clips: PreparedClips, tmp_path: Path) -> None:
    assert loss in LOSSES
    wanted = recipe(loss={"name": loss}, epochs=1, sampling={"batch_size": 8, "clips_per_epoch": 8})
    ended, figures = training(tmp_path / "run", clips, wanted).train()
    assert ended is Ended.DONE
    assert figures is not None
    live = ClipRun.open(tmp_path / "run").score()
    assert ((live(torch.randn(5, 16)) - 0.5).abs() <= 0.5).all()


class Stopping:
    """Asks to stop at a step, as a signal would."""

    def __init__(self, asked: Interruption, at: int) -> None:
        self._asked, self._at = asked, at

    def began(self, total: int, done: int) -> None: ...

    def stepped(self, done: int) -> None:
        if done == self._at:
            self._asked.ask(signal.SIGTERM, None)

    def logged(self, entry: Entry, *, best: bool = False) -> None: ...


def test_a_stopped_run_goes_on_to_the_same_weights(clips: PreparedClips, tmp_path: Path) -> None:
    wanted = recipe()
    whole = training(tmp_path / "whole", clips, wanted)
    whole.train()
    run = ClipRun.create(tmp_path / "parts", wanted, {})
    asked = Interruption()
    stopped = ClipTraining(run, clips, Stopping(asked, at=whole.steps + 1), asked)
    assert stopped.train() == (Ended.INTERRUPTED, None)
    again = ClipTraining(ClipRun.open(run.folder), clips, Unwatched(), Interruption())
    assert again.place.epoch == 1
    assert again.train()[0] is Ended.DONE
    for name, value in whole.net.state_dict().items():
        assert torch.equal(value, again.net.state_dict()[name]), name
    one, other = (ClipRun.open(tmp_path / name) for name in ("whole", "parts"))
    same = ("scores.csv",)
    assert [(one.folder / n).read_bytes() for n in same] == [
        (other.folder / n).read_bytes() for n in same
    ]
    assert [e.step for e in read_metrics(one.metrics)] == [
        e.step for e in read_metrics(other.metrics)
    ]


def test_another_seed_gives_other_weights(clips: PreparedClips, tmp_path: Path) -> None:
    short = {"epochs": 1, "sampling": {"batch_size": 8, "clips_per_epoch": 8}}
    one = training(tmp_path / "one", clips, recipe(**short, seed=1))
    other = training(tmp_path / "other", clips, recipe(**short, seed=2))
    first, second = (next(it.net.parameters()) for it in (one, other))
    assert not torch.equal(first, second)
    assert np.array_equal(one.parts.test, other.parts.test)


def test_it_ends_when_nothing_gets_better(clips: PreparedClips, tmp_path: Path) -> None:
    still = recipe(
        optimiser={"name": "sgd", "rate": 1e-9}, epochs=50, patience=2,
        sampling={"batch_size": 8, "clips_per_epoch": 8},
    )  # fmt: skip
    assert training(tmp_path / "run", clips, still).train()[0] is Ended.EARLY


def test_a_loss_that_is_no_number_ends_it(clips: PreparedClips, tmp_path: Path) -> None:
    wild = recipe(optimiser={"name": "sgd", "rate": 1e6, "clip_norm": 0},
                  loss={"name": "softmax"})  # fmt: skip
    with pytest.raises(TrainingDiverged, match="diverged in epoch"):
        training(tmp_path / "run", clips, wild).train()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"split": {"leave_out": ["mask"]}}, "no attack of the species mask"),
        ({"split": {"folds": 9}}, "too few people"),
        ({"split": {"by": "part"}}, "the part train .* has no attacks"),
        ({"network": {"name": "mobile", "input_size": 128}}, "larger than the prepared looks"),
        ({"augment": [{"name": "mask", "probability": 1}]}, "needs landmarks"),
        ({"loss": {"name": "arcfase"}}, "no such loss"),
    ],
)
def test_what_does_not_fit_is_refused_before_the_first_step(
    changes: dict[str, object], told: str, clips: PreparedClips, tmp_path: Path
) -> None:
    with pytest.raises((ConfigError, InputError), match=told):
        training(tmp_path / "run", clips, recipe(**changes))


def test_a_checkpoint_of_another_recipe_is_refused(clips: PreparedClips, tmp_path: Path) -> None:
    short = recipe(epochs=1, sampling={"batch_size": 8, "clips_per_epoch": 8})
    training(tmp_path / "run", clips, short).train()
    text = (tmp_path / "run" / "recipe.yaml").read_text()
    (tmp_path / "run" / "recipe.yaml").write_text(text.replace("width: 8", "width: 16"))
    with pytest.raises(InputError, match="does not fit its recipe"):
        ClipTraining(ClipRun.open(tmp_path / "run"), clips, Unwatched(), Interruption())


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no run of a clip network"):
        ClipRun.open(tmp_path)
