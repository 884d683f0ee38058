"""The report's two pictures, as SVG that takes its ink from the page around it."""

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from facewarden.review.latency import Latency, steps
from facewarden.review.report import Report
from facewarden.svg import LINES, svg

# As facewarden.svg.LINES, with a grey for what nobody has judged.
_CONFIRMED, _REJECTED, _OPEN = "#0072b2", "#d55e00", "#8d959e"

_MOST_BARS = 30


def alerts(report: Report) -> str:
    """Draw alerts by camera and watchlist, split by verdict; empty text where there is none.

    Of more than 30 rows only those with the most alerts are drawn.
    """
    rows = sorted(report.watchlists, key=lambda line: -line.verdicts.alerts)[:_MOST_BARS]
    if not rows:
        return ""
    figure = Figure(figsize=(7.6, 0.9 + 0.34 * len(rows)), layout="constrained")
    axes = figure.subplots()
    names = range(len(rows))
    left = [0] * len(rows)
    for word, colour, counts in (
        ("confirmed", _CONFIRMED, [line.verdicts.confirmed for line in rows]),
        ("rejected", _REJECTED, [line.verdicts.rejected for line in rows]),
        ("open", _OPEN, [line.verdicts.open for line in rows]),
    ):
        axes.barh(names, counts, left=left, height=0.62, color=colour, label=word)
        left = [start + more for start, more in zip(left, counts, strict=True)]
    axes.set_yticks(
        names, [_short(f"{line.camera_id} / {line.watchlist}") for line in rows], parse_math=False
    )
    axes.invert_yaxis()
    axes.set_xlabel("alerts")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return svg(figure, axes, "Alerts by camera and watchlist")


def latencies(report: Report) -> str:
    """Draw which share of alerts was decided and delivered within how long; empty if none."""
    measured = [
        (step, latency)
        for step, latency in steps(report.decided, report.delivered)
        if latency.count
    ][: len(LINES)]
    if not measured:
        return ""
    figure = Figure(figsize=(7.6, 3.0), layout="constrained")
    axes = figure.subplots()
    for (step, latency), colour in zip(measured, LINES, strict=False):
        axes.step(*_cumulative(latency), where="post", color=colour, linewidth=1.8, label=step)
    axes.set_xscale("log")
    axes.set_ylim(0, 103)
    axes.set_yticks([0, 25, 50, 75, 100])
    axes.set_xlabel("within so many seconds")
    axes.set_ylabel("% of alerts")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())
    return svg(figure, axes, "Latency")


def _cumulative(latency: Latency) -> tuple[Sequence[float], Sequence[float]]:
    """Return seconds and the percentage that took no longer; a millisecond is the least drawn."""
    seconds = [max(second, 1e-3) for second in latency.seconds]
    shares = [100 * (index + 1) / latency.count for index in range(latency.count)]
    return [seconds[0] * 0.8, *seconds, seconds[-1] * 1.25], [0, *shares, 100]


def _short(name: str) -> str:
    return name if len(name) <= 40 else name[:39] + "…"
