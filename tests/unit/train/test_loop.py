"""A training learns, can be stopped anywhere, and goes on as if it had not been."""

import errno
import os
from pathlib import Path

import pytest
import torch

from drawn_faces import drawn_faces
from facewarden.errors import InputError, StoreFull, TrainingDiverged
from facewarden.train.loop import Ended
from facewarden.train.metrics_log import TRAIN, VALIDATION, Entry, read_metrics
from facewarden.train.run_folder import RunFolder
from facewarden.train.starter import begin, go_on
from training import StopsAt, Told, around, recipe, same


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return drawn_faces(tmp_path_factory.mktemp("drawn") / "faces")


def test_the_loss_falls_and_people_are_recognised(faces: Path, tmp_path: Path) -> None:
    told = Told()
    outcome = begin(recipe(epochs=10), faces, tmp_path / "run", around(told=told))
    entries = read_metrics(tmp_path / "run" / "metrics.csv")
    losses = [entry.figures["loss"] for entry in entries if entry.part == TRAIN]
    assert sum(losses[-4:]) < 0.6 * sum(losses[:4])
    judged = [entry.figures["rank1"] for entry in entries if entry.part == VALIDATION]
    assert len(judged) == 10
    assert outcome.best_by == "rank1"
    assert outcome.place.best == pytest.approx(max(judged), abs=1e-5)
    # Of eight people chance finds one in eight.
    assert outcome.place.best >= 0.5
    assert (tmp_path / "run" / "best.pt").exists()
    assert list((tmp_path / "run" / "tensorboard").iterdir())
    assert "34 faces of 8 people to train on" in told.said[0]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"optimiser": {"name": "adamw", "rate": 1e-3, "accumulate": 2},
         "averaging": {"decay": 0.99}},
        {"optimiser": {"name": "sgd", "rate": 0.02, "nesterov": True},
         "schedule": {"name": "step", "milestones": [0.5]},
         "loss": {"name": "arcface", "parameters": {"share": 0.5}},
         "augment": [{"name": "gaussian_noise", "probability": 0.7},
                     {"name": "rotation", "probability": 0.5}]},
        {"loss": {"name": "online-triplet", "parameters": {"mining": "semi-hard"}},
         "sampler": {"name": "p-k", "parameters": {"people": 4, "pictures": 2}},
         "arithmetic": {"threads": 1, "precision": "bfloat16", "channels_last": False}},
    ],
    ids=["sgd", "accumulated and averaged", "partial classes, noise", "triplets in bfloat16"],
)  # fmt: skip
@pytest.mark.parametrize("step", [1, 3, 4])
def test_stopped_and_resumed_gives_the_same_bits(
    faces: Path, tmp_path: Path, changes: dict[str, object], step: int
) -> None:
    whole, parted = tmp_path / "whole", tmp_path / "parted"
    made = recipe(**changes)
    begin(made, faces, whole, around())
    stopper = StopsAt(step)
    outcome = begin(made, faces, parted, around(watcher=stopper, asked=stopper.asked))
    assert outcome.ended == Ended.INTERRUPTED
    assert outcome.place.step == step
    # What the process drew in between must not matter.
    torch.rand(17)
    assert go_on(parted, around()).ended == Ended.DONE
    assert same(whole / "last.pt", parted / "last.pt")
    assert same(whole / "best.pt", parted / "best.pt")

    def figures(folder: Path) -> list[Entry]:
        return [e for e in read_metrics(folder / "metrics.csv") if e.part == VALIDATION]

    assert figures(whole) == figures(parted)


def test_another_seed_gives_other_weights(faces: Path, tmp_path: Path) -> None:
    for seed in (1, 2):
        begin(recipe(seed=seed, epochs=1), faces, tmp_path / str(seed), around())
    assert not same(tmp_path / "1" / "last.pt", tmp_path / "2" / "last.pt")


def test_a_rate_that_diverges_stops_and_keeps_the_best(faces: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    wild = recipe(
        epochs=100,
        loss={"name": "softmax"},
        optimiser={"name": "sgd", "rate": 4, "clip_norm": 0},
        schedule={"name": "constant", "warmup_epochs": 100},
    )
    with pytest.raises(TrainingDiverged) as refused:
        begin(wild, faces, run, around())
    assert "train resume" in str(refused.value)
    assert "--slower 0.1" in str(refused.value)
    state = torch.load(run / "best.pt", weights_only=True)
    assert all(value.isfinite().all() for value in state["backbone"].values())
    # Slowly enough it goes on from there.
    stopper = StopsAt(state["place"]["step"] + 2)
    outcome = go_on(run, around(watcher=stopper, asked=stopper.asked), start="best", slower=1e-6)
    assert outcome.ended == Ended.INTERRUPTED
    assert outcome.place.rate_scale == pytest.approx(1e-6)


def test_ruined_weights_never_replace_the_checkpoint_to_go_on_from(
    faces: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    stopper = StopsAt(3)
    begin(recipe(), faces, run, around(watcher=stopper, asked=stopper.asked))
    before = (run / "last.pt").read_bytes()
    # The fourth step ends the epoch: its loss is of sound weights, the judgement of ruined ones.
    with pytest.raises(TrainingDiverged, match="diverged at step 4") as refused:
        go_on(run, around(), slower=1e25)
    assert f"train resume {run} --slower 0.1" in str(refused.value)
    assert (run / "last.pt").read_bytes() == before
    assert go_on(run, around(), slower=0.1).ended == Ended.DONE


def test_diverged_before_any_checkpoint_it_says_to_start_again(faces: Path, tmp_path: Path) -> None:
    sampler = {"name": "shuffled", "parameters": {"batch_size": 32, "drop_last": True}}
    wild = recipe(sampler=sampler, optimiser={"name": "adam", "rate": 1e6})
    with pytest.raises(TrainingDiverged, match="diverged at step 1") as refused:
        begin(wild, faces, tmp_path / "run", around())
    assert "start again with a lower optimiser.rate" in str(refused.value)
    assert not (tmp_path / "run" / "last.pt").exists()


def test_a_full_disk_before_any_checkpoint_says_to_start_again(
    faces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"

    def full(handle: int) -> None:
        if (run / ".best.pt.new").exists() or (run / ".last.pt.new").exists():
            raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreFull, match="start again in another folder") as refused:
        begin(recipe(epochs=1), faces, run, around())
    assert "train resume" not in str(refused.value)


def test_nothing_better_ends_the_run_early(faces: Path, tmp_path: Path) -> None:
    slow = recipe(epochs=30, optimiser={"name": "sgd", "rate": 1e-9}, validation={"patience": 2})
    outcome = begin(slow, faces, tmp_path / "run", around())
    assert outcome.ended == Ended.EARLY
    assert outcome.place.epoch < 30
    assert outcome.place.epoch == outcome.place.best_step // 4 + 2


def test_subjects_never_seen_are_verified(tmp_path: Path) -> None:
    faces = drawn_faces(tmp_path / "faces", people=14, pictures=4)
    begin(recipe(split="subjects-70-15-15", epochs=1), faces, tmp_path / "run", around())
    (entry,) = [e for e in read_metrics(tmp_path / "run" / "metrics.csv") if e.part == VALIDATION]
    assert "auc" in entry.figures
    assert "rank1" not in entry.figures


def test_frozen_layers_stay_and_thaw(faces: Path, tmp_path: Path) -> None:
    network = {"backbone": "mobilefacenet", "embedding_size": 16,
               "frozen": ["first", "depthwise"], "frozen_epochs": 1}  # fmt: skip
    states = []
    for epochs in (1, 2):
        run = tmp_path / str(epochs)
        begin(
            recipe(network=network, epochs=epochs, schedule={"name": "constant"}),
            faces, run, around(),
        )  # fmt: skip
        states.append(torch.load(run / "last.pt", weights_only=True)["backbone"])
    fresh = recipe(network=network, epochs=1, optimiser={"name": "sgd", "rate": 1e-30,
                                                         "weight_decay": 0})  # fmt: skip
    begin(fresh, faces, tmp_path / "fresh", around())
    first = torch.load(tmp_path / "fresh" / "last.pt", weights_only=True)["backbone"]
    frozen = [name for name in first if name.startswith(("first.", "depthwise."))]
    assert frozen
    assert all(torch.equal(first[name], states[0][name]) for name in frozen)
    assert not any(
        torch.equal(first[name], states[1][name]) for name in frozen if name.endswith("weight")
    )
    moved = [name for name in first if name.startswith("bottlenecks.0")]
    assert not all(torch.equal(first[name], states[0][name]) for name in moved)


def test_a_run_of_other_data_is_refused(faces: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    begin(recipe(epochs=1), faces, run, around())
    other = drawn_faces(tmp_path / "other", seed=1)
    with pytest.raises(InputError, match="not those that the run began with"):
        go_on(run, around(), prepared=other)


def test_the_network_of_a_run_is_the_mean_where_one_is_kept(faces: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    begin(recipe(averaging={"decay": 0.9}), faces, run, around())
    state = torch.load(run / "last.pt", weights_only=True)
    net = RunFolder.open(run).backbone("last")
    assert not net.training
    found = net.state_dict()
    assert all(torch.equal(found[name], value) for name, value in state["average"].items())
    assert any(not torch.equal(found[n], v) for n, v in state["backbone"].items())
