"""Two processes give the gradients that one gives for the whole batch."""

import itertools
import socket
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.multiprocessing.spawn import spawn

from drawn_faces import drawn_faces
from facewarden.errors import ConfigError
from facewarden.train.backbones.backbone import Backbone
from facewarden.train.data.prepared import Prepared
from facewarden.train.distributed import World, join
from facewarden.train.learner import Learner
from facewarden.train.loader import read
from facewarden.train.plan import Plan
from facewarden.train.training_data import TrainingData
from training import recipe

LOSSES: dict[str, Any] = {
    "arcface": {"name": "arcface", "parameters": {"scale": 16.0, "share": 0.6}},
    "triplets": {"name": "online-triplet", "parameters": {"mining": "all", "margin": 1.0}},
}
CPU = torch.device("cpu")


class Plain(Backbone):
    """Without batch normalisation, whose statistics on the CPU are each process's own."""

    def __init__(self) -> None:
        super().__init__(embedding_size=32, input_size=32, smallest_px=32)
        self.layers = nn.Sequential(
            nn.Conv2d(3, 8, 5, 4), nn.Tanh(), nn.Flatten(), nn.Linear(392, 32)
        )

    def forward(self, faces: Tensor) -> Tensor:
        embedded: Tensor = self.layers(faces)
        return embedded


def gradients(faces: Path, loss: dict[str, Any], world: World) -> dict[str, Tensor]:
    """Take one step of a batch shared among processes; return what it did to each weight."""
    made = recipe(loss=loss, augment=[], optimiser={"name": "sgd", "rate": 1.0, "clip_norm": 0})
    data = TrainingData.of(Prepared.open(faces), made.split)
    learner = Learner(made, classes=data.classes, input_size=32, world=world)
    torch.manual_seed(3)
    learner.backbone = Plain()
    learner.begin_epoch(0)
    rows = next(iter(Plan(made, data, world).of(0, 0)))
    learner.loss_of(read(data, rows), 0).backward()  # type: ignore[no-untyped-call]
    return {
        name: parameter.grad.clone()
        for part in (learner.backbone, learner.loss)
        for name, parameter in part.named_parameters()
        if parameter.grad is not None
    }


def process(rank: int, port: int, faces: Path, out: Path) -> None:
    import os

    torch.set_num_threads(1)
    os.environ |= {"RANK": str(rank), "WORLD_SIZE": "2", "LOCAL_RANK": str(rank),
                   "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}  # fmt: skip
    world = join("cpu")
    try:
        assert world.any(rank == 1)
        assert not world.any(here=False)
        assert world.told(f"of {rank}") == "of 0"
        for name, loss in LOSSES.items():
            torch.save(gradients(faces, loss, world), out / f"{name}-{rank}.pt")
    finally:
        world.close()
    # Threads of the group that outlive it can abort the process while Python is being torn down.
    threads = {comm.read_text().strip() for comm in Path("/proc/self/task").glob("*/comm")}
    assert not {name for name in threads if "gloo" in name}


def test_two_processes_are_one(tmp_path: Path) -> None:
    faces = drawn_faces(tmp_path / "faces")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    spawn(process, (port, faces, tmp_path), 2)  # type: ignore[no-untyped-call]
    for name, loss in LOSSES.items():
        alone = gradients(faces, loss, World(CPU))
        assert len(alone) >= 4
        for rank in (0, 1):
            found = torch.load(tmp_path / f"{name}-{rank}.pt", weights_only=True)
            # DistributedDataParallel's names begin with those of the network it wraps.
            assert found.keys() == alone.keys()
            for key, gradient in alone.items():
                torch.testing.assert_close(found[key], gradient, rtol=1e-4, atol=1e-6)
            assert all(gradient.abs().max() > 0 for gradient in alone.values())


def test_every_face_is_in_one_share(tmp_path: Path) -> None:
    data = TrainingData.of(Prepared.open(drawn_faces(tmp_path / "faces")), "images-70-15-15")
    made = recipe()
    whole = list(Plan(made, data, World(CPU)).of(3, 1))
    shares = [list(Plan(made, data, World(CPU, rank, 3)).of(3, 1)) for rank in range(3)]
    for place, rows in enumerate(whole):
        parts = [shares[rank][place] for rank in range(3)]
        assert len({len(part) for part in parts}) == 1
        assert sorted(itertools.chain.from_iterable(parts)) == sorted(rows[: len(rows) // 3 * 3])


def test_a_batch_too_small_to_share_is_refused(tmp_path: Path) -> None:
    data = TrainingData.of(Prepared.open(drawn_faces(tmp_path / "faces")), "images-70-15-15")
    with pytest.raises(ConfigError, match="a batch is too small"):
        Plan(recipe(), data, World(CPU, 0, 5))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_one_is_refused() -> None:
    with pytest.raises(ConfigError, match="too few GPUs"):
        join("cuda")
