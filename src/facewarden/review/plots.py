"""The report's two pictures, as SVG that takes its ink from the page around it."""

import io
import re
from collections.abc import Sequence

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from facewarden.review.latency import Latency, steps
from facewarden.review.report import Report

# Blue, orange and grey hold apart for colour-blind readers (Okabe and Ito 2008), on white as on
# black.
_CONFIRMED, _REJECTED, _OPEN = "#0072b2", "#d55e00", "#8d959e"
_LINES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
_INK = "#010203"
"""Replaced by the page's own text colour, so that the pictures suit light and dark."""

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
    return _svg(figure, axes, "Alerts by camera and watchlist")


def latencies(report: Report) -> str:
    """Draw which share of alerts was decided and delivered within how long; empty if none."""
    measured = [
        (step, latency)
        for step, latency in steps(report.decided, report.delivered)
        if latency.count
    ][: len(_LINES)]
    if not measured:
        return ""
    figure = Figure(figsize=(7.6, 3.0), layout="constrained")
    axes = figure.subplots()
    for (step, latency), colour in zip(measured, _LINES, strict=False):
        axes.step(*_cumulative(latency), where="post", color=colour, linewidth=1.8, label=step)
    axes.set_xscale("log")
    axes.set_ylim(0, 103)
    axes.set_yticks([0, 25, 50, 75, 100])
    axes.set_xlabel("within so many seconds")
    axes.set_ylabel("% of alerts")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())
    return _svg(figure, axes, "Latency")


def _cumulative(latency: Latency) -> tuple[Sequence[float], Sequence[float]]:
    """Return seconds and the percentage that took no longer; a millisecond is the least drawn."""
    seconds = [max(second, 1e-3) for second in latency.seconds]
    shares = [100 * (index + 1) / latency.count for index in range(latency.count)]
    return [seconds[0] * 0.8, *seconds, seconds[-1] * 1.25], [0, *shares, 100]


def _short(name: str) -> str:
    return name if len(name) <= 40 else name[:39] + "…"


def _svg(figure: Figure, axes: Axes, title: str) -> str:
    """Write the figure as an SVG element without a background, a prologue or metadata."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for spine in axes.spines.values():
        spine.set_color(_INK)
    axes.tick_params(colors=_INK)
    axes.xaxis.label.set_color(_INK)
    axes.yaxis.label.set_color(_INK)
    axes.grid(axis="x", color=_INK, alpha=0.12)
    axes.set_axisbelow(True)
    legend = figure.legend(loc="outside upper left", ncols=4, frameon=False, labelcolor=_INK)
    for entry in legend.get_texts():
        entry.set_parse_math(False)
    figure.patch.set_alpha(0)
    axes.patch.set_alpha(0)
    out = io.StringIO()
    # Text stays text, in the reader's own font; ids are the same for the same figures.
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": title}):
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    written = out.getvalue()
    drawing = written[written.index("<svg") :].replace(_INK, "currentColor")
    drawing = re.sub(r"<metadata>.*?</metadata>", "", drawing, count=1, flags=re.DOTALL)
    label = f'<svg role="img" aria-label="{title}" class="plot"'
    return drawing.replace("<svg", label, 1)
