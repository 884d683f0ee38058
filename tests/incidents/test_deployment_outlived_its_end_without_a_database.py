"""A watch asked the database for other things before it ended, and without one it went on."""

from typing import Any, cast

import pytest

from facewarden.config.settings import Settings
from facewarden.errors import StoreUnreachable
from facewarden.watch import Watch


class Gone:
    """A store that does not answer, and what is watched with it."""

    model_id = "any"

    def __getattr__(self, name: str) -> Any:
        raise StoreUnreachable("the database does not answer")


class Over:
    """Orders that know by themselves that the time is up."""

    def over(self, _store: object) -> str:
        return "it ended at noon"


def test_the_end_needs_no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Watch(Settings(), deployment_id=1)
    monkeypatch.setattr(watch, "_orders", Over())
    gone = cast("Any", Gone())
    assert watch._reason_to_end(gone, gone) == "it ended at noon"
