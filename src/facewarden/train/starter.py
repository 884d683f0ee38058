"""Begin a run, or go on with one."""

import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch

from facewarden import __version__
from facewarden.errors import InputError
from facewarden.train.arithmetic import prepare_process
from facewarden.train.capacity import require_room
from facewarden.train.checkpoint import load, save
from facewarden.train.data.prepared import Prepared
from facewarden.train.distributed import World
from facewarden.train.interruption import Interruption
from facewarden.train.learner import Learner
from facewarden.train.loader import Batch, read
from facewarden.train.loop import Loop, Outcome
from facewarden.train.place import Place
from facewarden.train.plan import Plan
from facewarden.train.recipe import Recipe
from facewarden.train.run_folder import RunFolder
from facewarden.train.teacher import applied_card, taught, teach
from facewarden.train.training_data import TrainingData
from facewarden.train.watcher import Watcher

Say = Callable[[str], None]

SETTLING, SETTLING_AT_ONCE = 512, 64
"""Faces that folded normalisations settle on: their statistics come from 6.4 million pixels in the
first layer, 25,000 in the last."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a run runs in.

    Attributes:
        world: device and processes.
        watcher: is told of steps and figures.
        asked: whether to stop.
        say: takes a sentence for the user.
        command: as it was typed.
    """

    world: World
    watcher: Watcher
    asked: Interruption
    say: Say
    command: str


def begin(recipe: Recipe, prepared: Path, out: Path, around: Surroundings) -> Outcome:
    """Train from the first step.

    Raises:
        FacewardenError: data, recipe or folder do not serve, or the training went wrong.
    """
    world = around.world
    prepare_process(recipe.arithmetic, world.device)
    data = taught(
        TrainingData.of(Prepared.open(prepared), recipe.split, footage=recipe.footage), recipe
    )
    plan = Plan(recipe, data, world)
    require_room(recipe, data.classes, plan.batch_size, world.device)
    learner = Learner(
        recipe, classes=data.classes, input_size=data.prepared.size_px, world=world,
        faces=_settling(data),
    )  # fmt: skip
    teach(learner.loss, data, recipe, world.device)
    about = _about(recipe, data, world, around.command) if world.leads else {}
    folder = _agreed(recipe, out, about, world)
    if learner.started and world.leads:
        save(folder.first, {"backbone": learner.backbone.state_dict()})
    _introduce(folder, data, learner, around)
    # What a network knew before it was trained further is what it must beat.
    start = Place(due=bool(recipe.network.warm_start))
    return _go(folder, data, plan, learner, start, around)


def go_on(
    out: Path,
    around: Surroundings,
    *,
    start: Literal["last", "best"] = "last",
    slower: float = 1.0,
    prepared: Path | None = None,
) -> Outcome:
    """Go on with a run from its last or best checkpoint.

    Args:
        slower: what the learning rate is multiplied by from now on.
        prepared: where the data lie now; None where they lay.

    Raises:
        FacewardenError: the run, its data or its checkpoint do not serve.
    """
    world = around.world
    folder = RunFolder.open(out)
    recipe = folder.recipe
    threads = int(folder.about["threads"])
    prepare_process(recipe.arithmetic, world.device, threads=threads)
    data = TrainingData.of(
        Prepared.open(prepared or Path(folder.about["data"])), recipe.split, footage=recipe.footage
    )
    for name, found in _fingerprints(data).items():
        if found != folder.about[name]:
            raise InputError(
                f"the data in {data.prepared.folder} are not those that the run began with",
                expected=folder.about[name],
                found=found,
                remedy="--data FOLDER, or start a run of its own",
            )
    path = folder.best if start == "best" else folder.last
    if not path.exists():
        raise InputError(
            f"there is no checkpoint {path}",
            remedy="the run ended before its first one: start it again in another folder",
        )
    state = load(path)
    data = taught(data, recipe)
    learner = Learner(
        recipe.model_copy(
            update={"network": recipe.network.model_copy(update={"warm_start": ""})}
        ),
        classes=data.classes, input_size=data.prepared.size_px, world=world,
    )  # fmt: skip
    teach(learner.loss, data, recipe, world.device)
    learner.restore(state)
    place = Place(**state["place"])
    place.rate_scale *= slower
    for told in _differences(folder.about, world):
        around.say(told)
    words = f"goes on from {path.name}, step {place.step}, rate scaled by {place.rate_scale:g}"
    if world.leads:
        folder.log(words)
    around.say(words)
    plan = Plan(recipe, data, world)
    return _go(folder, data, plan, learner, place, around)


def _fingerprints(data: TrainingData) -> dict[str, str]:
    """Return what tells whether data are those of a run, by the names of run.json."""
    found = {"data_fingerprint": data.prepared.fingerprint}
    return found if data.looks is None else {**found, "footage_fingerprint": data.looks.fingerprint}


def _settling(data: TrainingData) -> Iterator[Batch]:
    """Yield training faces, evenly from all."""
    rows = data.photographs[:: -(-len(data.photographs) // SETTLING)]
    for start in range(0, len(rows), SETTLING_AT_ONCE):
        yield read(data, rows[start : start + SETTLING_AT_ONCE].tolist())


def _agreed(recipe: Recipe, out: Path, about: dict[str, Any], world: World) -> RunFolder:
    """Make the folder in one process; the others open it."""
    problem: Exception | None = None
    if world.leads:
        try:
            RunFolder.create(out, recipe, about)
        except Exception as error:  # noqa: BLE001  the others wait for the answer
            problem = error
    problem = world.told(problem)
    if problem is not None:
        raise problem
    return RunFolder.open(out)


def _introduce(
    folder: RunFolder, data: TrainingData, learner: Learner, around: Surroundings
) -> None:
    beside = len(data.train) - len(data.photographs)
    looks = f" and {beside:,} poor looks" if beside else ""
    words = (
        f"{len(data.photographs):,} faces{looks} of {data.classes:,} people to train on, "
        f"{len(data.validation):,} to be judged by; {folder.recipe.network.backbone} with "
        f"{folder.recipe.loss.name} on {around.world.device}"
    )
    said = [words]
    if learner.started:
        said.append(f"starts from {learner.started}")
    if data.most_of_one < 2:
        said.append(
            "nobody has two training faces: what one person's faces have in common cannot be learnt"
        )
    if learner.loss.needs_pairs and folder.recipe.sampler.name != "p-k":
        said.append(
            f"the loss {folder.recipe.loss.name} learns from pairs of one person in a batch: "
            "the sampler p-k gives it some"
        )
    for line in said:
        if around.world.leads:
            folder.log(line)
        around.say(line)


def _go(
    folder: RunFolder,
    data: TrainingData,
    plan: Plan,
    learner: Learner,
    place: Place,
    around: Surroundings,
) -> Outcome:
    loop = Loop(folder, data, plan, learner, place, around.world, around.watcher, around.asked)
    outcome = loop.run()
    if around.world.leads:
        folder.log(f"{outcome.ended} at step {outcome.place.step}")
    return outcome


def _about(recipe: Recipe, data: TrainingData, world: World, command: str) -> dict[str, Any]:
    card = applied_card(recipe)
    return {
        "template": card.template.model_dump(mode="json") if card and card.template else None,
        "compares_with": card.model_id if card else None,
        "data": str(data.prepared.folder.absolute()),
        **_fingerprints(data),
        "split": recipe.split,
        "size_px": data.prepared.size_px,
        "train_faces": len(data.photographs),
        "train_looks": len(data.train) - len(data.photographs),
        "validation_faces": len(data.validation),
        "classes": data.classes,
        "seed": recipe.seed,
        "command": command,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "device": str(world.device),
        "threads": torch.get_num_threads(),
        "processes": world.size,
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    """Return the versions that a run depends on."""
    return {
        "facewarden": __version__,
        "torch": torch.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
    }


def _differences(about: dict[str, Any], world: World) -> list[str]:
    """Say what keeps a resumed run from giving the same weights as one that was not stopped."""
    now = {
        **versions(), "device": world.device.type, "processes": str(world.size),
        "threads": str(torch.get_num_threads()),
    }  # fmt: skip
    then = {
        **about["versions"], "device": torch.device(about["device"]).type,
        "processes": str(about["processes"]), "threads": str(about["threads"]),
    }  # fmt: skip
    return [
        f"{name} was {then[name]} and is {now[name]}: the weights will differ in their last digits"
        for name in then
        if then[name] != now.get(name)
    ]
