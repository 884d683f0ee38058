"""The loop: steps, figures, checkpoints, judgements, until the recipe is done."""

import itertools
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum

import torch
from torch import Tensor

from facewarden.errors import DataError, TrainingDiverged
from facewarden.train.checkpoint import save
from facewarden.train.distributed import World
from facewarden.train.divergence import Divergence
from facewarden.train.interruption import Interruption
from facewarden.train.learner import Learner
from facewarden.train.loader import Batch, batches
from facewarden.train.metrics_log import TRAIN, VALIDATION, Entry, MetricsLog, read_metrics
from facewarden.train.place import Place
from facewarden.train.plan import Plan
from facewarden.train.run_folder import RunFolder
from facewarden.train.schedule import rate_factor
from facewarden.train.training_data import TrainingData
from facewarden.train.validation import Validator
from facewarden.train.watcher import Watcher


class Ended(StrEnum):
    """Why a training ended."""

    DONE = "done"
    EARLY = "early"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a training ended, and where."""

    ended: Ended
    place: Place
    best_by: str


class Loop:
    """Trains until the recipe is done, a signal comes, or nothing gets better.

    Args:
        folder: of the run.
        data: what is trained on and judged by.
        plan: its batches.
        learner: what learns, at `place`.
        place: where it stands.
        world: device and processes.
        watcher: is told.
        asked: whether to stop.
    """

    def __init__(
        self,
        folder: RunFolder,
        data: TrainingData,
        plan: Plan,
        learner: Learner,
        place: Place,
        world: World,
        watcher: Watcher,
        asked: Interruption,
    ) -> None:
        self._folder, self._recipe, self._data = folder, folder.recipe, data
        self._learner, self._place, self._world = learner, place, world
        self._watcher, self._asked = watcher, asked
        self._plan = plan
        validation = self._recipe.validation
        self._validator = Validator(
            data, validation, self._recipe.seed, world.device,
            learner.augment if validation.changed else None,
        )  # fmt: skip
        self._best_by = self._validator.best_by
        self._divergence = Divergence(self._recipe.divergence, place.first_loss)
        self._losses: list[Tensor] = []
        self._norm = torch.zeros(())
        self._images = 0
        self._clock = time.perf_counter()
        self._log: MetricsLog | None = None

    def run(self) -> Outcome:
        """Train.

        Raises:
            TrainingDiverged: the loss is no number, or grew too much.
            StoreFull: no room for a checkpoint; the one before is whole.
        """
        if self._world.leads:
            self._log = MetricsLog(
                self._folder.metrics, self._folder.folder / "tensorboard",
                _kept(self._folder, self._place), self._place.step,
            )  # fmt: skip
        self._watcher.began(self._plan.steps * self._recipe.epochs, self._place.step)
        try:
            ended = self._run()
        finally:
            if self._log:
                self._log.close()
        return Outcome(ended, self._place, self._best_by)

    def _run(self) -> Ended:
        place = self._place
        while True:
            if place.due:
                # Judged first: from ruined weights nothing can go on.
                self._judge()
                self._save()
            patience = self._recipe.validation.patience
            if patience and place.stale >= patience:
                return Ended.EARLY
            if place.epoch >= self._recipe.epochs:
                return Ended.DONE
            if self._world.any(bool(self._asked)) or not self._epoch():
                self._save()
                return Ended.INTERRUPTED

    def _epoch(self) -> bool:
        """Go through the rest of an epoch; tell whether it came to its end."""
        place, recipe = self._place, self._recipe
        self._learner.begin_epoch(place.epoch)
        rows = self._plan.of(place.epoch, place.batch)
        self._clock = time.perf_counter()
        with closing(_together(self._data, rows, self._world, recipe.optimiser.accumulate)) as all_:
            for taken in all_:
                self._step(taken)
                if place.step % recipe.checkpoint_steps == 0:
                    self._save()
                if self._world.any(bool(self._asked)):
                    return False
        place.epoch, place.batch = place.epoch + 1, 0
        last = place.epoch == recipe.epochs
        place.due = bool(last or place.epoch % recipe.validation.every_epochs == 0)
        if not place.due:
            self._save()
        return True

    def _step(self, taken: list[Batch]) -> None:
        place, recipe = self._place, self._recipe
        factor = rate_factor(recipe.schedule, place.step, self._plan.steps, recipe.epochs)
        self._rate = recipe.optimiser.rate * factor * place.rate_scale
        loss, self._norm = self._learner.step(taken, self._rate, place.step)
        self._losses.append(loss)
        self._images += sum(map(len, taken)) * self._world.size
        place.step += 1
        place.batch += len(taken)
        self._watcher.stepped(place.step)
        if place.step % recipe.log_steps == 0:
            self._tell()

    def _tell(self) -> None:
        """Write the mean of what came since the last line; the only wait for a GPU."""
        if not self._losses:
            return
        place = self._place
        loss = float(torch.stack(self._losses).mean().item())
        took = time.perf_counter() - self._clock
        place.seconds += took
        entry = Entry(
            TRAIN, place.step, place.step / self._plan.steps,
            {"loss": loss, "rate": self._rate, "gradient_norm": float(self._norm.item()),
             "images_per_s": self._images / took, "seconds": place.seconds},
        )  # fmt: skip
        self._losses, self._images = [], 0
        self._write(entry)
        self._check(loss)
        place.first_loss = self._divergence.first
        self._clock = time.perf_counter()

    def _check(self, loss: float) -> None:
        expected, found = self._divergence.wrong_with(loss)
        if found:
            raise self._diverged(expected, found)

    def _diverged(self, expected: str, found: str) -> TrainingDiverged:
        place, folder = self._place, self._folder
        kept = f"best.pt is of step {place.best_step}" if place.has_best else "there is no best.pt"
        start = " --from best" if place.has_best else ""
        remedy = (
            f"go on more slowly: {folder.go_on}{start} --slower 0.1"
            if place.has_best or folder.last.exists()
            else "start again with a lower optimiser.rate or a longer schedule.warmup_epochs"
        )
        error = TrainingDiverged(
            f"the training diverged at step {place.step} ({kept})",
            expected=expected, found=found, remedy=remedy,
        )  # fmt: skip
        if self._world.leads:
            folder.log(str(error))
        return error

    def _judge(self) -> None:
        """Judge the weights, and keep them if they are the best so far."""
        place = self._place
        self._tell()
        place.due = False
        if not self._best_by:
            return
        figures: dict[str, float] | None = None
        if self._world.leads:
            try:
                figures = self._validator.judge(self._learner.judged).figures()
            except DataError as error:
                raise self._diverged(error.expected, error.found) from None
        figures = self._world.told(figures)
        assert figures is not None  # noqa: S101  process 0 has told them
        found = figures[self._best_by]
        better = found > place.best
        place.stale = 0 if better else place.stale + 1
        if better:
            place.best, place.best_step = found, place.step
            self._save(best=True)
        known = {name: value for name, value in figures.items() if value == value}  # noqa: PLR0124
        entry = Entry(VALIDATION, place.step, place.step / self._plan.steps, known)
        self._write(entry, best=better)

    def _save(self, *, best: bool = False) -> None:
        """Write a checkpoint of weights whose loss was looked at."""
        self._tell()
        if not self._world.leads:
            return
        path = self._folder.best if best else self._folder.last
        state = {"place": self._place.state(), **self._learner.state()}
        remedy = (
            f"{self._folder.go_on}; {self._folder.last.name} is as it was, whole"
            if self._folder.last.exists()
            else "start again in another folder: nothing is kept yet to go on from"
        )
        save(path, state, remedy=f"free some space, then {remedy}")
        self._clock = time.perf_counter()

    def _write(self, entry: Entry, *, best: bool = False) -> None:
        if self._log:
            self._log.add(entry)
        self._watcher.logged(entry, best=best)


def _together(
    data: TrainingData, rows: Iterator[list[int]], world: World, count: int
) -> Generator[list[Batch], None, None]:
    """Yield the batches of each step; fewer at the end of the epoch."""
    with closing(batches(data, rows, world.device)) as source:
        while taken := list(itertools.islice(source, count)):
            yield taken


def _kept(folder: RunFolder, place: Place) -> list[Entry]:
    """Return the lines that came before a place."""
    if not folder.metrics.exists():
        return []
    return [
        entry
        for entry in read_metrics(folder.metrics)
        if entry.step < place.step
        or (entry.step == place.step and not (place.due and entry.part == VALIDATION))
    ]
