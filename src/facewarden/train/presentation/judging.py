"""What a clip network says of prepared clips, and what is told of it."""

import csv
import io
import json
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from facewarden.data import Int64
from facewarden.evaluate.intervals import Estimate
from facewarden.evaluate.presentation import PresentationFigures, Presentations, measure
from facewarden.evaluate.trade_off import Floats
from facewarden.measure.presentation.looks import WINDOWS
from facewarden.train.atomic_file import write_whole
from facewarden.train.presentation.clip_batches import ClipBatches
from facewarden.train.presentation.clip_run import ClipRun
from facewarden.train.presentation.doubts import doubts_of
from facewarden.train.presentation.networks.clip_network import ClipNetwork
from facewarden.train.presentation.prepared_clips import PreparedClips
from facewarden.train.presentation.split import Parts

SCORES = "scores.csv"


@dataclass(frozen=True, slots=True)
class Embedded:
    """Sets of looks of some clips.

    Attributes:
        embeddings: (m, d) of each set.
        clip: (m,) the place of its clip among the rows that were asked about.
    """

    embeddings: Tensor
    clip: Int64

    def mean(self, scores: Tensor) -> Floats:
        """Return (n,) the mean over each clip's sets of (m,) scores."""
        totals = np.bincount(self.clip, scores.double().numpy())
        return np.asarray(totals / np.bincount(self.clip), np.float64)


def embedded(
    net: ClipNetwork,
    batches: ClipBatches,
    rows: Int64,
    *,
    most: int = WINDOWS,
) -> Embedded:
    """Embed the looks of clips as they are judged; the network's mode stays.

    Args:
        most: sets of looks of each clip.
    """
    training = net.training
    net.eval()
    parts: list[Tensor] = []
    clip: list[int] = []
    try:
        with torch.inference_mode():
            for place, row in enumerate(rows.tolist()):
                found = net(batches.judged(row, most)).float()
                parts.append(found)
                clip += [place] * len(found)
    finally:
        net.train(training)
    return Embedded(torch.cat(parts), np.array(clip, np.int64))


def presentations(clips: PreparedClips, rows: Int64, score: Floats) -> Presentations:
    """Return clips with their scores, as `evaluate` takes them."""
    _, subject = np.unique(clips.subjects, return_inverse=True)
    species = tuple(clips.species[row] for row in rows.tolist())
    return Presentations(score, species, subject[rows].astype(np.int64))


def write_results(
    run: ClipRun, clips: PreparedClips, parts: Parts, live: dict[str, Floats], place: dict[str, Any]
) -> PresentationFigures:
    """Write scores.csv and results.json; return the figures of the test.

    Args:
        live: of each part's clips, in [0, 1], the threshold at 0.5.
        place: what is known of the training: epochs, seconds and development_auc.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("part", "path", "subject", "species", "instrument", "live"))
    for part, scores in live.items():
        for row, score in zip(getattr(parts, part).tolist(), scores.tolist(), strict=True):
            writer.writerow((part, clips.paths[row], clips.subjects[row], clips.species[row],
                             clips.instruments[row], f"{score:.6f}"))  # fmt: skip
    write_whole(run.folder / SCORES, out.getvalue().encode("utf-8", "surrogateescape"))
    figures = measure(presentations(clips, parts.test, live["test"]), 0.5)
    people = {
        part: len({clips.subjects[row] for row in getattr(parts, part).tolist()})
        for part in ("train", "development", "test")
    }
    told = {
        "network": run.recipe.network.name,
        "loss": run.recipe.loss.name,
        "seed": run.recipe.seed,
        "split": run.recipe.split.model_dump(mode="json"),
        "clips": {part: len(getattr(parts, part)) for part in ("train", "development", "test")},
        "people": people,
        **place,
        "warnings": doubts_of(people, place["development_auc"]),
        "test": in_numbers(figures),
    }
    write_whole(run.results, (json.dumps(told, indent=2) + "\n").encode())
    return figures


def in_numbers(figures: PresentationFigures) -> dict[str, Any]:
    """Return figures as JSON takes them: [value, low, high], shares in [0, 1], null for none."""

    def of(estimate: Estimate) -> list[float | None]:
        numbers = (estimate.value, estimate.low, estimate.high)
        return [number if math.isfinite(number) else None for number in numbers]

    return {
        "acer": of(figures.acer),
        "acer_mean": of(figures.acer_mean),
        "apcer_worst": of(figures.apcer),
        "bpcer": of(figures.bpcer),
        "deer": of(figures.deer),
        "apcer": {one.name: of(one.apcer) for one in figures.species},
        "bona_fide": figures.bona_fide,
        "attacks": {one.name: one.presentations for one in figures.species},
        "people": figures.people,
    }
