"""The training of a clip network, on one page."""

import itertools
import time
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from facewarden.data import Int64
from facewarden.errors import InputError, TrainingDiverged
from facewarden.evaluate.presentation import PresentationFigures
from facewarden.train.arithmetic import prepare_process
from facewarden.train.checkpoint import load, save
from facewarden.train.divergence import Divergence
from facewarden.train.interruption import Interruption
from facewarden.train.learner import TYPES
from facewarden.train.losses.catalogue import build as build_loss
from facewarden.train.metrics_log import TRAIN, VALIDATION, Entry, MetricsLog, read_metrics
from facewarden.train.optimiser import make_optimiser, set_rate
from facewarden.train.presentation.clip_batches import ClipBatches
from facewarden.train.presentation.clip_run import (
    ClipRun,
    build_network,
    give_surface,
    score_state,
)
from facewarden.train.presentation.fresh_statistics import count_anew
from facewarden.train.presentation.judging import (
    Embedded,
    embedded,
    presentations,
    write_results,
)
from facewarden.train.presentation.live_score import (
    ATTACK,
    BONA_FIDE,
    LiveScore,
    calibrated,
    score_of,
)
from facewarden.train.presentation.prepared_clips import PreparedClips
from facewarden.train.presentation.sampling import ClipSampler
from facewarden.train.presentation.split import split
from facewarden.train.schedule import rate_factor
from facewarden.train.seeds import Purpose, seed_of
from facewarden.train.watcher import Watcher

SPLIT_SEED = 20261122
"""Of the order of people. Not the recipe's: runs of several seeds are judged by the same folds."""
COUNTED = 8
"""Batches that running statistics are counted over before a judgement."""
REPRESENTED = 200
"""Bona fide training clips, at most, whose mean is the representative of a loss without centres."""


class Ended(StrEnum):
    """Why a training ended."""

    DONE = "done"
    EARLY = "early"
    INTERRUPTED = "interrupted"


@dataclass(slots=True)
class ClipPlace:
    """Counts that go on after a resume.

    Attributes:
        epoch: epochs finished.
        best: area under the ROC of the development people, and between equal ones how many
            deviations both kinds are apart; below 0 before the first.
        best_epoch: after which that was.
        first_loss: mean loss of the first epoch.
        seconds: time spent on steps.
    """

    epoch: int = 0
    best: tuple[float, float] = (-1.0, -1.0)
    best_epoch: int = 0
    first_loss: float = 0.0
    seconds: float = 0.0


class ClipTraining:
    """Trains one network; after each epoch everything is on the disk, so that a killed run goes on.

    What an epoch draws depends on the recipe's seed and its number alone.

    Args:
        run: a new one, or one to go on with.
        clips: prepared; those that the run began with.
        watcher: is told how it goes.
        asked: whether somebody wants it to stop.

    Raises:
        ConfigError: the recipe names what there is not, or what does not fit the clips.
        InputError: the clips do not fit the split, or the checkpoint the recipe.
    """

    def __init__(
        self, run: ClipRun, clips: PreparedClips, watcher: Watcher, asked: Interruption
    ) -> None:
        recipe = run.recipe
        prepare_process(recipe.arithmetic, torch.device("cpu"))
        self._run, self._recipe, self._clips = run, recipe, clips
        self._watcher, self._asked = watcher, asked
        self.parts = split(clips, recipe.split, SPLIT_SEED)
        self._batches = ClipBatches(clips, recipe)
        self._sampler = ClipSampler(
            self.parts.train, clips.subjects, clips.species,
            batch_size=recipe.sampling.batch_size, per_epoch=recipe.sampling.clips_per_epoch,
        )  # fmt: skip
        torch.manual_seed(seed_of(recipe.seed, Purpose.NETWORK))
        self.net = build_network(recipe)
        if not run.last.exists():  # else it is in the checkpoint
            give_surface(self.net, run)
        self.loss = build_loss(
            recipe.loss.name, recipe.loss.parameters,
            classes=2, embedding_size=recipe.network.embedding_size,
        )  # fmt: skip
        if recipe.arithmetic.channels_last:
            for parameter in self.net.parameters():
                if parameter.ndim == 4:  # convolutions over time have another layout
                    parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
        self._optimiser = make_optimiser(recipe.optimiser, (self.net, self.loss))
        self.place = ClipPlace()
        if run.last.exists():
            self._restore()

    @property
    def steps(self) -> int:
        """Steps in an epoch."""
        return self._sampler.batches

    def train(self) -> tuple[Ended, PresentationFigures | None]:
        """Train to the end; return why it ended and the figures of the test, None if interrupted.

        Raises:
            TrainingDiverged: the loss is no number, or grew too much.
        """
        recipe, place = self._recipe, self.place
        self._watcher.began(self.steps * recipe.epochs, self.steps * place.epoch)
        kept = read_metrics(self._run.metrics) if place.epoch else []
        kept = [entry for entry in kept if entry.step <= place.epoch * self.steps]
        log = MetricsLog(
            self._run.metrics, self._run.folder / "tensorboard", kept, place.epoch * self.steps
        )
        try:
            while place.epoch < recipe.epochs:
                if self._asked or not self._epoch(log):
                    return Ended.INTERRUPTED, None
                if recipe.patience and place.epoch - place.best_epoch >= recipe.patience:
                    return Ended.EARLY, self._finish()
            return Ended.DONE, self._finish()
        finally:
            log.close()

    def _epoch(self, log: MetricsLog) -> bool:
        """Take an epoch's steps, judge and save; False if somebody wants to stop before."""
        place, recipe = self.place, self._recipe
        began = time.perf_counter()
        self.net.train()
        self.loss.train()
        losses, norms = [], []
        first = place.epoch * self.steps
        random = np.random.default_rng(seed_of(recipe.seed, Purpose.FORWARD, place.epoch))
        rate = recipe.optimiser.rate
        for step, rows in enumerate(self._sampler.epoch(random), first):
            if self._asked:
                return False
            rate = recipe.optimiser.rate * rate_factor(
                recipe.schedule, step, self.steps, recipe.epochs
            )
            loss, norm = self._step(rows, step, rate)
            losses.append(loss)
            norms.append(norm)
            self._watcher.stepped(step + 1)
        took = time.perf_counter() - began
        place.seconds += took
        mean = float(np.mean(losses))
        looks = len(losses) * recipe.sampling.batch_size * recipe.network.looks
        self._log(log, TRAIN, {"loss": mean, "rate": rate, "gradient_norm": float(np.mean(norms)),
                               "images_per_s": looks / took, "seconds": place.seconds})  # fmt: skip
        divergence = Divergence(recipe.divergence, place.first_loss)
        expected, found = divergence.wrong_with(mean)
        if found:
            raise TrainingDiverged(
                f"the training diverged in epoch {place.epoch + 1}", expected=expected, found=found,
                remedy="start again with a lower optimiser.rate",
            )  # fmt: skip
        place.first_loss = divergence.first
        place.epoch += 1
        self._count_anew()
        judged = self._judge()
        better = judged > place.best or recipe.keep == "last"
        if better:
            place.best, place.best_epoch = judged, place.epoch
            self._save(self._run.best)
        self._log(log, VALIDATION, {"auc": judged[0]}, best=better)
        self._save(self._run.last)
        return True

    def _step(self, rows: Int64, step: int, rate: float) -> tuple[float, float]:
        """Take one step; return the loss and the gradient's length before it was shortened."""
        recipe = self._recipe
        clips = self._batches.drawn(rows, seed_of(recipe.seed, Purpose.AUGMENT, step))
        labels = torch.from_numpy(np.where(self._clips.attack[rows], ATTACK, BONA_FIDE))
        set_rate(self._optimiser, rate)
        self._optimiser.zero_grad(set_to_none=True)
        torch.manual_seed(seed_of(recipe.seed, Purpose.LOSS, step))
        kind = TYPES.get(recipe.arithmetic.precision)
        with torch.autocast("cpu", kind, enabled=kind is not None):
            embeddings = self.net(clips)
        loss: Tensor = self.loss(embeddings.float(), labels)
        loss.backward()  # type: ignore[no-untyped-call]
        parameters = [*self.net.parameters(), *self.loss.parameters()]
        norm = nn.utils.clip_grad_norm_(parameters, recipe.optimiser.clip_norm or float("inf"))
        self._optimiser.step()
        return float(loss.detach()), float(norm)

    def _count_anew(self) -> None:
        """Bring running statistics to the weights of now."""
        random = np.random.default_rng(self._recipe.seed)
        some = itertools.islice(self._sampler.epoch(random), COUNTED)
        count_anew(self.net, (self._batches.drawn(rows, place) for place, rows in enumerate(some)))

    def _score(self) -> LiveScore:
        """Return the score of the network as it is now."""
        bona_fide = self.parts.train[~self._clips.attack[self.parts.train]]
        few = np.random.default_rng(self._recipe.seed).permutation(bona_fide)[:REPRESENTED]
        return score_of(
            self.loss, lambda: embedded(self.net, self._batches, few, most=1).embeddings
        )

    def _judge(self) -> tuple[float, float]:
        """Return the area under the ROC of the development people, and how far apart they are."""
        # One set of looks is enough to see whether it gets better.
        found = embedded(self.net, self._batches, self.parts.development, most=1)
        score = found.mean(self._score()(found.embeddings).detach())
        attack = self._clips.attack[self.parts.development]
        bona_fide, attacks = score[~attack], score[attack]
        above = (bona_fide[:, None] > attacks).mean() + (bona_fide[:, None] == attacks).mean() / 2
        spread = np.sqrt((bona_fide.var() + attacks.var()) / 2) + 1e-9
        return round(float(above), 4), float((bona_fide.mean() - attacks.mean()) / spread)

    def _finish(self) -> PresentationFigures:
        """Calibrate the best network on the development people, judge the test, write both."""
        state = load(self._run.best)
        self.net.load_state_dict(state["network"])
        self.loss.load_state_dict(state["loss"])
        self.loss.eval()
        score = self._score()
        found: dict[str, Embedded] = {
            part: embedded(self.net, self._batches, getattr(self.parts, part))
            for part in ("development", "test")
        }
        known = found["development"]
        values = known.mean(score(known.embeddings).detach())
        live = calibrated(score, values, presentations(self._clips, self.parts.development, values))
        save(self._run.best, {**_without_version(state), "score": score_state(live)})
        lives = {part: one.mean(live(one.embeddings).detach()) for part, one in found.items()}
        place = self.place
        told = {"epochs": place.epoch, "best_epoch": place.best_epoch, "seconds": place.seconds,
                "development_auc": place.best[0]}  # fmt: skip
        return write_results(self._run, self._clips, self.parts, lives, told)

    def _log(
        self, log: MetricsLog, part: str, figures: dict[str, float], *, best: bool = False
    ) -> None:
        epoch = self.place.epoch + (part == TRAIN)
        entry = Entry(part, epoch * self.steps, float(epoch), figures)
        log.add(entry)
        self._watcher.logged(entry, best=best)

    def _save(self, path: Path) -> None:
        state = {
            "network": self.net.state_dict(),
            "loss": self.loss.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "place": asdict(self.place),
        }
        save(path, state, remedy="free some space, then go on with --resume")

    def _restore(self) -> None:
        state = load(self._run.last)
        try:
            self.net.load_state_dict(state["network"])
            self.loss.load_state_dict(state["loss"])
            self._optimiser.load_state_dict(state["optimiser"])
            self.place = ClipPlace(**{**state["place"], "best": tuple(state["place"]["best"])})
        except (RuntimeError, ValueError, KeyError, TypeError):
            raise InputError(
                "the checkpoint does not fit its recipe",
                expected=f"{self._recipe.network.name} with {self._recipe.loss.name}",
                remedy="was the recipe of the run changed? Start a run of its own",
            ) from None


def _without_version(state: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in state.items() if name != "version"}
