"""A training shows where it is within an epoch: by a bar on a terminal, by lines elsewhere."""

from io import StringIO

import pytest
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn

from facewarden.cli.train.progress import LINE_S, Shown
from facewarden.train.metrics_log import TRAIN, VALIDATION, Entry

FIGURES = {"loss": 3.25, "rate": 0.1, "gradient_norm": 1.0, "images_per_s": 64.0, "seconds": 9.0}


class Clock:
    """Goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_elsewhere_a_line_every_half_minute(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    shown = Shown(Progress(disable=True), leads=True, shows_bar=False, clock=clock)
    shown.began(1000, 40)
    shown.logged(Entry(TRAIN, 41, 0.1, FIGURES))
    for step in range(41, 101):
        clock.now += LINE_S / 30
        shown.stepped(step)
    shown.logged(Entry(VALIDATION, 100, 1.0, {"auc": 0.75}), best=True)
    assert capsys.readouterr().err.splitlines() == [
        "step 70 of 1,000: 1.00 steps/s, 0:15:30 left, 64 images/s, loss 3.250",
        "step 100 of 1,000: 1.00 steps/s, 0:15:00 left, 64 images/s, loss 3.250",
        "epoch 1.00, step 100 of 1,000: auc 75.00 %, the best so far",
    ]


def test_of_several_processes_one_speaks(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    shown = Shown(Progress(disable=True), leads=False, shows_bar=False, clock=clock)
    shown.began(10, 0)
    clock.now += 2 * LINE_S
    shown.stepped(1)
    shown.logged(Entry(VALIDATION, 1, 1.0, {"auc": 0.75}))
    assert capsys.readouterr().err == ""


def test_on_a_terminal_the_bar_moves_with_each_step() -> None:
    clock = Clock()
    terminal = Console(file=StringIO(), force_terminal=True, width=120)
    columns = (MofNCompleteColumn(), TextColumn("{task.fields[figures]}"))
    with Progress(*columns, console=terminal, auto_refresh=False) as bar:
        shown = Shown(bar, leads=True, shows_bar=True, clock=clock)
        shown.began(50, 0)
        clock.now += 4
        shown.stepped(3)
        with terminal.capture() as seen:
            terminal.print(bar.get_renderable())
    assert "3/50" in seen.get()
    assert "0.75 steps/s" in seen.get()
