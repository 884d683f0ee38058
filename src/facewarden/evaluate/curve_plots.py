"""ROC, DET and histogram: one painter each, for verification and for identification."""

import itertools
from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator
from scipy.special import ndtri

from facewarden.evaluate.trade_off import Floats, TradeOff
from facewarden.svg import LINES

MOST_POINTS = 2000
"""Of a curve: more than a screen has columns only makes the page heavy."""

_TICKS = (1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.05, 0.2, 0.4, 0.6, 0.8)


def roc(trade_off: TradeOff, false: str, true: str) -> Callable[[Axes], None]:
    """Paint the share of right matches against that of false ones, from one false one up."""

    def draw(axes: Axes) -> None:
        x, y = _thinned(*trade_off.curve())
        axes.step(x, 100 * y, where="post", color=LINES[0])
        axes.set_xscale("log")
        axes.set_xlim(max(1e-7, 0.8 / max(1, len(trade_off.unwanted))), 1)
        shown = y[x >= axes.get_xlim()[0]]
        low = float(100 * shown.min()) if len(shown) else 0.0
        axes.set_ylim(max(0, low - (100 - low) * 0.15 - 0.05), 100 + (100 - low) * 0.05 + 0.05)
        axes.set_xlabel(false)
        axes.set_ylabel(f"{true} (%)")
        axes.xaxis.set_major_formatter(FuncFormatter(_percent))

    return draw


def det(trade_off: TradeOff, false: str, missed: str) -> Callable[[Axes], None]:
    """Paint both errors on axes of normal deviates, on which normal scores make a straight line.

    Martin et al. 1997; ISO/IEC 19795-1:2021, 10.6.
    """
    return dets([("", trade_off)], false, missed)


def dets(
    curves: Sequence[tuple[str, TradeOff]], false: str, missed: str, *, highest: float = 0.5
) -> Callable[[Axes], None]:
    """Paint several such curves in one picture.

    Args:
        curves: name, which may be empty, and scores.
        highest: error up to which both axes go.
    """

    def draw(axes: Axes) -> None:
        for colour, (name, trade_off) in zip(itertools.cycle(LINES), curves, strict=False):
            false_rate, true_rate = _thinned(*trade_off.curve())
            seen = (false_rate < highest) & (true_rate < 1) & (true_rate > 0)
            x, y = ndtri(false_rate[seen]), ndtri(1 - true_rate[seen])
            axes.plot(x, y, color=colour, label=name or None)
        most_false = max(len(trade_off.unwanted) for _, trade_off in curves)
        most_missed = max(len(trade_off.wanted) for _, trade_off in curves)
        lowest = 0.6 / max(2, most_false), 0.6 / max(2, most_missed)
        axes.set_xlim(float(ndtri(lowest[0])), float(ndtri(highest)))
        axes.set_ylim(float(ndtri(lowest[1])), float(ndtri(highest)))
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(FixedLocator(ndtri(_TICKS).tolist()))
            axis.set_minor_locator(NullLocator())
            axis.set_major_formatter(FuncFormatter(_deviate))
        axes.set_xlabel(false)
        axes.set_ylabel(missed)

    return draw


def histogram(
    groups: Sequence[tuple[str, Floats]], thresholds: Sequence[tuple[str, float]]
) -> Callable[[Axes], None]:
    """Paint the density of similarities of each group, and thresholds as upright lines."""

    def draw(axes: Axes) -> None:
        everything = np.concatenate([values for _, values in groups])
        bins = np.linspace(everything.min(), everything.max() + 1e-9, 81).tolist()
        for colour, (name, values) in zip(LINES, groups, strict=False):
            axes.hist(values, bins=bins, density=True, histtype="step", color=colour, label=name)
        dashes = zip(LINES[len(groups) :], thresholds, strict=False)
        for colour, (name, threshold) in dashes:
            axes.axvline(threshold, color=colour, linestyle="--", label=name)
        axes.set_xlabel("similarity")
        axes.set_ylabel("density")

    return draw


def _thinned(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return at most `MOST_POINTS` points, as dense among few false matches as among many."""
    if len(x) <= MOST_POINTS:
        return x, y
    places = np.unique(np.geomspace(1, len(x), MOST_POINTS).astype(np.int64)) - 1
    return x[places], y[places]


def _percent(value: float, _: int = 0) -> str:
    return f"{100 * value:g} %"


def _deviate(value: float, _: int = 0) -> str:
    from scipy.special import ndtr

    return _percent(float(f"{ndtr(value):.1g}"))
