"""Makes the route of a frame and the rules by which it ends in an alert."""

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from facewarden.assess.gate import LookGate
from facewarden.config.settings import Settings
from facewarden.decide.decider import Decider, DecisionRule
from facewarden.decide.memory import AlertMemory, RecentAlerts
from facewarden.pipeline.close_look import WITHIN, CloseLook
from facewarden.pipeline.metrics import Metrics
from facewarden.pipeline.presenting import Presenting
from facewarden.pipeline.route import Route
from facewarden.store.open import Store
from facewarden.wiring.eyes import Eyes
from facewarden.wiring.presentation import make_presentation, with_own_presentation
from facewarden.wiring.second import make_second

ALL_CORES_FROM = 4
"""Below so many cores one thread does all the detecting: decoding needs the others."""


def make_route(
    settings: Settings,
    eyes: Eyes,
    store: Store,
    metrics: Metrics,
    memory: AlertMemory | None = None,
) -> Route:
    """Make the route of a frame.

    Args:
        memory: which alerts are recent; None: those of the store that belong to no deployment.
    """
    chosen = settings.decision
    cores = os.cpu_count() or 1
    second = make_second(settings, eyes, store)
    check = make_presentation(with_own_presentation(settings), metrics)
    decider = Decider(
        make_rule(settings),
        RecentAlerts(memory or store.alerts, timedelta(seconds=chosen.quiet_period_s)),
        second=second.rule if second is not None else None,
    )
    return Route(
        detector=eyes.detector,
        assessor=eyes.assessor,
        close_look=make_close_look(eyes, metrics),
        decider=decider,
        gate=LookGate(min_quality=chosen.min_quality, max_looks=chosen.max_looks),
        metrics=metrics,
        second=second.asking if second is not None else None,
        presenting=Presenting(check, decider, metrics) if check is not None else None,
        workers=ThreadPoolExecutor(cores // 2, "detect") if cores >= ALL_CORES_FROM else None,
    )


def make_rule(settings: Settings) -> DecisionRule:
    """Make the rule that turns similarity into an alert."""
    chosen = settings.decision
    return DecisionRule(
        margin=chosen.margin, min_looks=chosen.min_looks, update_every_s=chosen.update_every_s
    )


def make_close_look(eyes: Eyes, metrics: Metrics, *, within: float = WITHIN) -> CloseLook:
    """Make what embeds the looks of a watch."""
    return CloseLook(
        eyes.of_looks, metrics, within=within, refiner=eyes.refiner, cutter=eyes.cutter
    )
