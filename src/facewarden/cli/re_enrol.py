"""facewarden re-enrol: bring the references to another model, then let it serve."""

import json
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from facewarden.cli.consoles import problems, results
from facewarden.cli.evaluate.progress import progress
from facewarden.cli.options import ConfigOption, EngineOption, JsonOption
from facewarden.cli.settings import settings_from
from facewarden.config.settings import Settings
from facewarden.errors import ConfigError, InputError
from facewarden.models.registry import Registry
from facewarden.pipeline.re_enrol import re_enrol as work
from facewarden.store.open import Store
from facewarden.store.re_enrolment import ReEnrolment
from facewarden.wiring.eyes import (
    make_examiner,
    make_eyes,
    make_other_examiner,
    with_serving_embedder,
)
from facewarden.wiring.stores import open_store_from

LISTED = 50


def re_enrol(
    to: Annotated[str, typer.Option("--to", help="The model that shall serve.")],
    switch: Annotated[bool, typer.Option(help="Let it serve once all references are done.")] = True,
    accept_losses: Annotated[
        bool,
        typer.Option(
            "--accept-losses", help="Also where it can take no reference of some subjects."
        ),
    ] = False,
    keep_thresholds: Annotated[
        bool,
        typer.Option(
            "--keep-thresholds",
            help="Also where watchlists have thresholds of their own, which mean something else "
            "under another model.",
        ),
    ] = False,
    try_again: Annotated[
        bool, typer.Option("--try-again", help="Look again at references that were refused.")
    ] = False,
    config: ConfigOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make templates of another model from the stored photographs; the old one serves meanwhile.

    What is done stays done: after a kill, type it again. Running watches of a server begin anew
    with the new model; others end and say so.
    """
    settings = settings_from(config, engine=engine)
    with open_store_from(settings, create=False) as store:
        current = with_serving_embedder(settings, store)
        if switch:
            _require_thresholds(store, settings, to, keep=keep_thresholds)
        eyes = make_eyes(current, looks=False)
        new = make_other_examiner(settings, eyes, to)
        store.re_enrolments.begin(to, serving=eyes.embedder.model_id)
        if try_again:
            store.re_enrolments.try_again(to)
        total = _found(store, to).total
        with progress(f"references for {to}", total) as told:
            before = _found(store, to)
            done = before.done + before.refused
            told(done)
            for step in work(store.re_enrolments, make_examiner(eyes), new, to):
                done += len(step.made) + len(step.refused)
                told(done)
        if switch:
            found = store.re_enrolments.switch(to, accept_losses=accept_losses)
        else:
            found = _found(store, to)
        refused = store.re_enrolments.refused(to)
        anchors = {one: n for one, n in store.anchors.models().items() if one != to}
    if as_json:
        told_json: dict[str, Any] = {
            "model_id": to,
            "serving": found.serving,
            "references": found.total,
            "done": found.done,
            "refused": [asdict(one) for one in refused],
            "lost_subjects": list(found.lost),
        }
        results().print_json(json.dumps(told_json))
        return
    results().print(
        f"{found.done} of {found.total} references have a template of {escape(to)}; "
        f"{escape(found.serving)} serves"
    )
    if refused:
        table = Table("subject", "reference", "why")
        for one in refused[:LISTED]:
            table.add_row(str(one.subject_id), str(one.reference_id), escape(one.reason))
        results().print(table)
        if len(refused) > LISTED:
            results().print(f"{len(refused) - LISTED} more: --json tells all")
    if switch and anchors:
        count = sum(anchors.values())
        problems().print(
            f"{count} faces rejected as not a subject were made by another model and count no "
            "longer: alerts of them have to be rejected again"
        )
    if switch and settings.models.embedder != to:
        problems().print(f"write models.embedder: {escape(to)} into the settings")


def words_of(found: ReEnrolment) -> str:
    """Say in one line how far a re-enrolment is."""
    refused = f", {found.refused} refused" if found.refused else ""
    return (
        f"re-enrolment with {found.model_id}: {found.done + found.refused} of {found.total} "
        f"references{refused}; {found.serving} serves"
    )


def _found(store: Store, model_id: str) -> ReEnrolment:
    found = store.re_enrolments.progress(model_id)
    if found is None:
        raise InputError(f"no re-enrolment with {model_id} was begun")
    return found


def _require_thresholds(store: Store, settings: Settings, model_id: str, *, keep: bool) -> None:
    """Refuse to go where a watch would have no threshold, or one of another model's.

    Raises:
        ModelMissing, ModelRefused: no such model here; told before anything about thresholds.
        ConfigError: a watchlist would have none, or another model's.
    """
    card, _ = Registry(settings.models.cache_dir).load(model_id)
    thresholds = {one.name: one.threshold for one in store.watchlists.all()}
    # Those of the settings win.
    thresholds |= {one.name: one.threshold for one in settings.watchlists}
    own = {name for name, threshold in thresholds.items() if threshold is not None}
    if own and not keep:
        raise ConfigError(
            "watchlists have thresholds that were chosen for the model of now",
            expected="budgets, which follow the model",
            found=", ".join(sorted(own)),
            remedy="facewarden watchlists set NAME --fpir 0.001, --keep-thresholds if they "
            "were chosen for the new one, or --no-switch",
        )
    budgets = thresholds.keys() - own
    if budgets and card.kind == "embedder" and not (card.tails or card.calibration):
        raise ConfigError(
            f"{model_id} is not calibrated, so that these watchlists would have no threshold",
            found=", ".join(sorted(budgets)),
            remedy=f"facewarden calibrate --model {model_id} --cohort FOLDER, or --no-switch",
        )
