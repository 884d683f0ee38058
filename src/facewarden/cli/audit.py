"""facewarden audit: who did what, and whether the log of it is whole."""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from facewarden import wiring
from facewarden.cli.consoles import problems, results
from facewarden.cli.options import ConfigOption, JsonOption
from facewarden.review.figures import moment

app = typer.Typer(help="The audit log: show, verify.", no_args_is_help=True)

_BROKEN = 1


@app.command()
def show(
    last: Annotated[int, typer.Option("--last", min=1, help="So many entries.")] = 20,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the newest entries, oldest of them first."""
    store = wiring.open_store_from(wiring.load(config), create=False)
    try:
        events = store.audit.tail(last)
    finally:
        store.close()
    if as_json:
        plain = [asdict(event) | {"at": event.at.isoformat()} for event in events]
        results().print_json(json.dumps(plain))
        return
    table = Table("entry", "time", "actor", "action", "object", "details")
    for event in events:
        table.add_row(
            str(event.position),
            moment(event.at, None),
            escape(event.actor),
            escape(event.action),
            escape(event.object),
            escape(json.dumps(event.details, ensure_ascii=False) if event.details else ""),
        )
    results().print(table)


@app.command()
def verify(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Check that each entry continues the one before; print the last one's hash to note elsewhere.

    Ends with 1 where an entry was changed, inserted or taken out of the middle.
    """
    store = wiring.open_store_from(wiring.load(config), create=False)
    try:
        entries = store.audit.count()
        # Read before the check: what is noted elsewhere has then been checked.
        head = store.audit.tail(1)
        broken = store.audit.verify()
    finally:
        store.close()
    position, link = (head[0].position, head[0].hash) if head else (0, "")
    if as_json:
        found = {
            "intact": broken is None,
            "broken_at": broken.position if broken is not None else None,
            "entries": entries,
            "last": position,
            "hash": link,
        }
        results().print_json(json.dumps(found))
    elif broken is None:
        plural = "entry" if entries == 1 else "entries"
        results().print(
            f"audit log intact: {entries} {plural}, the last is {position} with hash\n{link}"
        )
    if broken is not None:
        problems().print(
            escape(
                f"audit log broken: entry {broken.position} ({broken.action}) does not continue "
                "the one before; compare with hashes noted elsewhere and with a backup"
            )
        )
        raise typer.Exit(_BROKEN)
