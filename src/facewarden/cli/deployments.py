"""facewarden deployments: where, when and on whose word is watched; certificates and reports."""

import csv
import hashlib
import json
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from facewarden.actor import actor
from facewarden.cli.consoles import problems, results
from facewarden.cli.durations import parse_moment
from facewarden.cli.options import ConfigOption, JsonOption
from facewarden.config.load import load_settings
from facewarden.data.deployment import Deployment, DeploymentPlan, DeploymentState
from facewarden.errors import DataError, InputError, StoreError
from facewarden.govern import lifecycle
from facewarden.govern.certificate import LARGEST, read_public_key
from facewarden.govern.certificate import verify as verify_certificate
from facewarden.review import deployment_html, deployment_report
from facewarden.review.figures import moment
from facewarden.store.open import Store
from facewarden.wiring.stores import open_store_from

app = typer.Typer(
    help="Deployments: propose, authorise, end; certificates, reports.", no_args_is_help=True
)
certificate_app = typer.Typer(help="Deletion certificates.", no_args_is_help=True)
app.add_typer(certificate_app, name="certificate")

Id = Annotated[int, typer.Argument(metavar="ID", min=1, help="The deployment's number.")]
ByOption = Annotated[
    str, typer.Option("--by", help="Who does it; default: the user of this machine.")
]


class Format(StrEnum):
    """How the report is written."""

    JSON = "json"
    HTML = "html"


@app.command("list")
def list_deployments(
    state: Annotated[DeploymentState | None, typer.Option(help="In this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, newest first.")] = 50,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List deployments, newest first."""
    with _store(config) as store:
        found = store.deployments.page(state=state, limit=limit)
    if as_json:
        results().print_json(json.dumps([_plain(one) for one in found]))
        return
    table = Table("id", "state", "place", "from", "to", "proposed by", "authorised by")
    now = datetime.now(UTC)
    for one in found:
        table.add_row(
            str(one.deployment_id),
            "running" if lifecycle.is_due(one, now) else one.state,
            escape(one.place),
            moment(one.starts_at, None),
            moment(one.ends_at, None),
            escape(one.proposed_by),
            escape(one.authorised_by),
        )
    results().print(table)


@app.command()
def propose(
    purpose: Annotated[str, typer.Option(help="Why is watched.")],
    place: Annotated[str, typer.Option(help="Where.")],
    legal_basis: Annotated[str, typer.Option(help="What allows it.")],
    camera: Annotated[list[str], typer.Option("--camera", help="Its id; repeat it.")],
    watchlist: Annotated[list[str], typer.Option("--watchlist", "-w", help="Repeat it.")],
    until: Annotated[str, typer.Option(help="End: an ISO time.")],
    since: Annotated[str, typer.Option("--from", help="Start: an ISO time.")] = "now",
    false_alerts_per_day: Annotated[float | None, typer.Option(help="Budget.")] = None,
    keep_days: Annotated[
        int, typer.Option(help="Days after the end until unconfirmed alerts are deleted.")
    ] = 1,
    by: ByOption = "",
    config: ConfigOption = None,
) -> None:
    """Propose a deployment; a second person authorises it."""
    now = datetime.now(UTC)
    settings = load_settings(config)
    plan = DeploymentPlan(
        purpose,
        place,
        legal_basis,
        tuple(camera),
        tuple(watchlist),
        parse_moment(since, now),
        parse_moment(until, now),
        false_alerts_per_day=false_alerts_per_day,
        keep_unconfirmed_days=keep_days,
    )
    with open_store_from(settings, create=False) as store:
        known = {one.id for one in settings.cameras}
        known |= {one.camera_id for one in store.cameras.all()}
        made = store.deployments.propose(plan, by.strip() or actor(), cameras=known)
    problems().print(
        f"Deployment {made.deployment_id} is proposed. Somebody else authorises it: "
        f"facewarden deployments authorise {made.deployment_id}"
    )


@app.command()
def authorise(deployment: Id, by: ByOption = "", config: ConfigOption = None) -> None:
    """Authorise what somebody else has proposed; who is on its watchlists now is frozen.

    Two people who share a login of this machine are told apart by --by only: where that matters,
    they sign in to the dashboard, each with their own password.
    """
    with _store(config) as store:
        done = store.deployments.authorise(deployment, by.strip() or actor())
    problems().print(
        f"Deployment {deployment} is authorised by {escape(done.authorised_by)}: it runs from "
        f"{moment(done.starts_at, None)} to {moment(done.ends_at, None)}."
    )


@app.command()
def withdraw(
    deployment: Id,
    reason: Annotated[str, typer.Option(help="Why.")],
    by: ByOption = "",
    config: ConfigOption = None,
) -> None:
    """Take back one that has not run."""
    with _store(config) as store:
        store.deployments.withdraw(deployment, by.strip() or actor(), reason)
    problems().print(f"Deployment {deployment} is withdrawn.")


@app.command()
def end(
    deployment: Id,
    reason: Annotated[str, typer.Option(help="Why.")],
    by: ByOption = "",
    config: ConfigOption = None,
) -> None:
    """End a deployment now, before its time; its copies of watchlists are deleted at once."""
    with _store(config) as store:
        store.deployments.end(deployment, by.strip() or actor(), reason)
    problems().print(f"Deployment {deployment} has ended.")


@app.command()
def wipe(deployment: Id, by: ByOption = "", config: ConfigOption = None) -> None:
    """Delete what nobody has confirmed, when its time has come; print the certificate.

    `facewarden serve` does so by itself.
    """
    with _store(config) as store:
        text = store.deployments.wipe(deployment, by.strip() or actor())
    typer.echo(text, nl=False)


@app.command()
def report(
    deployment: Id,
    form: Annotated[Format, typer.Option("--format", "-f", help="json or html.")] = Format.JSON,
    metadata: Annotated[
        Path | None,
        typer.Option(help="CSV with subject_id and attributes, for false alerts by attribute."),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Print what a deployment did, ready to be published: nothing in it names a person."""
    with _store(config) as store:
        found = store.deployments.get(deployment)
        text = _certificate(store, deployment)
        made = deployment_report.build(
            found,
            store.deployments.numbers(deployment),
            datetime.now(UTC),
            attributes=_attributes(metadata) if metadata is not None else None,
            certificate=json.loads(text) if text else None,
            certificate_sha256=hashlib.sha256(text.encode()).hexdigest() if text else "",
        )
    if form is Format.HTML:
        typer.echo(deployment_html.render(made), nl=False)
    else:
        typer.echo(made.model_dump_json(indent=2))


@certificate_app.command("show")
def show_certificate(deployment: Id, config: ConfigOption = None) -> None:
    """Print the deletion certificate of a deployment."""
    with _store(config) as store:
        typer.echo(store.deployments.certificate(deployment), nl=False)


@certificate_app.command("key")
def public_key(config: ConfigOption = None) -> None:
    """Print the public key that certificates of this installation are checked with."""
    with _store(config) as store:
        typer.echo(store.deployments.public_key().decode(), nl=False)


@certificate_app.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The certificate.")],
    key: Annotated[Path, typer.Option("--key", help="Public key (PEM) of who signed it.")],
) -> None:
    """Say whether a certificate is what was signed; needs no store. Ends with 1 where it is not."""
    public = read_public_key(key.read_bytes())
    try:
        said = verify_certificate(file.read_text("utf-8") if _fits(file) else "", public)
    except (DataError, UnicodeDecodeError) as error:
        what = str(error) if isinstance(error, DataError) else "this is no deletion certificate"
        problems().print(f"invalid: {escape(what)}")
        raise typer.Exit(1) from None
    rows = sum(one["rows"] for one in said["deleted"].values())
    results().print(
        f"valid: deployment {said['deployment']}, {rows} rows deleted {escape(said['deleted_at'])}"
    )


def _fits(file: Path) -> bool:
    return file.stat().st_size <= LARGEST


def _certificate(store: Store, deployment_id: int) -> str:
    try:
        return store.deployments.certificate(deployment_id)
    except StoreError as error:
        if type(error) is StoreError:  # there is none yet
            return ""
        raise


def _attributes(path: Path) -> dict[int, dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        if "subject_id" not in (rows.fieldnames or ()):
            raise InputError(
                f"{path} has no column subject_id",
                expected="subject_id and one column for each attribute",
            )
        found: dict[int, dict[str, str]] = {}
        for row in rows:
            number = row.pop("subject_id", "") or ""
            if not number.strip().isascii() or not number.strip().isdigit():
                raise InputError(f"line {rows.line_num} of {path} has no number of a subject")
            found[int(number)] = {name: value or "" for name, value in row.items() if name}
    return found


def _store(config: Path | None) -> Store:
    return open_store_from(load_settings(config), create=False)


def _plain(one: Deployment) -> dict[str, object]:
    def when(at: datetime | None) -> str | None:
        return at.isoformat().replace("+00:00", "Z") if at is not None else None

    return {
        "deployment_id": one.deployment_id,
        "state": one.state,
        "purpose": one.purpose,
        "place": one.place,
        "legal_basis": one.legal_basis,
        "cameras": one.cameras,
        "watchlists": one.watchlists,
        "starts_at": when(one.starts_at),
        "ends_at": when(one.ends_at),
        "proposed_by": one.proposed_by,
        "authorised_by": one.authorised_by,
        "ended_at": when(one.ended_at),
        "end_reason": one.end_reason,
        "wiped_at": when(one.wiped_at),
        "version": one.version,
    }
