"""When a window holds a moment."""

from datetime import UTC, datetime
from typing import Any

import pytest

from facewarden.config import WindowSettings, open_at


def window(**keys: Any) -> WindowSettings:
    return WindowSettings.model_validate(keys)


NIGHT = {"days": ["fri"], "from": "22:00", "to": "06:00"}
DAY = {"days": ["sun"], "from": "08:00", "to": "18:00"}


@pytest.mark.parametrize(
    ("keys", "moment", "expected"),
    [
        pytest.param(DAY, "2026-11-22T08:00", True, id="first minute"),
        pytest.param(DAY, "2026-11-22T17:59:59", True, id="last second"),
        pytest.param(DAY, "2026-11-22T18:00", False, id="end"),
        pytest.param(DAY, "2026-11-23T12:00", False, id="another day"),
        pytest.param(NIGHT, "2026-11-20T23:00", True, id="evening"),
        pytest.param(NIGHT, "2026-11-21T05:00", True, id="next morning"),
        pytest.param(NIGHT, "2026-11-20T05:00", False, id="morning of its own day"),
        pytest.param(NIGHT, "2026-11-21T23:00", False, id="next evening"),
        pytest.param({"days": ["sun"]}, "2026-11-22T00:00", True, id="whole day, start"),
        pytest.param({"days": ["sun"]}, "2026-11-22T23:59", True, id="whole day, end"),
        pytest.param({"days": ["sun"]}, "2026-11-23T00:00", False, id="whole day, over"),
        pytest.param(DAY | {"to": "24:00"}, "2026-11-22T23:59", True, id="until midnight"),
        pytest.param(
            DAY | {"timezone": "Asia/Tokyo"}, "2026-11-21T23:30", True, id="already Sunday there"
        ),
        pytest.param(
            DAY | {"timezone": "Europe/Berlin"}, "2026-07-05T06:30", True, id="summer time"
        ),
        pytest.param(
            DAY | {"timezone": "Europe/Berlin"}, "2026-11-22T06:30", False, id="winter time"
        ),
    ],
)
def test_open_at(keys: dict[str, Any], moment: str, expected: bool) -> None:
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert open_at([window(**keys)], at) is expected


def test_no_window_means_always_and_several_add_up() -> None:
    at = datetime(2026, 11, 22, 7, tzinfo=UTC)
    assert open_at([], at)
    assert open_at([window(**DAY), window(days=["sun"], to="08:00")], at)
