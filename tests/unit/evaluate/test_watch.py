"""The figures of a watch follow their formulas."""

import io
import math
from datetime import UTC, datetime

import pytest
from rich.console import Console

from facewarden.evaluate import as_console, as_html, as_json
from facewarden.evaluate.report import EvaluationReport
from facewarden.evaluate.watch import Passage, Watched, figures
from facewarden.evaluate.watch_report import (
    Step,
    for_machines,
    plots,
    sweep_plot,
    sweep_table,
    tables,
)


def mated(
    person: str, *, right: bool, at: float = 1.0, wrong: tuple[str, ...] = (), tracks: int = 1
) -> Passage:
    alerted = at if right else math.nan
    return Passage("c", person, True, 0.5, 0.75, alerted, right, wrong, tracks, 80)


def stranger(person: str, *, wrong: tuple[str, ...] = (), tracks: int = 1) -> Passage:
    return Passage("c", person, False, 0.5, wrong=wrong, tracks=tracks, face_px=70)


def watched(*passages: Passage, stray_tracks: int = 0, stray_alerts: int = 0) -> Watched:
    return Watched(passages, stray_tracks, stray_alerts, 100, 2.0, 4.0)


MIXED = watched(
    mated("a", right=True),
    mated("b", right=True, at=2.0),
    mated("c", right=False, wrong=("a",)),
    mated("d", right=False, tracks=0),
    stranger("e", wrong=("a",), tracks=2),
    stranger("f"),
    stranger("g"),
    stranger("h"),
    stray_tracks=5,
    stray_alerts=1,
)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("detection", 2 / 4),
        ("recall", 2 / 4),
        ("frr", 2 / 4),
        ("misidentification", 1 / 4),
        ("followed", 7 / 8),
        ("accuracy", (2 + 3) / 8),
        ("precision", 2 / 5),
        ("far", 1 / 4),
        ("false_per_1000", 1000 * 2 / 10),
        ("to_alert_s", 0.5),
        ("look_to_alert_s", 0.25),
        ("slowest_s", 1.5),
    ],
)
def test_every_figure(name: str, value: float) -> None:
    assert getattr(figures(MIXED), name).value == pytest.approx(value)


def test_costs_are_of_a_frame() -> None:
    found = figures(MIXED)
    assert (found.ms_per_frame, found.cpu_ms_per_frame) == (40, 20)


def test_without_any_error_the_rule_of_three_speaks() -> None:
    found = figures(watched(*(mated(str(i), right=True) for i in range(30)), stranger("s")))
    assert found.detection.low == pytest.approx(0.9)
    assert found.false_per_1000.high == 3000


def test_passages_of_one_person_are_drawn_together() -> None:
    alone = [mated(str(i), right=i % 2 == 0) for i in range(40)]
    grouped = [mated(str(i // 10), right=i // 10 % 2 == 0) for i in range(40)]
    apart, together = figures(watched(*alone)), figures(watched(*grouped))
    assert apart.detection.value == together.detection.value
    assert together.detection.high - together.detection.low > (
        2 * (apart.detection.high - apart.detection.low)
    )


@pytest.mark.parametrize("passages", [[stranger("a")], [mated("a", right=False)]])
def test_a_side_that_is_missing_gives_no_figure(passages: list[Passage]) -> None:
    found = figures(watched(*passages))
    assert math.isnan(found.to_alert_s.value)
    assert math.isnan(found.far.value) or math.isnan(found.detection.value)


@pytest.mark.parametrize(
    "everything",
    [MIXED, watched(stranger("a")), watched(mated("a", right=False))],
    ids=["mixed", "strangers only", "one person missed"],
)
def test_the_report_is_written_in_every_form(everything: Watched) -> None:
    found = figures(everything)
    steps = [Step("1", 1, found, 8), Step("2", 2, found, 8)]
    report = EvaluationReport(
        title="Watch", command="facewarden", models=("m",), data=(),
        made_at=datetime(2026, 1, 1, tzinfo=UTC), seconds=1,
        tables=(*tables(everything, found), sweep_table("darkness", "light", steps)),
        plots=(*plots(everything), sweep_plot("darkness", "light", steps)),
        figures=for_machines(everything, found),
    )  # fmt: skip
    out = io.StringIO()
    Console(file=out, width=200).print(as_console.render(report))
    assert "97.4 %" in out.getvalue()
    assert "cannot be compared strictly" in out.getvalue()
    assert "91.3 %" in as_html.render(report)
    assert '"misidentification"' in as_json.render(report)
