"""facewarden alerts: the candidates that were raised, and a human's verdict on each."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from facewarden.actor import actor
from facewarden.alert.wording import lead, looks, presentation, second_opinion
from facewarden.cli.consoles import problems, results
from facewarden.cli.durations import parse_moment
from facewarden.cli.listing import listing
from facewarden.cli.options import ConfigOption, JsonOption
from facewarden.cli.private_file import write_private
from facewarden.config.load import load_settings
from facewarden.data import Alert, AlertLook, Review, ReviewState
from facewarden.data.casework import CaseStatus
from facewarden.errors import InputError
from facewarden.review.figures import count as counted
from facewarden.review.figures import moment
from facewarden.store.alerts import AlertsWanted, StoredAlert
from facewarden.store.anchors import AnchorChange
from facewarden.store.consequences import CONSEQUENCES
from facewarden.store.open import Store
from facewarden.wiring.anchors import too_like_for_an_anchor
from facewarden.wiring.stores import open_store_from

SHORT = 8
"""Digits of an id that a list shows: 16 to the 8th are enough to tell 10,000 alerts apart."""

app = typer.Typer(
    help="Alerts: list, show, confirm, reject, reopen; give up deliveries.", no_args_is_help=True
)

AlertArgument = Annotated[
    str, typer.Argument(metavar="ID", help="The alert's id, or its first digits.")
]
ReviewerOption = Annotated[
    str, typer.Option("--reviewer", help="Who judges; default: the user of this machine.")
]


@app.command("list")
def list_alerts(
    since: Annotated[str, typer.Option(help="Raised since: 24h, 7d, or an ISO time.")] = "",
    camera: Annotated[str, typer.Option(help="Of this camera.")] = "",
    watchlist: Annotated[str, typer.Option("--watchlist", "-w", help="Of this list.")] = "",
    state: Annotated[ReviewState | None, typer.Option(help="With this verdict.")] = None,
    held: Annotated[
        bool | None,
        typer.Option(help="What looks like a picture and went to no sink; or all but that."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, newest first.")] = 50,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List alerts, newest first."""
    with _store(config) as store:
        wanted = AlertsWanted(
            since=parse_moment(since, datetime.now(UTC)) if since else None,
            cameras=(camera,) if camera else None,
            watchlists=(watchlist,) if watchlist else None,
            states=None if state is None else (state,),
            held=held,
        )
        found = store.alerts.page(wanted, limit=limit)
    if as_json:
        results().print_json(json.dumps([_plain(stored) for stored in found]))
        return
    if not found:
        problems().print("No alerts.")
        return
    table = listing(
        "id", "raised", "camera", "watchlist", "subject", "similarity", "state",
        wrapping={"camera", "watchlist", "subject"},
    )  # fmt: skip
    for stored in found:
        alert = stored.alert
        table.add_row(
            alert.alert_id[:SHORT],
            f"{stored.raised_at.astimezone():%Y-%m-%d %H:%M}",
            escape(alert.camera_id),
            escape(alert.watchlist),
            escape(alert.subject_name),
            f"{alert.similarity:.3f}",
            _state(stored),
        )
    results().print(table)


@app.command()
def show(
    alert: AlertArgument,
    snapshot: Annotated[Path | None, typer.Option(help="Write the snapshot's JPEG here.")] = None,
    looks_to: Annotated[
        Path | None, typer.Option("--looks", help="Write a JPEG of each look into this folder.")
    ] = None,
    strip: Annotated[
        Path | None,
        typer.Option(help="Write a JPEG of what presentation attack detection looked at here."),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one alert, its deliveries and its reviews; reading its pictures is audited."""
    with _store(config) as store:
        stored = store.alerts.get(alert, with_snapshot=snapshot is not None)
        alert_id = stored.alert.alert_id
        seen = store.alerts.looks(alert_id) if looks_to is not None else []
        shown = store.alerts.presentation_picture(alert_id) if strip is not None else None
    if looks_to is not None:
        _write_looks(looks_to, seen)
    if snapshot is not None:
        if stored.alert.snapshot is None:
            raise InputError(
                f"alert {stored.alert.alert_id[:SHORT]} has no snapshot",
                remedy="it may have expired (store.retention)",
            )
        write_private(snapshot, stored.alert.snapshot.jpeg)
    if strip is not None:
        if shown is None:
            raise InputError(
                f"alert {alert_id[:SHORT]} has no picture of presentation attack detection",
                remedy="its watchlist may not ask (watchlists set --presentation), or it expired",
            )
        write_private(strip, shown.jpeg)
    if as_json:
        results().print_json(json.dumps(_plain(stored)))
        return
    _describe(stored)


@app.command()
def confirm(
    alert: AlertArgument,
    reason: Annotated[str, typer.Option(help="Why.")] = "",
    reviewer: ReviewerOption = "",
    config: ConfigOption = None,
) -> None:
    """Say that the alert shows the subject; takes back what an earlier rejection did."""
    _judge(config, alert, ReviewState.CONFIRMED, reason, reviewer)


@app.command()
def reject(
    alert: AlertArgument,
    reason: Annotated[str, typer.Option(help="Why; such as: another person.")],
    hold_back: Annotated[
        bool | None,
        typer.Option(
            help="Hold this face back from this subject from now on; default: yes, but not "
            "where the alert looks like a picture of the subject."
        ),
    ] = None,
    even_so: Annotated[
        bool, typer.Option("--even-so", help="Also where that may hide the subject.")
    ] = False,
    reviewer: ReviewerOption = "",
    config: ConfigOption = None,
) -> None:
    """Say that the alert does not show the subject, and why.

    The face then raises no more alerts for this subject, at once and also in a running watch. The
    subject still does, and so does the face for other subjects. A picture of the subject is not
    held back by itself: the subject would be hidden with it.
    """
    if not reason.strip():
        raise InputError("a rejection needs a reason", remedy="give --reason TEXT")
    _judge(
        config,
        alert,
        ReviewState.REJECTED,
        reason,
        reviewer,
        hold_back=hold_back,
        even_so=even_so,
    )


@app.command()
def reopen(
    alert: AlertArgument,
    reason: Annotated[str, typer.Option(help="Why the verdict is undone.")],
    reviewer: ReviewerOption = "",
    config: ConfigOption = None,
) -> None:
    """Undo a verdict, with a reason; a face that was held back no longer is."""
    who = reviewer.strip() or actor()
    with _store(config) as store:
        alert_id = store.alerts.get(alert, with_snapshot=False).alert.alert_id
        case, change = store.casework.reopen(alert_id, who, reason)
    _tell(alert_id, case.status, who, change)


@app.command("give-up")
def give_up(
    sink: Annotated[str, typer.Argument(help="The sink's name.")],
    even_so: Annotated[
        bool, typer.Option("--even-so", help="Also of a sink that the settings have.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    config: ConfigOption = None,
) -> None:
    """Give up what still waits to be delivered to a sink, such as one that was taken away.

    The alerts stay, and other sinks get them. Each alert concerned is named in the audit log.
    """
    settings = load_settings(config)
    if not even_so and sink in {one.name for one in settings.sinks}:
        raise InputError(
            f"sink {sink} is in use, and what waits for it is tried again",
            expected="a sink that is not among the sinks of the settings",
            remedy="--even-so, to give it up all the same",
        )
    with open_store_from(settings, create=False) as store:
        waiting = store.alerts.backlog(sink)
        if not waiting:
            known = {queue.sink for queue in store.alerts.queues() if queue.waiting}
            raise InputError(
                f"nothing waits for sink {sink}",
                expected=", ".join(sorted(known)) or "a sink for which something waits",
            )
        if not yes:
            typer.confirm(
                f"Give up what waits for sink {sink} ({counted(waiting)})?", abort=True, err=True
            )
        given_up = store.alerts.give_up(sink, actor())
    problems().print(escape(f"Given up for sink {sink}: {counted(given_up)}."))


def _judge(
    config: Path | None,
    alert: str,
    state: ReviewState,
    reason: str,
    reviewer: str,
    *,
    hold_back: bool | None = None,
    even_so: bool = False,
) -> None:
    who = reviewer.strip() or actor()
    settings = load_settings(config)
    with open_store_from(settings, create=False) as store:
        judged = store.alerts.get(alert, with_snapshot=False).alert
        left_alone = hold_back is None and judged.looks_like_a_picture
        if hold_back is None:
            hold_back = not left_alone
        making = state is ReviewState.REJECTED and hold_back
        if making and not even_so and store.anchors.has_probe(judged.alert_id):
            _require_unlike(judged, too_like_for_an_anchor(settings, judged))
        case, change = store.casework.judge(
            Review(judged.alert_id, state, who, reason.strip(), datetime.now(UTC)),
            anchor=hold_back,
        )
    _tell(judged.alert_id, case.status, who, change)
    if state is ReviewState.REJECTED and left_alone:
        problems().print(
            "This face is not held back, since it was said to be a picture: that may hide the "
            "subject. If it is somebody else, reject its next alert with --hold-back.",
            soft_wrap=True,
        )


def _tell(alert_id: str, status: CaseStatus, who: str, change: AnchorChange) -> None:
    problems().print(f"Alert {alert_id[:SHORT]} is {status}, by {escape(who)}.")
    if status is CaseStatus.CONFIRMED_BY_ONE:
        problems().print("Its watchlist asks for two people: somebody else confirms it, too.")
    if CONSEQUENCES[change]:
        problems().print(CONSEQUENCES[change])


def _require_unlike(alert: Alert, limit: float) -> None:
    if alert.similarity >= limit:
        raise InputError(
            f"alert {alert.alert_id[:SHORT]} is so like its subject that holding this face back "
            "would hide the subject",
            expected=f"a similarity below {limit:.3f}",
            found=f"{alert.similarity:.3f}",
            remedy="compare the pictures again; then --even-so, "
            "or --no-hold-back to reject this alert only",
        )


def _store(config: Path | None) -> Store:
    return open_store_from(load_settings(config), create=False)


def _write_looks(folder: Path, seen: Sequence[AlertLook]) -> None:
    if not seen:
        raise InputError(
            "the alert has no pictures of looks",
            remedy="it may have expired (store.retention), or was raised before there were any",
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for look in seen:
        file = folder / f"look-{look.number:02}.jpg"
        write_private(file, look.picture.jpeg)
        alone = "not among the nearest" if look.similarity is None else f"{look.similarity:.3f}"
        problems().print(
            f"{escape(str(file))}: {moment(look.seen_at, None)}, similarity {alone}, "
            f"quality {look.quality:.2f}"
        )


def _describe(stored: StoredAlert) -> None:
    alert = stored.alert
    place = f"{alert.camera_name} ({alert.camera_id})"
    place += f", {alert.camera_location}" if alert.camera_location else ""
    subject = alert.subject_name
    subject += f", {alert.external_reference}" if alert.external_reference else ""
    subject += f", {alert.category}" if alert.category else ""
    facts = Table.grid(padding=(0, 2))
    for word, fact in (
        ("alert", f"{alert.alert_id}, revision {alert.revision}"),
        ("state", _state(stored)),
        ("candidate", f"{subject} (subject {alert.subject_id}, reference {alert.reference_id})"),
        ("watchlist", alert.watchlist),
        ("camera", place),
        ("first seen", moment(alert.seen_at, None)),
        ("last seen", moment(alert.last_seen_at, None)),
        ("raised", moment(stored.raised_at, None)),
        (
            "similarity",
            f"{alert.similarity:.3f}, {alert.threshold:.3f} was needed; "
            f"{lead(alert)}; {looks(alert.looks)}",
        ),
        ("model", _models(alert)),
        ("second opinion", second_opinion(alert.second_opinion)),
        ("presentation", presentation(alert.presentation)),
        ("held", "told to no sink: a picture may have been shown" if alert.held else ""),
    ):
        if fact:
            facts.add_row(word, escape(fact))
    results().print(facts)
    if stored.deliveries:
        table = Table("sink", "revision", "attempts", "delivered", "problem", title="Deliveries")
        for sent in stored.deliveries:
            when = moment(sent.delivered_at, None) if sent.delivered_at else "waiting"
            table.add_row(
                escape(sent.sink),
                str(sent.revision),
                str(sent.attempts),
                when,
                escape(sent.problem),
            )
        results().print(table)
    if stored.reviews:
        table = Table("when", "verdict", "reviewer", "reason", title="Reviews")
        for review in stored.reviews:
            when = moment(review.reviewed_at, None)
            table.add_row(when, review.state, escape(review.reviewer), escape(review.reason))
        results().print(table)


def _models(alert: Alert) -> str:
    """Name what embedded the photographs, and what the looks where that is another model."""
    if alert.looks_model_id == alert.model_id:
        return alert.model_id
    return f"{alert.model_id} of the photographs, {alert.looks_model_id} of the looks"


def _state(stored: StoredAlert) -> str:
    """Say what a human said, whether the face is held back, whether the alert itself is held."""
    words: list[str] = [stored.alert.state]
    words += ["held back"] if stored.anchored else []
    words += ["held"] if stored.alert.held else []
    return ", ".join(words)


def _plain(stored: StoredAlert) -> dict[str, Any]:
    alert = stored.alert
    return {
        "alert_id": alert.alert_id,
        "revision": alert.revision,
        "state": alert.state,
        "held_back": stored.anchored,
        "camera": {
            "id": alert.camera_id,
            "name": alert.camera_name,
            "location": alert.camera_location,
        },
        "track_id": alert.track_id,
        "watchlist": alert.watchlist,
        "subject": {
            "id": alert.subject_id,
            "name": alert.subject_name,
            "external_reference": alert.external_reference,
            "category": alert.category,
            "reference_id": alert.reference_id,
        },
        "similarity": alert.similarity,
        "threshold": alert.threshold,
        "margin": alert.margin,
        "looks": alert.looks,
        "model_id": alert.model_id,
        "looks_model_id": alert.looks_model_id,
        "second_opinion": asdict(alert.second_opinion) if alert.second_opinion else None,
        "presentation": asdict(alert.presentation) if alert.presentation else None,
        "held": alert.held,
        "seen_at": alert.seen_at.isoformat(),
        "last_seen_at": alert.last_seen_at.isoformat(),
        "received_at": alert.received_at.isoformat(),
        "raised_at": stored.raised_at.isoformat(),
        "decided_at": alert.decided_at.isoformat(),
        "deliveries": [
            {
                "sink": sent.sink,
                "revision": sent.revision,
                "attempts": sent.attempts,
                "problem": sent.problem,
                "delivered_at": sent.delivered_at.isoformat() if sent.delivered_at else None,
            }
            for sent in stored.deliveries
        ],
        "reviews": [
            {
                "state": review.state,
                "reviewer": review.reviewer,
                "reason": review.reason,
                "reviewed_at": review.reviewed_at.isoformat(),
            }
            for review in stored.reviews
        ],
    }
