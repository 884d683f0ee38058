"""How an evaluation's figures are written for people."""

import math

from facewarden.evaluate.intervals import Estimate
from facewarden.evaluate.report import Cell


def written(cell: Cell, unit: str = "%") -> str:
    """Write a cell: 12,345, or 3.21 % (2.90 to 3.55), or a dash where there is no figure."""
    match cell:
        case None:
            return "-"
        case str():
            return cell
        case int():
            return f"{cell:,}"
        case Estimate():
            return _estimate(cell, unit)


def _estimate(estimate: Estimate, unit: str) -> str:
    if math.isnan(estimate.value):
        return f"no figure ({estimate.note})" if estimate.note else "no figure"
    factor = 100 if unit == "%" else 1
    behind = f" {unit}" if unit else ""
    text = f"{_number(estimate.value * factor)}{behind}"
    if estimate.has_interval:
        text += f" ({_number(estimate.low * factor)} to {_number(estimate.high * factor)})"
    return f"{text}, {estimate.note}" if estimate.note else text


def _number(value: float) -> str:
    if value and abs(value) < 0.01:
        # Two figures, written out as far as people can still count the zeros.
        return f"{value:.2g}" if abs(value) >= 1e-4 else f"{value:.1e}"
    return f"{value:.2f}" if abs(value) < 100 else f"{value:,.1f}"
