"""One watch in a process of its own: started, listened to, asked how it is, ended."""

import logging
import os
import re
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final

from facewarden.config.camera import without_credentials
from facewarden.errors import InputError
from facewarden.pipeline.control import ask
from facewarden.text import shown

log = logging.getLogger("facewarden.server.watch")

LEVELLED: Final = re.compile(r"(?:[-\d]+ [:\d]+ )?(DEBUG|INFO|WARNING|ERROR|CRITICAL)\s+(.*)")
"""What `cli.main` writes: a time, a level, words."""

LINES_KEPT: Final = 200
LONGEST_LINE: Final = 500
ASK_EVERY_S: Final = 1.0

Answer = Mapping[str, Any]


class Child:
    """A process that runs until it ends, or is asked to.

    Its standard input is a pipe that nobody writes to: it ends with this process, however this
    one ends. What it says on standard error is kept and logged; its standard output goes nowhere:
    at its end a watch tells there whom it saw, by name, and names belong into no log.

    Args:
        name: for the log.
        command: of the process.
        control: the socket on which it answers.
        lines: where the latest lines it says are kept; shared by the lives of one deployment.
        answered: told each answer, from a thread of the child's own.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        control: Path,
        *,
        lines: deque[str],
        environment: Mapping[str, str],
        answered: Callable[[Answer], None],
    ) -> None:
        self.name = name
        self.began_s = time.monotonic()
        self.answered_s: float | None = None
        self._lines = lines
        self._control = control
        self._answered = answered
        self._ended = threading.Event()
        self._process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=dict(environment),
            # Ctrl-C in a terminal is for the server, which ends its children in order.
            start_new_session=True,
        )
        for work, title in ((self._listen, "hears"), (self._observe, "asks")):
            threading.Thread(target=work, name=f"{title} {name}", daemon=True).start()

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def exit_status(self) -> int | None:
        """Return how it ended, -n for signal n; None while it runs."""
        status = self._process.poll()
        if status is not None:
            self._note_end()
        return status

    def age_s(self) -> float:
        """Return for how long it has been there."""
        return time.monotonic() - self.began_s

    def silent_s(self) -> float:
        """Return since when it has not answered; 0 before its first answer."""
        return 0.0 if self.answered_s is None else time.monotonic() - self.answered_s

    def ask_to_end(self) -> None:
        """Ask it to end what it does in order."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self._signal(signal.SIGKILL)

    def wait(self, timeout_s: float) -> bool:
        """Wait for its end; False when it still runs then."""
        try:
            self._process.wait(max(0.0, timeout_s))
        except subprocess.TimeoutExpired:
            return False
        self._note_end()
        return True

    def _note_end(self) -> None:
        self._ended.set()
        if self._process.stdin is not None:
            self._process.stdin.close()

    def _signal(self, number: int) -> None:
        if self._process.poll() is None:
            self._process.send_signal(number)

    def _listen(self) -> None:
        stream: IO[bytes] | None = self._process.stderr
        if stream is None:
            return
        with stream:
            # Bounded reads: a line without an end must not fill the memory.
            for raw in iter(lambda: stream.readline(4 * LONGEST_LINE), b""):
                line = cleaned(raw)
                if line:
                    self._lines.append(line)
                    log.log(*_levelled(line, self.name))

    def _observe(self) -> None:
        """Ask it how its cameras are, for as long as it lives."""
        while not self._ended.wait(ASK_EVERY_S):
            if self._process.poll() is not None:
                return
            try:
                answer = ask(self._control, {"ask": "cameras"})
            except InputError:
                continue
            # A socket may be that of the life before, which has not ended yet.
            if answer.get("pid") == self.pid:
                self.answered_s = time.monotonic()
                self._answered(answer)


def cleaned(raw: bytes) -> str:
    """Return a line of a log as one line of printable text without credentials."""
    return without_credentials(shown(raw.decode(errors="replace").strip()))[:LONGEST_LINE]


def _levelled(line: str, name: str) -> tuple[int, str]:
    """Return the level at which a line was said, and what is logged: a child's error is ours."""
    said = LEVELLED.fullmatch(line)
    if said is None:
        return logging.INFO, f"{name}: {line}"
    return logging.getLevelNamesMapping()[said[1]], f"{name}: {said[2]}"


def environment() -> dict[str, str]:
    """Return what a child is started with: ours, and no wrapping or colours in its lines."""
    return {**os.environ, "COLUMNS": "4000", "NO_COLOR": "1", "TERM": "dumb"}
