"""facewarden subjects: who is on the watchlists."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from facewarden.cli.consoles import problems, results
from facewarden.cli.listing import listing
from facewarden.cli.options import ConfigOption, JsonOption
from facewarden.cli.private_file import write_private
from facewarden.config.load import load_settings
from facewarden.data import Subject, SubjectDetails
from facewarden.errors import InputError
from facewarden.pipeline.photographs import parse_expiry
from facewarden.review.figures import moment
from facewarden.store.anchors import StoredAnchor
from facewarden.text import shown
from facewarden.wiring.stores import open_store_from

app = typer.Typer(help="Subjects and their references.", no_args_is_help=True)

SubjectId = Annotated[int, typer.Argument(help="Id of the subject, see facewarden subjects list.")]
ReferenceId = Annotated[
    int, typer.Argument(help="Id of the reference, see facewarden subjects show.")
]


YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@app.command("list")
def show_all(
    watchlist: Annotated[str | None, typer.Option("--watchlist", "-w")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the subjects."""
    store = open_store_from(load_settings(config), create=False)
    try:
        subjects = store.watchlists.subjects(watchlist)
    finally:
        store.close()
    if as_json:
        results().print_json(json.dumps([asdict(subject) for subject in subjects], default=str))
        return
    table = listing(
        "id", "name", "case number", "category", "watchlists", "references", "expires",
        wrapping={"name", "case number", "category", "watchlists"},
    )  # fmt: skip
    for subject in subjects:
        details = subject.details
        table.add_row(
            str(subject.subject_id),
            escape(details.name),
            escape(details.external_reference),
            escape(details.category),
            escape(", ".join(subject.watchlists)),
            str(subject.references),
            _until(details.expires_at),
        )
    results().print(table)


def _until(expires_at: datetime | None) -> str:
    """Say in a list when a subject ceases to match, and where that has been; UTC."""
    if expires_at is None:
        return ""
    day = f"{expires_at:%Y-%m-%d}"
    return f"{day} expired" if expires_at <= datetime.now(UTC) else day


@app.command("show")
def show(subject_id: SubjectId, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show everything that is written down about a subject, and the ids of its references."""
    store = open_store_from(load_settings(config), create=False)
    try:
        subject = store.watchlists.subject(subject_id)
        references = store.watchlists.references(subject_id)
        anchors = store.anchors.of_subject(subject_id)
    finally:
        store.close()
    if as_json:
        plain = {
            "subject": asdict(subject),
            "references": [asdict(entry) for entry in references],
            "anchors": [asdict(entry) for entry in anchors],
        }
        results().print_json(json.dumps(plain, default=str))
        return
    details = subject.details
    facts = Table.grid(padding=(0, 2))
    for word, fact in (
        ("subject", str(subject.subject_id)),
        ("name", details.name),
        ("case number", details.external_reference),
        ("category", details.category),
        ("notes", details.notes),
        ("legal basis", details.legal_basis),
        ("authorised by", details.authorised_by),
        ("expires", moment(details.expires_at, None) if details.expires_at else ""),
        ("watchlists", ", ".join(subject.watchlists)),
        ("enrolled", moment(subject.created_at, None)),
        ("faces held back", _held_back(anchors)),
    ):
        facts.add_row(word, escape(fact))
    results().print(facts)
    table = Table("reference", "photograph", "quality", "models", "enrolled")
    for entry in references:
        table.add_row(
            str(entry.reference_id),
            escape(entry.source_name),
            f"{entry.quality:.2f}",
            escape(", ".join(entry.model_ids)),
            moment(entry.created_at, None),
        )
    results().print(table)


def _held_back(anchors: Sequence[StoredAnchor]) -> str:
    if not anchors:
        return "none"
    newest = max(anchors, key=lambda entry: entry.rejected_at)
    return (
        f"{len(anchors)}, the last rejected on {newest.rejected_at:%Y-%m-%d} "
        f"(alert {newest.alert_ids[-1][:8]})"
    )


@app.command("set")
def change(
    subject_id: SubjectId,
    name: Annotated[str | None, typer.Option()] = None,
    reference: Annotated[str | None, typer.Option(help="Case number.")] = None,
    category: Annotated[str | None, typer.Option()] = None,
    notes: Annotated[str | None, typer.Option()] = None,
    legal_basis: Annotated[str | None, typer.Option()] = None,
    authorised_by: Annotated[str | None, typer.Option()] = None,
    expires: Annotated[str | None, typer.Option(help="Date or time; empty for no expiry.")] = None,
    config: ConfigOption = None,
) -> None:
    """Change what is written down about a subject."""
    given = {
        "name": name,
        "external_reference": reference,
        "category": category,
        "notes": notes,
        "legal_basis": legal_basis,
        "authorised_by": authorised_by,
    }
    store = open_store_from(load_settings(config), create=False)
    try:
        details = store.watchlists.subject(subject_id).details
        changes: dict[str, Any] = {k: value for k, value in given.items() if value is not None}
        if expires is not None:
            changes["expires_at"] = parse_expiry(expires)
        store.watchlists.update_subject(subject_id, replace(details, **changes))
    finally:
        store.close()


@app.command("withdraw")
def withdraw(
    subject_id: SubjectId,
    watchlist: Annotated[str, typer.Option("--watchlist", "-w")],
    config: ConfigOption = None,
) -> None:
    """Take a subject off one watchlist; references stay."""
    store = open_store_from(load_settings(config), create=False)
    try:
        store.watchlists.withdraw(subject_id, watchlist)
    finally:
        store.close()


@app.command("remove")
def remove(
    subject_id: SubjectId,
    yes: YesOption = False,
    config: ConfigOption = None,
) -> None:
    """Remove a subject with all templates and images, for good."""
    store = open_store_from(load_settings(config), create=False)
    try:
        subject = store.watchlists.subject(subject_id)
        if not yes:
            who = shown(subject.details.name)
            typer.confirm(
                f"Remove {who} with {subject.references} references for good?",
                abort=True,
                err=True,
            )
        store.watchlists.remove_subject(subject_id)
    finally:
        store.close()
    problems().print(f"removed subject {subject_id} with all templates and images")


@app.command("remove-reference")
def remove_reference(
    reference_id: ReferenceId,
    yes: YesOption = False,
    config: ConfigOption = None,
) -> None:
    """Remove one photograph of a subject with its templates, for good."""
    store = open_store_from(load_settings(config), create=False)
    try:
        reference = store.watchlists.reference(reference_id)
        subject = store.watchlists.subject(reference.subject_id)
        which = f"reference {reference_id} ({shown(reference.source_name)})"
        whose = f"subject {subject.subject_id}, {shown(subject.details.name)}"
        if not yes:
            typer.confirm(f"Remove {which} of {whose}, for good?", abort=True, err=True)
        store.watchlists.remove_reference(reference_id)
        left = store.watchlists.subject(subject.subject_id).references
    finally:
        store.close()
    remark = "" if left else ": without a reference the subject matches nobody"
    problems().print(escape(f"removed {which}; {left} left of {whose}{remark}"))


@app.command("image")
def image(
    reference_id: ReferenceId,
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write.")],
    config: ConfigOption = None,
) -> None:
    """Write the photograph of a reference into a file; the audit log notes it."""
    store = open_store_from(load_settings(config), create=False)
    try:
        data = store.watchlists.reference_image(reference_id)
    finally:
        store.close()
    write_private(output, data)


@app.command("merge")
def merge(
    subject_id: Annotated[int, typer.Argument(metavar="ID", help="The subject that ends.")],
    into: Annotated[int, typer.Argument(metavar="INTO", help="The subject that stays.")],
    yes: YesOption = False,
    config: ConfigOption = None,
) -> None:
    """Make one of two subjects who are the same person; the first one's id ends.

    Photographs, watchlists, alerts and sightings go over. Of what is written down, the one that
    stays keeps its own and takes what it lacks.
    """
    with open_store_from(load_settings(config), create=False) as store:
        lists = store.watchlists
        gone, kept = lists.subject(subject_id), lists.subject(into)
        if not yes and subject_id != into:
            who, whom = _who(gone), _who(kept)
            typer.confirm(f"Make {who} one with {whom}, for good?", abort=True, err=True)
        lists.merge(subject_id, into, version=gone.version, into_version=kept.version)
    problems().print(escape(f"{_who(gone)} is one with {_who(kept)} now"))


@app.command("split")
def split(
    subject_id: SubjectId,
    reference: Annotated[
        list[int], typer.Option("--reference", help="Photograph of somebody else; repeat it.")
    ],
    name: Annotated[str, typer.Option(help="Of the new subject.")],
    case_number: Annotated[str, typer.Option(help="Of the new subject.")] = "",
    category: Annotated[str, typer.Option(help="Of the new subject.")] = "",
    notes: Annotated[str, typer.Option(help="Of the new subject.")] = "",
    legal_basis: Annotated[str, typer.Option(help="Of the new subject.")] = "",
    authorised_by: Annotated[str, typer.Option(help="Of the new subject.")] = "",
    expires: Annotated[str, typer.Option(help="Date or time; empty for no expiry.")] = "",
    yes: YesOption = False,
    config: ConfigOption = None,
) -> None:
    """Make a new subject of photographs of one that show somebody else; print its id.

    It stands on the same watchlists. Alerts and sightings stay where they are: nobody can tell
    whose they were.
    """
    if not name.strip():
        raise InputError("a subject needs a name", expected="--name", found="none")
    details = SubjectDetails(
        name.strip(),
        external_reference=case_number,
        category=category,
        notes=notes,
        legal_basis=legal_basis,
        authorised_by=authorised_by,
        expires_at=parse_expiry(expires) if expires else None,
    )
    with open_store_from(load_settings(config), create=False) as store:
        lists = store.watchlists
        found = lists.subject(subject_id)
        if not yes:
            number = len(set(reference))
            plural = "photograph" if number == 1 else "photographs"
            question = f"Make {number} {plural} of {_who(found)} those of {shown(name)}?"
            typer.confirm(question, abort=True, err=True)
        made = lists.split(subject_id, sorted(set(reference)), details, version=found.version)
    results().print(str(made))
    problems().print(escape(f"{shown(name)} is subject {made} now; {_who(found)} has the rest"))


def _who(subject: Subject) -> str:
    return f"subject {subject.subject_id} ({shown(subject.details.name)})"
