"""A watch's figures in words: tables, plots and values for machines."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from facewarden.evaluate.intervals import Estimate
from facewarden.evaluate.report import Cell, Plot, Table
from facewarden.evaluate.watch import Passage, Watched, WatchFigures, by_clip
from facewarden.svg import LINES

SEEDS = {
    "accuracy": "97.4 %",
    "precision": "96.8 %",
    "recall": "97.1 %",
    "far": "1.2 %",
    "frr": "2.6 %",
    "ms": "210 ms",
    "to_alert_s": "1.4 s",
}
"""What the papers that facewarden started from say of their own systems, over all."""

SEEDS_BY_CONDITION = {"mask": "88.6 %", "sunglasses": "88.6 %", "hand": "88.6 %",
                      "darkness": "91.3 %", "crowd": "94.2 %"}  # fmt: skip
"""The same under occlusion, in low light and in a crowd."""

SEEDS_NOTE = (
    "The seeds' figures are of other data, other people and other definitions; they stand here "
    "for orientation and cannot be compared strictly."
)


@dataclass(frozen=True, slots=True)
class Step:
    """One strength of one degradation.

    Attributes:
        label: the strength with its unit.
        strength: where it stands on the axis.
    """

    label: str
    strength: float
    figures: WatchFigures
    passages: int


def tables(watched: Watched, found: WatchFigures) -> tuple[Table, ...]:
    """Return the main table with the seeds' column, delays, and a row per clip."""
    mated = sum(one.enrolled for one in watched.passages)
    shares: list[tuple[Cell, ...]] = [
        ("detection: passages of people enrolled that were recognised", found.detection, None),
        (
            "mis-identification: such passages alerted as somebody else",
            found.misidentification,
            None,
        ),
        ("followed: passages of anybody that had a track", found.followed, None),
        ("accuracy", found.accuracy, SEEDS["accuracy"]),
        ("precision", found.precision, SEEDS["precision"]),
        ("recall", found.recall, SEEDS["recall"]),
        ("FAR: passages of people not enrolled that raised an alert", found.far, SEEDS["far"]),
        ("FRR: passages of people enrolled that were not recognised", found.frr, SEEDS["frr"]),
    ]
    others = len(watched.passages) - mated
    note = (
        f"{mated:,} passages of people enrolled, {others:,} of others. {SEEDS_NOTE} Seeds under "
        "occlusion 88.6 %, in low light 91.3 %, in a crowd 94.2 %."
    )
    return (
        Table("Passages", ("share", "here", "seeds"), tuple(shares), note=note),
        Table(
            "False alerts by people who are not enrolled",
            ("figure", "here"),
            (
                ("per 1,000 of their tracks", found.false_per_1000),
                ("tracks that belong to nobody of the truth", watched.stray_tracks),
                ("alerts of those tracks", watched.stray_alerts),
            ),
            unit="",
        ),
        Table(
            "Time to the alert, by the clip's clock",
            ("from", "here", "seeds"),
            (
                ("first visible, median", found.to_alert_s, SEEDS["to_alert_s"]),
                ("first visible, 95th percentile", found.slowest_s, None),
                ("first usable look, median", found.look_to_alert_s, None),
            ),
            unit="s",
            note="Of passages that were alerted. The time that computing takes comes on top, see "
            "below.",
        ),
        Table(
            "Cost of an analysed frame, decoding included",
            ("figure", "here", "seeds"),
            (
                ("by the clock", _ms(found.ms_per_frame), SEEDS["ms"]),
                ("processor time", _ms(found.cpu_ms_per_frame), None),
            ),
            note=f"{watched.frames:,} frames.",
        ),
        _clips(watched),
    )


def _ms(value: float) -> str:
    return f"{value:.1f} ms" if np.isfinite(value) else "-"


def _clips(watched: Watched) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for clip, passages in by_clip(watched.passages).items():
        mated = [one for one in passages if one.enrolled]
        rows.append(
            (
                clip,
                len(mated),
                sum(one.recognised for one in mated),
                sum(bool(one.wrong) for one in mated),
                len(passages) - len(mated),
                sum(bool(one.wrong) for one in passages if not one.enrolled),
            )
        )
    columns = ("clip", "enrolled", "recognised", "as somebody else", "others", "others alerted")
    return Table("Clips", columns, tuple(rows))


def plots(watched: Watched) -> tuple[Plot, ...]:
    """Return detection over time since first visible, and over the size of the face."""
    mated = [one for one in watched.passages if one.enrolled]
    if not mated:
        return ()
    return (
        Plot("Recognised within a time from first visible", _delays(mated)),
        Plot("Recognised, by height of the largest face found", _sizes(mated)),
    )


def _delays(mated: Sequence[Passage]) -> Callable[[Axes], None]:
    delays = np.sort([one.alerted_s - one.visible_s for one in mated])
    looks = np.sort([one.alerted_s - one.looked_s for one in mated])

    def draw(axes: Axes) -> None:
        for line, (label, values) in enumerate((("first visible", delays), ("look", looks))):
            known = values[np.isfinite(values)]
            heights = 100 * np.arange(1, len(known) + 1) / len(mated)
            axes.step(known, heights, where="post", color=LINES[line], label=f"from {label}")
        axes.set_xlim(left=0)
        axes.set_ylim(0, 101)
        axes.set_xlabel("seconds of the clip")
        axes.set_ylabel("passages recognised (%)")

    return draw


def _sizes(mated: Sequence[Passage]) -> Callable[[Axes], None]:
    heights = np.array([one.face_px for one in mated])
    right = np.array([one.recognised for one in mated])
    edges = np.unique(np.quantile(heights, np.linspace(0, 1, 7)))

    def draw(axes: Axes) -> None:
        bins = np.clip(np.searchsorted(edges, heights, "right") - 1, 0, max(0, len(edges) - 2))
        for place in np.unique(bins):
            of = bins == place
            axes.plot(heights[of].mean(), 100 * right[of].mean(), "o", color=LINES[0])
            axes.annotate(f"{of.sum()}", (heights[of].mean(), 100 * right[of].mean()),
                          xytext=(4, -12), textcoords="offset points", fontsize=8,
                          color=LINES[0])  # fmt: skip
        axes.set_ylim(0, 103)
        axes.set_xlabel("px (each point a sixth of the passages)")
        axes.set_ylabel("recognised (%)")

    return draw


def sweep_table(name: str, unit: str, steps: Sequence[Step]) -> Table:
    """Return one degradation's figures by strength."""
    rows: list[tuple[Cell, ...]] = [
        (
            step.label,
            step.passages,
            step.figures.detection,
            step.figures.followed,
            step.figures.misidentification,
            step.figures.far,
            f"{step.figures.to_alert_s.value:.1f} s"
            if np.isfinite(step.figures.to_alert_s.value)
            else "-",
        )
        for step in steps
    ]
    seed = SEEDS_BY_CONDITION.get(name)
    columns = (unit, "passages", "detection", "followed", "as somebody else", "FAR", "to alert")
    note = f"Seeds: {seed} at a strength that they do not tell. {SEEDS_NOTE}" if seed else ""
    return Table(name.capitalize(), columns, tuple(rows), note=note)


def sweep_plot(name: str, unit: str, steps: Sequence[Step]) -> Plot:
    """Return the curve of detection, and of the share that was followed, over strength."""

    def draw(axes: Axes) -> None:
        x = np.arange(len(steps))
        for line, (label, kind) in enumerate(
            (("recognised", "detection"), ("followed", "followed"))
        ):
            told: list[Estimate] = [getattr(step.figures, kind) for step in steps]
            y = 100 * np.array([one.value for one in told])
            low, high = (
                100 * np.array([getattr(one, end) for one in told]) for end in ("low", "high")
            )
            axes.plot(x, y, "o-", color=LINES[line], label=label)
            axes.fill_between(x, low, high, color=LINES[line], alpha=0.15, linewidth=0)
        axes.set_xticks(x, [step.label for step in steps])
        axes.set_ylim(0, 102)
        axes.set_xlabel(unit)
        axes.set_ylabel("passages (%)")

    return Plot(f"{name.capitalize()}: detection by strength", draw)


def for_machines(watched: Watched, found: WatchFigures) -> dict[str, Any]:
    """Return every figure and every passage as plain values."""
    return {
        **{name: getattr(found, name) for name in WatchFigures.__slots__},
        "passages": [asdict(one) for one in watched.passages],
        "stray_tracks": watched.stray_tracks,
        "stray_alerts": watched.stray_alerts,
        "frames": watched.frames,
        "seeds": {**SEEDS, **SEEDS_BY_CONDITION},
    }
