"""What the card of an exported clip network says of its training."""

import json
from datetime import UTC, datetime
from typing import Any

from facewarden.models.training_record import ClipTrainingRecord, MeasuredFigure
from facewarden.train.metrics_log import TRAIN, read_metrics
from facewarden.train.presentation.clip_run import ClipRun
from facewarden.train.presentation.recipe import clip_recipe_text

FIGURES = (
    ("ACER, worst species", "acer"),
    ("ACER, mean of species", "acer_mean"),
    ("BPCER", "bpcer"),
    ("detection equal error rate", "deer"),
)


def training_record(
    run: ClipRun, data_licence: str, *, difference: float, compared: int, command: str
) -> ClipTrainingRecord:
    """Return how a run went that has ended, and what its test people said of it.

    Args:
        data_licence: of its clips, and of the photographs of its surface network.
        difference, compared: the largest between `live` of the file and of the network, over so
            many clips.
        command: that exported it.
    """
    results = json.loads(run.results.read_text(encoding="utf-8"))
    test, people = results["test"], results["people"]
    entries = [entry for entry in read_metrics(run.metrics) if entry.part == TRAIN]
    at_best = [entry.step for entry in entries if entry.epoch <= results["best_epoch"]]
    figures = [(name, test[key]) for name, key in FIGURES]
    figures += [(f"APCER of {name}", one) for name, one in test["apcer"].items()]
    return ClipTrainingRecord(
        network=run.recipe.network.name,
        loss=run.recipe.loss.name,
        recipe=clip_recipe_text(run.recipe),
        step=at_best[-1],
        data_fingerprint=run.about["data_fingerprint"],
        data_licence=data_licence,
        surface=_surface(run),
        largest_difference=difference,
        compared=compared,
        measured_on=f"clips of {people['test']} people kept aside; learnt from {people['train']} "
        f"people, threshold from {people['development']}; 95 % intervals by person",
        clips=results["clips"]["test"],
        figures=tuple(_figure(name, *one) for name, one in figures if one[0] is not None),
        date=datetime.now(UTC).date(),
        command=command,
    )


def _figure(name: str, value: Any, low: Any, high: Any) -> MeasuredFigure:
    return MeasuredFigure(name=name, value=value, low=low, high=high)


def _surface(run: ClipRun) -> str:
    """Tell of the run that a part of the network is from; empty where there is none."""
    if "surface" not in run.about:
        return ""
    told = run.about["surface"]
    return (
        f"prepared photographs {told['data_fingerprint']}, {told['people']} people\n"
        f"{told['recipe']}"
    )
