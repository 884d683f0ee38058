"""How pictures are spread over people."""

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from facewarden.data import Int64
from facewarden.evaluate.report import Cell, Plot, Table
from facewarden.svg import LINES

STEPS = (1, 2, 3, 5, 10, 20, 50, 100, 500)
"""Lower ends of the table's rows."""


@dataclass(frozen=True, slots=True)
class Balance:
    """Pictures of each person.

    Attributes:
        counts: (classes,) int64, each at least 1.
    """

    counts: Int64

    @property
    def alone(self) -> int:
        """People with one picture: they make no genuine pair and cannot be tested on."""
        return int((self.counts == 1).sum())

    @property
    def effective(self) -> float:
        """How many people of equal share would be as mixed: exp of the entropy (Hill 1973)."""
        share = self.counts / self.counts.sum()
        return float(np.exp(-(share * np.log(share)).sum()))

    def table(self) -> Table:
        """Return people and pictures by pictures a person."""
        rows: list[tuple[Cell, ...]] = []
        for low, high in zip(STEPS, [*(step - 1 for step in STEPS[1:]), 0], strict=True):
            inside = (self.counts >= low) & ((self.counts <= high) if high else True)
            if inside.any():
                name = (
                    f"{low} or more" if not high else f"{low}" if low == high else f"{low}-{high}"
                )
                rows.append((name, int(inside.sum()), int(self.counts[inside].sum())))
        return Table(
            "Class balance",
            ("pictures a person", "people", "pictures"),
            tuple(rows),
            note=f"From {self.counts.min():,} to {self.counts.max():,} pictures a person, median "
            f"{np.median(self.counts):g}. As mixed as {self.effective:,.0f} people of equal share.",
        )

    def plot(self) -> Plot:
        """Return the pictures of each person, most first, on two logarithmic axes."""

        def draw(axes: Axes) -> None:
            ordered = np.sort(self.counts)[::-1]
            axes.step(np.arange(1, len(ordered) + 1), ordered, where="mid", color=LINES[0])
            axes.set_xscale("log")
            axes.set_yscale("log")
            axes.set_xlabel("people, most pictures first")
            axes.set_ylabel("pictures")

        return Plot("Pictures of each person", draw)
