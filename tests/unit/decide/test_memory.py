from datetime import datetime, timedelta

import pytest

from facewarden.decide.memory import RecentAlerts
from facewarden.errors import StoreBusy
from factories import NOW, after

QUIET = timedelta(seconds=60)


class Remembered:
    """An AlertMemory that knows one alert and counts the questions."""

    def __init__(self, entry: tuple[str, datetime] | None) -> None:
        self.entry = entry
        self.asked = 0

    def latest(
        self, subject_id: int, watchlist: str, camera_id: str
    ) -> tuple[str, datetime] | None:
        self.asked += 1
        return self.entry


@pytest.mark.parametrize(
    ("seconds", "held"),
    [(0, True), (1, True), (59.999, True), (60, False), (61, False), (-59, True), (-60, False)],
)
def test_the_quiet_period_lasts_as_long_as_it_says(seconds: float, held: bool) -> None:
    recent = RecentAlerts(Remembered(("a1", NOW)), QUIET)
    assert recent.holding(1, "missing", "gate", after(seconds)) == ("a1" if held else "")


@pytest.mark.parametrize(
    ("last_seen", "seconds", "held"),
    [(59, 59, True), (59, 60, False), (60, 59, True), (61, 0, False), (3600, 3599, False)],
)
def test_what_a_recording_says_of_times_to_come_lasts_a_quiet_period_from_now(
    last_seen: float, seconds: float, held: bool
) -> None:
    recent = RecentAlerts(Remembered(("a1", after(last_seen))), QUIET, now=lambda: NOW)
    assert recent.holding(1, "missing", "gate", after(seconds)) == ("a1" if held else "")


def test_being_seen_prolongs_it() -> None:
    recent = RecentAlerts(Remembered(None), QUIET)
    recent.seen(1, "missing", "gate", "a1", NOW)
    recent.seen(1, "missing", "gate", "a1", after(50))
    assert recent.holding(1, "missing", "gate", after(100)) == "a1"
    assert recent.holding(1, "missing", "gate", after(110)) == ""


@pytest.mark.parametrize(
    "key", [(2, "missing", "gate"), (1, "barred", "gate"), (1, "missing", "yard")]
)
def test_it_holds_for_one_subject_watchlist_and_camera(key: tuple[int, str, str]) -> None:
    recent = RecentAlerts(Remembered(None), QUIET)
    recent.seen(1, "missing", "gate", "a1", NOW)
    assert recent.holding(*key, NOW) == ""


def test_the_store_is_asked_once_and_never_against_what_is_not_written_yet() -> None:
    memory = Remembered(("old", after(-600)))
    recent = RecentAlerts(memory, QUIET)
    assert recent.holding(1, "missing", "gate", NOW) == ""
    recent.seen(1, "missing", "gate", "new", NOW)
    assert recent.holding(1, "missing", "gate", after(1)) == "new"
    assert memory.asked == 1


def test_a_quiet_period_of_zero_holds_nothing() -> None:
    recent = RecentAlerts(Remembered(("a1", NOW)), timedelta(0))
    assert recent.holding(1, "missing", "gate", NOW) == ""


def test_a_store_that_cannot_be_read_holds_nothing_and_is_asked_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Busy(Remembered):
        def latest(
            self, subject_id: int, watchlist: str, camera_id: str
        ) -> tuple[str, datetime] | None:
            if not self.asked:
                self.asked += 1
                raise StoreBusy("another process has held the store for too long")
            return super().latest(subject_id, watchlist, camera_id)

    recent = RecentAlerts(Busy(("a1", NOW)), QUIET)
    assert recent.holding(1, "missing", "gate", NOW) == ""
    assert "an alert may be raised twice" in caplog.text
    assert recent.holding(1, "missing", "gate", NOW) == "a1"


def test_a_held_alert_silences_none_of_a_living_person() -> None:
    recent = RecentAlerts(Remembered(None), QUIET)
    recent.seen(1, "missing", "gate", "picture", NOW, held=True)
    assert recent.holding(1, "missing", "gate", after(1)) == ""
    assert recent.holding(1, "missing", "gate", after(1), held=True) == "picture"
    recent.left(1, "missing", "gate", "picture", after(50))
    assert recent.holding(1, "missing", "gate", after(100), held=True) == "picture"
    assert recent.holding(1, "missing", "gate", after(110), held=True) == ""


def test_an_alert_silences_a_held_one() -> None:
    recent = RecentAlerts(Remembered(None), QUIET)
    recent.seen(1, "missing", "gate", "person", NOW)
    assert recent.holding(1, "missing", "gate", after(1), held=True) == "person"
