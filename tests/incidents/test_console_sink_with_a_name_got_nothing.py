"""A console sink that was not named "console" was replaced by one that was; a watchlist that named
it sent its alerts nowhere.
"""

import io

from rich.console import Console

from facewarden.config.settings import Settings
from facewarden.watch import Watch


def names(settings: dict[str, object]) -> list[str]:
    watch = Watch(Settings.model_validate(settings), console=Console(file=io.StringIO()))
    return watch._sink_names()


def test_it_keeps_its_name() -> None:
    assert names({"sinks": [{"type": "console", "name": "screen"}]}) == ["screen"]


def test_without_any_sink_alerts_are_printed() -> None:
    assert names({}) == ["console"]
