"""facewarden watchlists: the lists themselves."""

import json
import math
from dataclasses import dataclass, replace
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from facewarden.cli.consoles import problems, results
from facewarden.cli.options import ConfigOption, JsonOption
from facewarden.cli.thresholds import (
    DistanceOption,
    FpirOption,
    PerDayOption,
    ThresholdOption,
    chosen_threshold,
    require_one,
)
from facewarden.config.load import load_settings
from facewarden.config.settings import Settings
from facewarden.data import PresentationRule, Watchlist
from facewarden.data.distance import distance_from_similarity
from facewarden.decide.budget import InForce
from facewarden.errors import ModelError
from facewarden.review import figures
from facewarden.store.open import Store
from facewarden.thresholds import Thresholds
from facewarden.wiring.eyes import make_embedder_of_looks, with_serving_embedder
from facewarden.wiring.presentation import require_presentation_models
from facewarden.wiring.stores import open_store_from

app = typer.Typer(help="Watchlists and their thresholds.", no_args_is_help=True)


@app.command("list")
def show(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List the watchlists, with the thresholds in force and what to expect of them."""
    settings = load_settings(config)
    with open_store_from(settings, create=False) as store:
        thresholds, unknown = _thresholds(store, settings)
        lines = [_line(entry, store, thresholds) for entry in store.watchlists.all()]
    if as_json:
        results().print_json(json.dumps([line.plain() for line in lines]))
        return
    table = Table(
        "watchlist",
        "subjects",
        "threshold",
        "follows from",
        "false alerts a day",
        "pictures",
        "sinks",
    )
    for line in lines:
        table.add_row(*map(escape, line.words()))
    results().print(table)
    _warn(unknown, *(line.problem for line in lines))


@app.command("set")
def configure(
    name: Annotated[str, typer.Argument(help="Watchlist; made if it is new.")],
    threshold: ThresholdOption = None,
    max_distance: DistanceOption = None,
    fpir: FpirOption = None,
    false_alerts_per_day: PerDayOption = None,
    sink: Annotated[list[str] | None, typer.Option(help="Sink for its alerts; repeat.")] = None,
    presentation: Annotated[
        PresentationRule | None,
        typer.Option(
            help="Of what looks like a picture of a subject: nothing is asked, alerts say so, "
            "or alerts are held for a human and told to no sink. Alone, it changes nothing else; "
            "left out, it stays."
        ),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Set a watchlist's threshold or budget, and sinks; what is left out becomes the default.

    Prints the threshold that is in force then, and what must be known of it.
    """
    similarity = chosen_threshold(threshold, max_distance)
    require_one(threshold=similarity, fpir=fpir, false_alerts_per_day=false_alerts_per_day)
    settings = load_settings(config)
    given = (similarity, fpir, false_alerts_per_day, sink)
    with open_store_from(settings) as store:
        known = {entry.name: entry for entry in store.watchlists.all()}
        before = known.get(name, Watchlist(name))
        rule = before.presentation if presentation is None else presentation
        if presentation is not None and given == (None, None, None, None):
            wanted = replace(before, presentation=rule)
        else:
            sinks = tuple(sink or ())
            wanted = Watchlist(name, similarity, sinks, fpir, false_alerts_per_day, rule)
        if rule is not before.presentation:
            require_presentation_models(settings, {name: rule})
        made: Thresholds | None = None
        if fpir is not None or false_alerts_per_day is not None:
            counts = [one.references for one in store.watchlists.subjects(name)]
            made = _computed(store, settings)
            made.require_supported(wanted, counts)
        store.watchlists.ensure(name)
        store.watchlists.configure(
            name,
            wanted.threshold,
            wanted.sinks,
            fpir=wanted.fpir,
            false_alerts_per_day=wanted.false_alerts_per_day,
            presentation=rule,
        )
        thresholds, unknown = (made, "") if made else _thresholds(store, settings)
        # Nobody alerts on an empty list: what its first subject will bring is told.
        line = _line(wanted, store, thresholds, least=1)
    _, subjects, in_force, follows, a_day, *_ = line.words()
    counted = f"{subjects} subject{'' if line.subjects == 1 else 's'}"
    told = f"{name}: threshold {in_force}, {follows}"
    told += f"; about {a_day} false alerts a day expected with {counted}"
    results().print(escape(told))
    if name not in known:
        results().print(f"watchlist {escape(name)} is new; nobody is on it")
    _warn(unknown, line.problem)


@app.command("remove")
def remove(
    name: Annotated[str, typer.Argument(help="Watchlist that nobody is on.")],
    config: ConfigOption = None,
) -> None:
    """Remove a watchlist that nobody is on and no deployment needs; its past alerts stay."""
    with open_store_from(load_settings(config), create=False) as store:
        store.watchlists.remove(name)
    problems().print(escape(f"removed watchlist {name}"))


@dataclass(frozen=True, slots=True)
class _Line:
    """One watchlist as it is listed; `found` is None where no model can be loaded."""

    entry: Watchlist
    subjects: int
    found: InForce | None
    tracks_per_day: float
    problem: str

    @property
    def _a_day(self) -> float:
        return self.found.fpir * self.tracks_per_day if self.found is not None else math.nan

    def words(self) -> tuple[str, ...]:
        threshold, follows = self.entry.threshold, "set by hand"
        if self.found is not None:
            threshold, follows = self.found.threshold, self.found.follows
        return (
            self.entry.name,
            str(self.subjects),
            "?" if threshold is None else _words(threshold),
            "?" if threshold is None else follows,
            "?" if math.isnan(self._a_day) else figures.about(self._a_day),
            self.entry.presentation,
            ", ".join(self.entry.sinks) or "all",
        )

    def plain(self) -> dict[str, Any]:
        found = self.found
        return {
            "name": self.entry.name,
            "threshold": self.entry.threshold,
            "fpir": self.entry.fpir,
            "false_alerts_per_day": self.entry.false_alerts_per_day,
            "sinks": self.entry.sinks,
            "presentation": self.entry.presentation,
            "subjects": self.subjects,
            "threshold_in_force": found.threshold if found else self.entry.threshold,
            "follows": found.follows if found else "",
            "expected_false_alerts_per_day": None if math.isnan(self._a_day) else self._a_day,
            "site_shift": found.shift if found else None,
            "problem": self.problem,
        }


def _warn(*warnings: str) -> None:
    """Print those that say something."""
    for warning in filter(None, warnings):
        results().print(escape(warning), style="yellow")


def _computed(store: Store, settings: Settings) -> Thresholds:
    return Thresholds(
        store, make_embedder_of_looks(with_serving_embedder(settings, store)), settings
    )


def _thresholds(store: Store, settings: Settings) -> tuple[Thresholds | None, str]:
    """Return what computes thresholds; without a model None, and why."""
    try:
        return _computed(store, settings), ""
    except ModelError as error:
        return None, f"thresholds in force are not known: {error}"


def _line(
    entry: Watchlist, store: Store, thresholds: Thresholds | None, *, least: int = 0
) -> _Line:
    """Return how a watchlist stands.

    Args:
        least: subjects of one reference that are reckoned with where the list has fewer.
    """
    counts = [one.references for one in store.watchlists.subjects(entry.name)]
    counts += [1] * (least - len(counts))
    if thresholds is None:
        return _Line(entry, len(counts), None, math.nan, "")
    tracks = thresholds.tracks_per_day(entry.name)
    try:
        found = thresholds.of(entry, counts)
    except ModelError as error:
        return _Line(entry, len(counts), None, tracks, str(error))
    problem = f"{entry.name}: {found.problem}" if found.problem else ""
    return _Line(entry, len(counts), found, tracks, problem)


def _words(threshold: float) -> str:
    return f"{threshold:.3f} (distance {distance_from_similarity(threshold):.3f})"
