"""Due frames, stream time, live time, back-off and uptime: with clocks that tests turn."""

import itertools
import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.capture.backoff import Backoff
from facewarden.capture.due import DueFrames
from facewarden.capture.live_clock import LiveClock, PlayoutClock
from facewarden.capture.media_clock import MediaClock
from facewarden.capture.source import SourceState
from facewarden.capture.uptime import Uptime


@pytest.mark.parametrize(
    ("fps", "analyse", "frames", "due"),
    [
        (25, 5, 105, 21),
        (25, None, 105, 105),
        (25, 25, 100, 100),
        (25, 60, 100, 100),
        (30, 25, 300, 250),
        (29.97, 5, 300, 50),
        (24, 5, 240, 50),
        (10, 0.5, 100, 5),
    ],
)
def test_due_frames(fps: float, analyse: float | None, frames: int, due: int) -> None:
    picker = DueFrames(analyse)
    assert sum(picker.due(7.0 + index / fps) for index in range(frames)) == due


def test_due_frames_bear_whole_milliseconds() -> None:
    picker = DueFrames(15)
    chosen = [i for i in range(30) if picker.due(round(i / 30, 3))]
    assert chosen == list(range(0, 30, 2))


@given(st.lists(st.floats(0, 5), min_size=1, max_size=200), st.floats(0.1, 60))
def test_no_more_frames_are_due_than_the_rate_allows(steps: list[float], fps: float) -> None:
    picker, at_s, due = DueFrames(fps), 0.0, 0
    for step in steps:
        due += picker.due(at_s)
        at_s += step
    assert due <= (at_s - steps[-1] + DueFrames.TOLERANCE_S) * fps + 1


@pytest.mark.parametrize(
    ("pts", "expected"),
    [
        pytest.param([5.0, 5.1, 5.2], [0.0, 0.1, 0.2], id="starts late"),
        pytest.param([0.0, None, None, 0.3], [0.0, 0.1, 0.2, 0.3], id="missing"),
        pytest.param([None, None], [0.0, 0.1], id="none at all"),
        pytest.param([0.0, 0.1, 0.0, 0.1], [0.0, 0.1, 0.2, 0.3], id="restarts"),
        pytest.param([0.0, 0.0, 0.1], [0.0, 0.1, 0.2], id="twice the same"),
        pytest.param([0.0, 60.0], [0.0, 60.0], id="pause of the recorder"),
        pytest.param([0.0, 9e9, 9e9 + 0.1], [0.0, 0.1, 0.2], id="leap"),
        pytest.param([0.0, -9e9], [0.0, 0.1], id="leap back"),
    ],
)
def test_media_clock(pts: Sequence[float | None], expected: list[float]) -> None:
    clock = MediaClock()
    clock.begin(0.1)
    assert [clock.at(stamp) for stamp in pts] == pytest.approx(expected, abs=1e-5)


@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), max_size=100))
def test_media_clock_only_grows(pts: list[float | None]) -> None:
    clock = MediaClock()
    clock.begin(0.04)
    times = [clock.at(stamp) for stamp in pts]
    assert all(a < b for a, b in itertools.pairwise(times))


def test_media_clock_goes_on_in_a_loop() -> None:
    clock = MediaClock()
    times = []
    for _ in range(3):
        clock.begin(0.5)
        times += [clock.at(2.0), clock.at(2.5)]
    assert times == pytest.approx([0.0, 0.5, 1.0, 1.5, 2.0, 2.5])


@pytest.mark.parametrize(
    ("arrivals", "expected"),
    [
        pytest.param([(0.0, 10.0), (0.2, 10.3), (0.4, 10.4)], [10.0, 10.2, 10.4], id="jitter"),
        pytest.param([(0.0, 10.5), (0.2, 10.2)], [10.5, 10.2], id="a faster frame re-anchors"),
        pytest.param([(0.0, 10.0), (0.2, 11.5)], [10.0, 11.5], id="lag over 1 s re-anchors"),
        pytest.param([(0.0, 10.0), (900.0, 10.2)], [10.0, 10.2], id="leap ahead"),
        pytest.param([(900.0, 10.0), (0.0, 10.2), (0.2, 10.5)], [10.0, 10.2, 10.4], id="back"),
        pytest.param([(None, 10.0), (None, 10.7)], [10.0, 10.7], id="no time stamps"),
    ],
)
def test_live_clock(arrivals: list[tuple[float | None, float]], expected: list[float]) -> None:
    clock = LiveClock()
    got = [clock.captured(pts, arrived) for pts, arrived in arrivals]
    assert got == pytest.approx(expected)


@given(st.lists(st.tuples(st.floats(-1e5, 1e5), st.floats(0, 10)), max_size=100))
def test_no_picture_is_from_the_future_or_older_than_the_lag(
    steps: list[tuple[float, float]],
) -> None:
    clock, now = LiveClock(), 0.0
    for pts, step in steps:
        now += step
        assert now - 1.0 - 1e-6 <= clock.captured(pts, now) <= now


def test_playout_spreads_a_burst_and_forgets_after_a_leap() -> None:
    clock = PlayoutClock()
    assert clock.wait_s(100.0, 0.0) == 0
    assert clock.wait_s(102.0, 0.1) == pytest.approx(1.9)
    assert clock.wait_s(102.0, 2.5) == 0  # late, within the lag
    assert clock.wait_s(9000.0, 3.0) == 0  # leap: anchored anew
    assert clock.wait_s(9001.0, 3.0) == pytest.approx(1.0)
    assert clock.wait_s(9001.5, 8.0) == 0  # the segments ran out: anchored anew
    assert clock.wait_s(9002.5, 8.0) == pytest.approx(1.0)


def test_backoff_doubles_up_to_its_limit_and_begins_anew() -> None:
    longest = Backoff(0.5, 6.0, lambda: 1.0)
    assert [longest.next_s() for _ in range(6)] == [0.5, 1.0, 2.0, 4.0, 6.0, 6.0]
    longest.reset()
    assert longest.next_s() == 0.5
    chance = random.Random(1)
    spread = Backoff(0.5, 6.0, chance.random)
    waits = [spread.next_s() for _ in range(50)]
    assert max(waits) < 6.0
    assert min(waits[5:]) >= 3.0
    assert len(set(waits)) == 50


def test_uptime_counts_time_by_state_and_sees_silence_by_itself() -> None:
    now = 100.0
    uptime = Uptime(lambda: now, stall_timeout_s=10.0)
    assert uptime.stats().state is SourceState.CONNECTING
    now += 3
    uptime.picture()
    now += 4
    uptime.picture()
    assert (uptime.stats().watched_s, uptime.stats().down_s) == (4.0, 3.0)
    now += 25  # the reading thread hangs
    silent = uptime.stats()
    assert silent.state is SourceState.DOWN
    assert (silent.watched_s, silent.down_s) == (14.0, 18.0)
    assert "too long" in silent.problem
    uptime.down("the camera does not answer in time")
    now += 2
    uptime.picture()
    back = uptime.stats()
    assert (back.state, back.reconnects, back.problem) == (SourceState.WATCHING, 1, "")
    assert (back.watched_s, back.down_s, back.decoded) == (14.0, 20.0, 3)
    uptime.end()
    now += 50
    assert uptime.stats().watched_s + uptime.stats().down_s == 34.0
