"""facewarden enrol: photographs onto a watchlist."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from facewarden.cli.consoles import problems, results
from facewarden.cli.options import ConfigOption, EngineOption, JsonOption, WatchlistOption
from facewarden.cli.settings import settings_from
from facewarden.data import SubjectDetails
from facewarden.errors import InputError
from facewarden.pipeline.enrol import Enrolled, Enroller, EnrolmentRow
from facewarden.pipeline.photographs import (
    Photograph,
    parse_expiry,
    photographs_from_csv,
    photographs_in,
)
from facewarden.wiring.enrolment import make_enroller
from facewarden.wiring.eyes import make_eyes, with_serving_embedder
from facewarden.wiring.presentation import make_live_claim
from facewarden.wiring.stores import open_store_from

SHOWN_ROWS = 20
"""Of more photographs than these only refusals and warnings are shown."""


def enrol(
    watchlist: WatchlistOption,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Folders with a folder per person, or photographs named after them."),
    ] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", help="CSV file with the columns file and name.")
    ] = None,
    name: Annotated[str, typer.Option(help="Name of the subject of all photographs.")] = "",
    reference: Annotated[str, typer.Option(help="Case number of that subject.")] = "",
    category: Annotated[str, typer.Option(help="Such as missing or barred.")] = "",
    notes: Annotated[str, typer.Option(help="For the human who gets the alert.")] = "",
    legal_basis: Annotated[str, typer.Option(help="Why they may be looked for.")] = "",
    authorised_by: Annotated[str, typer.Option(help="On whose word.")] = "",
    expires: Annotated[str, typer.Option(help="Date or time after which they do not match.")] = "",
    face: Annotated[
        str, typer.Option(help="Which of several faces: largest, or a number from the left.")
    ] = "",
    live: Annotated[
        bool,
        typer.Option(
            "--live", help="Refuse what is no photograph of a living person, or may be none."
        ),
    ] = False,
    config: ConfigOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Enrol photographs as references of subjects on a watchlist."""
    settings = settings_from(config, engine=engine)
    if reference and not name:
        raise InputError(
            "a case number belongs to one subject",
            expected="--name with --reference",
            remedy="for several subjects use --csv",
        )
    details = SubjectDetails(
        name, reference, category, notes, legal_basis, authorised_by, parse_expiry(expires)
    )
    details.require_fitting()
    photographs: list[Photograph] = []
    if csv is not None:
        photographs += photographs_from_csv(csv, details, face)
    photographs += photographs_in(paths or [], details, face)
    if not photographs:
        raise InputError("nothing to enrol", expected="folders, photographs or --csv FILE")
    claim = make_live_claim(settings) if live else None
    store = open_store_from(settings)
    try:
        eyes = make_eyes(with_serving_embedder(settings, store), looks=False)
        enroller = make_enroller(eyes, store, watchlist, live=claim)
        rows = _with_progress(enroller, photographs)
    finally:
        store.close()
    if as_json:
        results().print_json(json.dumps([_plain(row) for row in rows]))
    else:
        _show(rows, watchlist)
    if any(row.outcome is Enrolled.REFUSED for row in rows):
        raise typer.Exit(InputError.exit_code)


def _with_progress(enroller: Enroller, photographs: list[Photograph]) -> list[EnrolmentRow]:
    rows = []
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=problems(), transient=True) as progress:
        task = progress.add_task("enrolling", total=len(photographs), rate="")
        for row in enroller.enrol(photographs):
            rows.append(row)
            if row.outcome is Enrolled.REFUSED:
                problems().print(f"{escape(row.label)}: {escape(row.reason)}", soft_wrap=True)
            speed = progress.tasks[task].speed
            rate = f"{speed:.0f} photographs/s" if speed else ""
            progress.update(task, advance=1, rate=rate)
    return rows


def _show(rows: list[EnrolmentRow], watchlist: str) -> None:
    counts = {outcome: sum(row.outcome is outcome for row in rows) for outcome in Enrolled}
    quiet = len(rows) > SHOWN_ROWS
    notable = [row for row in rows if row.outcome is Enrolled.REFUSED or row.warnings or not quiet]
    if notable:
        table = Table("photograph", "subject", "result", "remark")
        table.columns[0].overflow = "fold"
        for row in notable:
            remark = "; ".join(([row.reason] if row.reason else []) + list(row.warnings))
            table.add_row(escape(row.label), escape(row.name), row.outcome.value, escape(remark))
        results().print(table)
    results().print(
        f"{counts[Enrolled.ADDED]} added, {counts[Enrolled.PRESENT]} already there, "
        f"{counts[Enrolled.REFUSED]} refused, "
        f"{sum(bool(row.warnings) for row in rows)} with a warning, "
        f"on watchlist {escape(watchlist)}"
    )


def _plain(row: EnrolmentRow) -> dict[str, object]:
    return {
        "photograph": row.label,
        "name": row.name,
        "result": row.outcome.value,
        "reason": row.reason,
        "warnings": row.warnings,
        "subject_id": row.subject_id,
    }
