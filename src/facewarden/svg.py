"""A matplotlib figure as SVG that takes its ink from the page around it, in light and dark."""

import io
import re
from typing import Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

LINES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""These hold apart for colour-blind readers (Okabe and Ito 2008), on white as on black."""

_LETTERS = 100
"""That fit side by side above a plot, the marks of the curves and the gaps counted as seven."""

_INK = "#010203"
"""Replaced by the page's own text colour."""


def svg(figure: Figure, axes: Axes, title: str, *, grid: Literal["x", "y", "both"] = "x") -> str:
    """Write a figure of one axes as an SVG element without background, prologue or metadata.

    Args:
        title: what the picture shows, for those who cannot see it.
        grid: the direction whose lines are drawn.
    """
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for spine in axes.spines.values():
        spine.set_color(_INK)
    axes.tick_params(colors=_INK, which="both")
    axes.xaxis.label.set_color(_INK)
    axes.yaxis.label.set_color(_INK)
    axes.grid(axis=grid, color=_INK, alpha=0.12)
    axes.set_axisbelow(True)
    labels = axes.get_legend_handles_labels()[1]
    if labels:
        # Long names in four columns would run over the edge.
        ncols = max(1, min(4, _LETTERS // (max(map(len, labels)) + 7)))
        legend = figure.legend(
            loc="outside upper left", ncols=ncols, frameon=False, labelcolor=_INK
        )
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
    label = title.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return drawing.replace("<svg", f'<svg role="img" aria-label="{label}" class="plot"', 1)
