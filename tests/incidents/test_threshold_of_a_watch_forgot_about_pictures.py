"""`watch --threshold` made a list's entry anew, and what it does about pictures was gone."""

from typing import Any

import pytest

from facewarden.cli.watch import with_decision
from facewarden.config.settings import Settings
from facewarden.data import PresentationRule


@pytest.mark.parametrize(
    ("entries", "kept"),
    [
        ([{"name": "vip", "presentation": "hold", "sinks": ["desk"]}], PresentationRule.HOLD),
        ([{"name": "vip", "sinks": ["desk"]}], None),
        ([], None),
    ],
    ids=["named", "not named", "no entry"],
)
def test_what_is_done_about_pictures_stays(
    entries: list[dict[str, Any]], kept: PresentationRule | None
) -> None:
    sinks = [{"type": "jsonl", "name": "desk", "path": "alerts.jsonl"}]
    settings = Settings.model_validate({"watchlists": entries, "sinks": sinks})
    (entry,) = with_decision(settings, ["vip"], 0.5, None).watchlists
    assert (entry.threshold, entry.presentation) == (0.5, kept)
    assert entry.sinks == (("desk",) if entries else ())
