"""facewarden watchlists: the lists themselves."""

import json
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from facewarden import wiring
from facewarden.cli.consoles import results
from facewarden.cli.options import ConfigOption, JsonOption
from facewarden.cli.thresholds import DistanceOption, ThresholdOption, chosen_threshold
from facewarden.data.distance import distance_from_similarity

app = typer.Typer(help="Watchlists and their thresholds.", no_args_is_help=True)


@app.command("list")
def show(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List the watchlists."""
    store = wiring.open_store_from(wiring.load(config), create=False)
    try:
        rows = [
            (entry, len(store.watchlists.subjects(entry.name))) for entry in store.watchlists.all()
        ]
    finally:
        store.close()
    if as_json:
        plain = [
            {"name": e.name, "threshold": e.threshold, "sinks": e.sinks, "subjects": n}
            for e, n in rows
        ]
        results().print_json(json.dumps(plain))
        return
    table = Table("watchlist", "subjects", "threshold", "sinks")
    for entry, subjects in rows:
        threshold = _words(entry.threshold) if entry.threshold is not None else "calibrated"
        table.add_row(escape(entry.name), str(subjects), threshold, ", ".join(entry.sinks) or "all")
    results().print(table)


@app.command("set")
def configure(
    name: Annotated[str, typer.Argument(help="Watchlist; made if it is new.")],
    threshold: ThresholdOption = None,
    max_distance: DistanceOption = None,
    sink: Annotated[list[str] | None, typer.Option(help="Sink for its alerts; repeat.")] = None,
    config: ConfigOption = None,
) -> None:
    """Set a watchlist's threshold and sinks; what is left out goes back to the default."""
    similarity = chosen_threshold(threshold, max_distance)
    store = wiring.open_store_from(wiring.load(config))
    try:
        store.watchlists.ensure(name)
        store.watchlists.configure(name, similarity, tuple(sink or ()))
    finally:
        store.close()


def _words(threshold: float) -> str:
    return f"{threshold:.3f} (distance {distance_from_similarity(threshold):.3f})"
