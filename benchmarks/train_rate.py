"""How much of a bare training's speed the laboratory's loop keeps: images a second, side by side.

    python -m benchmarks.train_rate [--backbone NAME] [--batch N] [--steps N] [--rounds N]
        [--device cpu|cuda] [--precision float32|bfloat16|float16] [--threads N]

Both train the same network with ArcFace on drawn noise of 112x112. The bare one has a batch in
memory, forwards, goes backward and takes a step. The loop reads its batches from a memory-mapped
file on the disk, flips and feeds them, watches the loss, writes figures and checkpoints. They take
turns in one process, `rounds` times, in changing order, so that what else the machine does slows
both; the figure is the median of the rounds' ratios. Required is at least 0.9 on a CPU, and 0.5 on
a GPU in mixed precision.
"""

import argparse
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.lib.format import open_memmap
from torch import nn

from facewarden.train.arithmetic import prepare_process
from facewarden.train.backbones.catalogue import BACKBONES, build
from facewarden.train.data.prepared import Prepared
from facewarden.train.distributed import World
from facewarden.train.feed import feed
from facewarden.train.interruption import Interruption
from facewarden.train.learner import TYPES, Learner
from facewarden.train.loop import Loop
from facewarden.train.losses.catalogue import build as build_loss
from facewarden.train.optimiser import make_optimiser
from facewarden.train.place import Place
from facewarden.train.plan import Plan
from facewarden.train.recipe import Recipe
from facewarden.train.run_folder import RunFolder
from facewarden.train.training_data import TrainingData
from facewarden.train.watcher import Unwatched

SIDE_PX = 112
PEOPLE = 100
REQUIRED = {"cpu": 0.9, "cuda": 0.5}


@dataclass(frozen=True, slots=True)
class Moment:
    """Seconds of the clock, and of the processor in all threads of this process."""

    wall: float = 0.0
    processor: float = 0.0


def now() -> Moment:
    return Moment(time.perf_counter(), time.process_time())


@dataclass(frozen=True, slots=True)
class Rates:
    """Images for each second of the clock, and for each of the processor."""

    wall: float
    processor: float


def rates(images: int, began: Moment, ended: Moment) -> Rates:
    return Rates(images / (ended.wall - began.wall), images / (ended.processor - began.processor))


class Clock(Unwatched):
    """Notes when the loop took its first and its last step; the first one warms up."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self.first = self.last = Moment()

    def stepped(self, done: int) -> None:
        if done == 1:
            wait(self._device)
            self.first = now()
        self.last = now()


@dataclass(frozen=True, slots=True)
class Sizes:
    """What is trained, and for how long."""

    batch: int
    steps: int


def wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def drawn_data(folder: Path, count: int) -> TrainingData:
    """Write noise as prepared faces lie on the disk, and map it."""
    random = np.random.default_rng(1)
    images = open_memmap(
        folder / "faces.npy", mode="w+", dtype=np.uint8, shape=(count, SIDE_PX, SIDE_PX, 3)
    )
    for start in range(0, count, 256):
        chunk = images[start : start + 256]
        chunk[:] = random.integers(0, 256, chunk.shape, np.uint8)
    images.flush()
    labels = np.arange(count) % PEOPLE
    prepared = Prepared(
        folder, np.load(folder / "faces.npy", mmap_mode="r"), labels,
        tuple(map(str, range(PEOPLE))), np.full((count, 5, 2), 50, np.float32),
        np.ones(count, np.float32), ("",) * count, {},
    )  # fmt: skip
    none = np.zeros(0, np.int64)
    return TrainingData(prepared, "all", np.arange(count), none, labels, PEOPLE)


def bare_rate(recipe: Recipe, sizes: Sizes, device: torch.device) -> Rates:
    """Return the rates of nothing but forward, backward and step."""
    torch.manual_seed(1)
    layout = torch.channels_last
    network = recipe.network
    net = build(network.backbone, embedding_size=network.embedding_size, input_size=SIDE_PX)
    net.to(device, memory_format=layout).train()  # type: ignore[call-overload]
    loss = build_loss("arcface", {}, classes=PEOPLE, embedding_size=network.embedding_size)
    loss.to(device)
    optimiser = make_optimiser(recipe.optimiser, (net, loss))
    scaler = torch.amp.GradScaler(device.type, enabled=recipe.arithmetic.precision == "float16")
    pixels = torch.randint(0, 256, (sizes.batch, 3, SIDE_PX, SIDE_PX), dtype=torch.uint8)
    faces = feed(pixels.to(device), net.preprocessing, layout)
    labels = (torch.arange(sizes.batch) % PEOPLE).to(device)
    kind = TYPES.get(recipe.arithmetic.precision)
    parameters: list[nn.Parameter] = [*net.parameters(), *loss.parameters()]
    began = Moment()
    for step in range(sizes.steps + 1):
        if step == 1:  # the first one warms up
            wait(device)
            began = now()
        optimiser.zero_grad(set_to_none=True)
        with torch.autocast(device.type, kind, enabled=kind is not None):
            embeddings = net(faces)
        scaler.scale(loss(embeddings.float(), labels)).backward()
        scaler.unscale_(optimiser)
        nn.utils.clip_grad_norm_(parameters, recipe.optimiser.clip_norm)
        scaler.step(optimiser)
        scaler.update()
    wait(device)
    return rates(sizes.steps * sizes.batch, began, now())


def loop_rate(
    recipe: Recipe, data: TrainingData, sizes: Sizes, device: torch.device
) -> tuple[Rates, Rates]:
    """Return the rates of the loop while it steps, and with its last checkpoint."""
    world, clock = World(device), Clock(device)
    with tempfile.TemporaryDirectory(prefix="fw-") as out:
        folder = RunFolder.create(Path(out) / "run", recipe, {})
        learner = Learner(recipe, classes=PEOPLE, input_size=SIDE_PX, world=world)
        loop = Loop(
            folder, data, Plan(recipe, data, world), learner, Place(), world, clock, Interruption()
        )
        loop.run()
        wait(device)
        ended = now()
    images = sizes.steps * sizes.batch
    return rates(images, clock.first, clock.last), rates(images, clock.first, ended)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--backbone", default="mobilefacenet", choices=sorted(BACKBONES))
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--precision", default="float32",
                        choices=["float32", "bfloat16", "float16"])  # fmt: skip
    parser.add_argument("--threads", type=int, default=0)
    given = parser.parse_args()
    device, sizes = torch.device(given.device), Sizes(given.batch, given.steps)
    recipe = Recipe.model_validate({
        "network": {"backbone": given.backbone},
        "loss": {"name": "arcface"},
        "sampler": {"name": "shuffled",
                    "parameters": {"batch_size": sizes.batch, "drop_last": True}},
        "augment": [{"name": "horizontal_flip", "probability": 0.5}],
        "arithmetic": {"precision": given.precision, "threads": given.threads,
                       "deterministic": device.type == "cpu"},
        "epochs": 1,
    })  # fmt: skip
    prepare_process(recipe.arithmetic, device)
    kept: dict[str, list[float]] = {"clock": [], "checkpoint": [], "processor": []}
    with tempfile.TemporaryDirectory(prefix="fw-") as folder:
        data = drawn_data(Path(folder), sizes.batch * (sizes.steps + 1))
        for number in range(given.rounds):
            if number % 2:
                bare = bare_rate(recipe, sizes, device)
                steps, whole = loop_rate(recipe, data, sizes, device)
            else:
                steps, whole = loop_rate(recipe, data, sizes, device)
                bare = bare_rate(recipe, sizes, device)
            kept["clock"].append(steps.wall / bare.wall)
            kept["checkpoint"].append(whole.wall / bare.wall)
            kept["processor"].append(steps.processor / bare.processor)
            print(f"round {number + 1}: bare {bare.wall:.1f} images/s, loop {steps.wall:.1f}; "
                  f"of the processor {bare.processor:.1f} and {steps.processor:.1f}")  # fmt: skip
    print(f"{given.backbone}, batch {sizes.batch}, {given.precision} on {device}, "
          f"{torch.get_num_threads()} threads; the loop keeps of a bare training")  # fmt: skip
    for name, words in (
        ("clock", f"by the clock (required {REQUIRED[device.type]})"),
        ("checkpoint", f"by the clock, with a checkpoint after {sizes.steps + 1} steps"),
        ("processor", "by the processor's time, which a busy machine changes less"),
    ):
        found = kept[name]
        print(f"  {statistics.median(found):.3f} ({min(found):.3f} to {max(found):.3f}) {words}")


if __name__ == "__main__":
    main()
