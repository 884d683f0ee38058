"""facewarden audit: who did what, and whether the log of it is whole."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from facewarden.actor import actor
from facewarden.cli.consoles import problems, results
from facewarden.cli.durations import parse_moment
from facewarden.cli.options import ConfigOption, JsonOption
from facewarden.cli.private_file import write_private
from facewarden.config.load import load_settings
from facewarden.errors import ConfigError, SinkError
from facewarden.govern.chain import EXPLAINED, Outcome, check
from facewarden.notary.from_settings import notaries_from
from facewarden.notary.head_note import read
from facewarden.notary.noting import Noting
from facewarden.review.figures import moment
from facewarden.store.audit_export import read_export
from facewarden.store.audit_filter import AuditWanted
from facewarden.wiring.stores import open_store_from

app = typer.Typer(help="The audit log: show, verify, export, note.", no_args_is_help=True)

_BROKEN = 1

ActorOption = Annotated[str, typer.Option("--actor", help="Of this person or process only.")]
ActionOption = Annotated[
    str, typer.Option(help="Such as subject.add, or its first word for all of that kind.")
]
ObjectOption = Annotated[
    str, typer.Option(help="Such as subject:17, or its first word for all of that kind.")
]
SinceOption = Annotated[
    str, typer.Option("--from", help="From then on: an ISO time, or 2h, 3d for so long ago.")
]
UntilOption = Annotated[str, typer.Option("--to", help="Before then.")]


@app.command()
def show(
    last: Annotated[int, typer.Option("--last", min=1, help="So many entries.")] = 20,
    who: ActorOption = "",
    action: ActionOption = "",
    object: ObjectOption = "",  # noqa: A002
    since: SinceOption = "",
    until: UntilOption = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the newest entries that are asked for, oldest of them first."""
    wanted = _wanted(who, action, object, since, until)
    with open_store_from(load_settings(config), create=False) as store:
        events = store.audit.page(wanted=wanted, limit=last)[::-1]
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
def verify(
    against: Annotated[
        list[Path] | None,
        typer.Option(help="File of heads that were noted elsewhere; repeat it."),
    ] = None,
    export: Annotated[
        Path | None, typer.Option("--export", help="Check this export; no store is needed.")
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check that each entry continues the one before; print the last one's hash to note elsewhere.

    Ends with 1 where an entry was changed, taken out or moved. That entries were cut off from the
    end, or all made anew, shows against what was noted elsewhere: give it with --against.
    """
    noted = [one for file in against or () for one in read(file.read_text("utf-8"))]
    if export is not None:
        with export.open(encoding="utf-8") as lines:
            start, links = read_export(lines)
            found = check(links, start=start, noted=noted)
    else:
        with open_store_from(load_settings(config), create=False) as store:
            found = store.audit.check([*noted, *store.proof.noted()])
    _tell(found, as_json=as_json)


@app.command("export")
def export_log(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="Where the lines are written.")],
    who: ActorOption = "",
    action: ActionOption = "",
    object: ObjectOption = "",  # noqa: A002
    since: SinceOption = "",
    until: UntilOption = "",
    config: ConfigOption = None,
) -> None:
    """Write the whole log with its chain, one JSON object a line; verify --export checks it.

    With filters, those entries only, newest first: an extract, which is no chain.
    """
    wanted = _wanted(who, action, object, since, until)
    whole = wanted.everything
    with open_store_from(load_settings(config), create=False) as store:
        store.audit.append(actor(), "audit.export", "audit", {} if whole else {"whole": False})
        lines = store.proof.lines() if whole else store.proof.extract(wanted)
        write_private(path, "".join(lines).encode())


@app.command()
def note(config: ConfigOption = None) -> None:
    """Note the newest entry now at every place that audit.noted_at names; print the receipts."""
    settings = load_settings(config)
    places = notaries_from(settings.audit)
    if not places:
        raise ConfigError(
            "no place to note the audit log at", remedy="name one in the settings: audit.noted_at"
        )
    with open_store_from(settings, create=False) as store:
        told = Noting(store, places, settings.audit.every).now(datetime.now(UTC))
    for one in told:
        where = escape(f"{one.method} {one.target}")
        if one.problem:
            problems().print(f"{where}: {escape(one.problem)}")
        else:
            results().print(f"{where}: entry {one.position}, {escape(one.receipt)}")
    if any(one.problem for one in told):
        raise typer.Exit(SinkError.exit_code)


@app.command()
def receipts(
    last: Annotated[int, typer.Option("--last", min=1, help="So many.")] = 20,
    config: ConfigOption = None,
) -> None:
    """List where and when the head was noted, newest first."""
    with open_store_from(load_settings(config), create=False) as store:
        found = store.proof.receipts(limit=last)
    table = Table("time", "entry", "place", "receipt")
    for one in found:
        where = f"{one.method} {one.target}"
        table.add_row(
            moment(one.at, None), str(one.noted.position), escape(where), escape(one.receipt)
        )
    results().print(table)


def _wanted(who: str, action: str, object: str, since: str, until: str) -> AuditWanted:  # noqa: A002
    now = datetime.now(UTC)
    return AuditWanted(
        who,
        action,
        object,
        parse_moment(since, now) if since else None,
        parse_moment(until, now) if until else None,
    )


def _tell(found: Outcome, *, as_json: bool) -> None:
    fault = found.fault
    if as_json:
        plain = {
            "intact": fault is None,
            "broken": fault.kind if fault is not None else None,
            "broken_at": fault.position if fault is not None else None,
            "entries": found.entries,
            "compared": found.compared,
            "older": found.older,
            "last": found.position if found.entries else 0,
            "hash": found.hash if found.entries else "",
        }
        results().print_json(json.dumps(plain))
    elif fault is None:
        plural = "entry" if found.entries == 1 else "entries"
        results().print(
            f"audit log intact: {found.entries} {plural}, the last is {found.position} with hash\n"
            f"{found.hash}"
        )
        if found.compared:
            problems().print(f"{found.compared} of them as noted elsewhere or at our own places")
    if fault is not None:
        problems().print(
            escape(
                f"audit log broken: entry {fault.position}: {EXPLAINED[fault.kind]}; "
                "compare with hashes noted elsewhere and with a backup"
            )
        )
        raise typer.Exit(_BROKEN)
