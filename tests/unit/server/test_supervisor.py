import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from facewarden.errors import StoreError
from facewarden.server.supervisor import Happening, Supervisor, WatchState, WatchStatus

HERE = Path(__file__).parent
BACK_S = 5.0
STARTED_S = 20.0


class Desk:
    """A supervisor of processes that behave as they are told."""

    def __init__(self, folder: Path, behaviour: str, **more: float) -> None:
        self.due: list[int] = [7]
        self.readable = True
        self.answers = threading.Event()
        self.answers.set()
        self.behaviour = behaviour
        self.happened: list[Happening] = []
        self.started = 0
        self.folder = folder
        self.supervisor = Supervisor(
            self._asked,
            self._command,
            control=lambda one: folder / f"{one}.socket",
            live=lambda one: folder / f"{one}.live",
            happened=self.happened.append,
            **more,
        )
        self.supervisor.start()

    def _asked(self) -> list[int]:
        self.answers.wait(60)
        if not self.readable:
            raise StoreError("the store cannot be read")
        return list(self.due)

    def _command(self, deployment_id: int) -> list[str]:
        self.started += 1
        path = self.folder / f"{deployment_id}.socket"
        return [sys.executable, str(HERE / "watch_process.py"), str(path), self.behaviour]

    @property
    def only(self) -> WatchStatus:
        (status,) = self.supervisor.status()
        return status

    def has_another(self, pid: int) -> bool:
        return bool(self.supervisor.status()) and self.only.pid not in {None, pid}

    def wait(self, true: Callable[[], object], limit_s: float = STARTED_S) -> float:
        began_s = time.monotonic()
        while not true():
            assert time.monotonic() - began_s < limit_s, (self.supervisor.status(), self.happened)
            time.sleep(0.02)
        return time.monotonic() - began_s

    def wait_for_answer(self) -> int:
        self.wait(lambda: self.supervisor.status() and self.only.cameras)
        assert self.only.pid is not None
        return self.only.pid


Opening = Callable[..., Desk]


@pytest.fixture
def desk() -> Iterator[Opening]:
    desks: list[Desk] = []
    with tempfile.TemporaryDirectory(prefix="fw") as folder:

        def opened(behaviour: str = "well", **more: float) -> Desk:
            desks.append(Desk(Path(folder), behaviour, **more))
            return desks[-1]

        yield opened
        for one in desks:
            one.supervisor.stop()


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_what_is_due_is_watched_and_what_is_not_ends_in_order(desk: Opening) -> None:
    one = desk()
    pid = one.wait_for_answer()
    one.wait(lambda: one.only.state is WatchState.RUNNING)
    assert one.supervisor.live_socket("gate") == one.folder / "7.live"
    assert one.supervisor.live_socket("door") is None
    found = one.supervisor.camera("gate")
    assert found is not None
    assert found.told["state"] == "watching"
    assert found.deployment_id == 7
    assert one.supervisor.camera("door") is None
    one.due.clear()
    one.wait(lambda: not one.supervisor.status())
    assert gone(pid)
    told = [(h.camera_id, h.state) for h in one.happened]
    assert told == [
        ("", "starting"),
        ("", "running"),
        ("gate", "watching"),
        ("", "ending"),
        ("gate", "ended"),
        ("", "ended"),
    ]
    assert one.started == 1


def test_killed_it_is_back_within_seconds_each_time(desk: Opening) -> None:
    one = desk()
    for times in range(1, 5):
        pid = one.wait_for_answer()
        os.kill(pid, signal.SIGKILL)
        took_s = one.wait(partial(one.has_another, pid))
        assert took_s < BACK_S
        assert one.only.restarts == times
    assert one.only.exit_status == -signal.SIGKILL
    states = [h.state for h in one.happened if not h.camera_id]
    assert states.count("restarting") == 4
    one.wait_for_answer()


def test_one_that_refuses_is_tried_again_ever_less_often(desk: Opening) -> None:
    one = desk("refuses")
    one.wait(lambda: one.supervisor.status() and one.only.restarts == 2)
    assert one.only.exit_status == 4
    assert one.only.state is WatchState.RESTARTING
    assert 0.5 < one.only.retry_in_s <= 4
    assert one.only.problem == "rtsp://***@192.0.2.1/x is refused"
    assert "hunter2" not in "".join(one.supervisor.lines(7))


def test_its_last_lines_are_kept_and_bounded(desk: Opening) -> None:
    one = desk("talks")
    one.wait_for_answer()
    one.wait(lambda: any("line 499" in line for line in one.supervisor.lines(7)))
    lines = one.supervisor.lines(7)
    assert len(lines) == 200
    assert max(map(len, lines)) <= 500
    assert one.supervisor.lines(8) == ()


def test_whom_it_saw_comes_into_no_log(
    desk: Opening, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    one = desk()
    one.wait_for_answer()
    one.supervisor.stop()
    one.wait(lambda: "ended in order" in caplog.text)
    assert "Alex Example" not in "".join([*capfd.readouterr(), caplog.text])


def test_one_that_hangs_is_killed_and_started_again(desk: Opening) -> None:
    one = desk("hangs", hung_s=2.0)
    pid = one.wait_for_answer()
    one.wait(partial(one.has_another, pid))
    assert one.wait_for_answer() != pid
    assert gone(pid)


def test_one_that_does_not_end_is_killed(desk: Opening) -> None:
    one = desk("deaf", end_s=0.5)
    pid = one.wait_for_answer()
    one.due.clear()
    one.wait(lambda: not one.supervisor.status())
    assert gone(pid)
    other = desk("deaf", end_s=0.5)
    pid = other.wait_for_answer()
    other.supervisor.stop()
    assert gone(pid)
    assert other.supervisor.status() == ()


def test_a_store_that_cannot_be_read_ends_nothing(desk: Opening) -> None:
    one = desk()
    pid = one.wait_for_answer()
    one.readable = False
    time.sleep(1.0)
    assert one.only.pid == pid
    os.kill(pid, signal.SIGKILL)
    one.wait(partial(one.has_another, pid), BACK_S)


def test_a_store_that_does_not_answer_holds_nobody_up(desk: Opening) -> None:
    one = desk()
    pid = one.wait_for_answer()
    one.answers.clear()
    try:
        os.kill(pid, signal.SIGKILL)
        one.wait(partial(one.has_another, pid), BACK_S)
        assert one.wait_for_answer() != pid
    finally:
        one.answers.set()


def test_one_that_lacks_its_store_waits_and_begins_when_it_is_back(desk: Opening) -> None:
    one = desk("needs the store")
    pid = one.wait_for_answer()
    (one.folder / "away").touch()
    one.readable = False
    time.sleep(0.6)  # longer than between two questions
    os.kill(pid, signal.SIGKILL)
    one.wait(lambda: one.only.exit_status == StoreError.exit_code)
    assert one.only.problem == "the database cannot be reached"
    started = one.started
    time.sleep(3.0)
    assert one.started == started  # starting costs a core 2 s, for nothing
    (one.folder / "away").unlink()
    one.readable = True
    one.wait(lambda: one.only.state is WatchState.RUNNING, BACK_S)


def test_one_that_only_it_lacks_the_store_is_tried_again_soon(desk: Opening) -> None:
    one = desk("needs the store")
    (one.folder / "away").touch()
    one.wait(lambda: one.started >= 4)  # readable for the supervisor: a lock of writers
    one.wait(lambda: one.only.state is WatchState.RESTARTING)
    assert one.only.retry_in_s <= 1.0
    (one.folder / "away").unlink()
    one.wait(lambda: one.only.state is WatchState.RUNNING, BACK_S)


def test_a_camera_that_goes_down_is_told(desk: Opening) -> None:
    one = desk("flaps")
    one.wait(lambda: Happening(7, "gate", "down", "") in one.happened)
    assert Happening(7, "gate", "watching", "") in one.happened


def test_children_die_with_a_server_that_is_killed(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="fw") as folder:
        server = subprocess.Popen(
            [sys.executable, HERE / "supervising_process.py", folder],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        with server:
            assert server.stdout is not None
            pid = int(server.stdout.readline())
            server.kill()
        deadline_s = time.monotonic() + 10
        while not gone(pid):
            assert time.monotonic() < deadline_s
            time.sleep(0.05)
