"""ROC, DET and histogram: one painter each, for verification and for identification."""

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator
from scipy.special import ndtri

from facewarden.evaluate.trade_off import Floats, TradeOff
from facewarden.svg import LINES

MOST_POINTS = 2000
"""Of a curve: more than a screen has columns only makes the page heavy."""

_TICKS = (1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.05, 0.2, 0.4)


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

    def draw(axes: Axes) -> None:
        false_rate, true_rate = _thinned(*trade_off.curve())
        seen = (false_rate < 0.5) & (true_rate < 1) & (true_rate > 0)
        axes.plot(ndtri(false_rate[seen]), ndtri(1 - true_rate[seen]), color=LINES[0])
        lowest = 0.6 / max(2, len(trade_off.unwanted)), 0.6 / max(2, len(trade_off.wanted))
        axes.set_xlim(float(ndtri(lowest[0])), float(ndtri(0.5)))
        axes.set_ylim(float(ndtri(lowest[1])), float(ndtri(0.5)))
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
