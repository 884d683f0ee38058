"""The report as tables for a terminal."""

from collections.abc import Iterator, Sequence
from datetime import tzinfo

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from facewarden.data.report import PresentationOutcome
from facewarden.review import figures
from facewarden.review.expectation import BudgetLine
from facewarden.review.latency import Latency, steps
from facewarden.review.report import CameraLine, Report, Verdicts

_DENOMINATORS = (
    "False per alert: of those judged. Per track: of everybody who passed, once for each time. "
    "Per face: of all detections, many in each track."
)

_HELD = (
    "Asked: alerts whose watchlist asks whether a living person was seen. Neither: not settled, or "
    "not assessed. Held: told to no sink, since a picture may have been shown; counted among the "
    "alerts above."
)

_EXPECTED = (
    "Expected: had every track been a stranger's, at the threshold then in force; in brackets what "
    "chance makes of it 95 times of 100."
)


def render(report: Report, zone: tzinfo | None = None) -> RenderableType:
    """Return the report for a rich console; times in `zone`, that of this machine if None."""
    since, until = (figures.moment(at, zone) for at in (report.since, report.until))
    parts: list[RenderableType] = [f"From {since} to {until}", _cameras(report)]
    if report.watchlists:
        parts += [_watchlists(report), _DENOMINATORS]
        if report.total.verdicts.presentation.asked:
            parts += [_presentation(report), _HELD]
        parts.append(_latencies(report))
    else:
        parts.append("No alert was raised in this time.")
    if report.budgets:
        parts += [budgets(report.budgets), _EXPECTED]
    return Group(*parts)


def budgets(lines: Sequence[BudgetLine]) -> Table:
    """Return false alerts expected and observed, by watchlist."""
    table = _table(
        "False alerts", "watchlist", "tracks", "expected", "rejected", "unreviewed", "so"
    )
    for line in lines:
        table.add_row(
            escape(line.watchlist),
            figures.count(line.tracks),
            figures.expected(line.expected, line.low, line.high),
            figures.count(line.rejected),
            figures.count(line.open),
            line.agreement.value,
        )
    return table


def _cameras(report: Report) -> Table:
    table = _table(
        "Watched",
        "camera",
        "watched",
        "down",
        "frames",
        "dropped",
        "faces",
        "tracks",
        "rejected before",
    )
    for line in report.cameras:
        table.add_row(escape(line.activity.camera_id), *_activity(line))
    table.add_section()
    table.add_row("all", *_activity(report.total))
    return table


def _activity(line: CameraLine) -> Iterator[str]:
    activity = line.activity
    yield figures.span(activity.watched_s)
    yield f"{figures.span(activity.down_s)} ({figures.share(line.down_share)})"
    yield figures.count(activity.analysed)
    yield f"{figures.count(activity.dropped)} ({figures.share(line.dropped_share)})"
    yield figures.count(activity.faces)
    yield figures.count(activity.tracks)
    yield figures.count(activity.rejected_before)


def _watchlists(report: Report) -> Table:
    table = _table(
        "Alerts",
        "camera",
        "watchlist",
        "alerts",
        "confirmed",
        "rejected",
        "open",
        "false per alert",
        "false per track",
        "false per face",
    )
    for line in report.watchlists:
        table.add_row(escape(line.camera_id), escape(line.watchlist), *_verdicts(line.verdicts))
    table.add_section()
    table.add_row("all", "all", *_verdicts(report.total.verdicts))
    return table


def _presentation(report: Report) -> Table:
    table = _table(
        "Living people and pictures",
        "camera",
        "watchlist",
        "asked",
        "living",
        "pictures",
        "neither",
        "held (confirmed, rejected, open)",
    )
    for line in report.watchlists:
        seen = line.verdicts.presentation
        if seen.asked:
            table.add_row(escape(line.camera_id), escape(line.watchlist), *_seen(seen))
    table.add_section()
    table.add_row("all", "all", *_seen(report.total.verdicts.presentation))
    return table


def _seen(seen: PresentationOutcome) -> Iterator[str]:
    neither = seen.unsettled + seen.not_assessed
    for number in (seen.asked, seen.bona_fide, seen.attacks, neither):
        yield figures.count(number)
    judged = (seen.held_confirmed, seen.held_rejected, seen.held_open)
    yield f"{figures.count(seen.held)} ({', '.join(map(figures.count, judged))})"


def _verdicts(verdicts: Verdicts) -> Iterator[str]:
    for number in (verdicts.alerts, verdicts.confirmed, verdicts.rejected, verdicts.open):
        yield figures.count(number)
    yield figures.share(verdicts.false_per_alert)
    yield figures.share(verdicts.false_per_track)
    yield figures.share(verdicts.false_per_face)


def _latencies(report: Report) -> Table:
    table = _table("Latency", "camera", "watchlist", "step", "alerts", "p50", "p95", "p99")
    for line in report.watchlists:
        for step, latency in steps(line.decided, line.delivered):
            table.add_row(escape(line.camera_id), escape(line.watchlist), *_latency(step, latency))
        table.add_section()
    for step, latency in steps(report.decided, report.delivered):
        table.add_row("all", "all", *_latency(step, latency))
    return table


def _latency(step: str, latency: Latency) -> Iterator[str]:
    yield escape(step)
    yield figures.count(latency.count)
    for seconds in (latency.p50_s, latency.p95_s, latency.p99_s):
        yield figures.latency(seconds)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    for column in columns:
        words = column in {"camera", "watchlist", "step"}
        table.add_column(column, justify="left" if words else "right")
    return table
