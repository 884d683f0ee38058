"""The real command line in processes of its own, and questions to a running watch."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest

from facewarden.errors import InputError
from facewarden.pipeline.control import ask
from facewarden.store.key import TemplateKey
from facewarden.store.open import Store, open_store, sqlite_url

COMMAND = [sys.executable, "-m", "facewarden"]
START_S = 60.0
"""Importing everything and loading two models takes 2 s; a busy machine may take far longer."""


def environment(home: Path, **more: str) -> dict[str, str]:
    """Return what a process is started with: no settings of this machine but the model cache."""
    ours = {key: value for key, value in os.environ.items() if not key.startswith("FACEWARDEN_")}
    if "FACEWARDEN_MODELS" in os.environ:
        ours["FACEWARDEN_MODELS"] = os.environ["FACEWARDEN_MODELS"]
    # Rich wraps what it prints at COLUMNS: one line of ours must stay one line.
    return {**ours, "FACEWARDEN_HOME": str(home), "COLUMNS": "4000", **more}


def facewarden(
    home: Path, *words: str | Path, limit_s: float = 120.0, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run one command to its end; `more` goes into its environment."""
    return subprocess.run(
        [*COMMAND, *map(str, words)],
        env=environment(home, **more),
        capture_output=True,
        text=True,
        timeout=limit_s,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def enrol(home: Path, watchlist: str, *words: str | Path, **more: Any) -> None:
    """Enrol photographs; all of them must be taken."""
    done = facewarden(home, "enrol", "--watchlist", watchlist, *words, **more)
    assert done.returncode == 0, done.stdout + done.stderr


def stored(home: Path, url: str = "") -> Store:
    """Open the store of a home, beside whatever runs on it; the caller closes it.

    Args:
        url: of its database, where that is not the file in the home.
    """
    key = TemplateKey.load(home / "facewarden.key", env={}, create=False)
    return open_store(url or sqlite_url(home / "facewarden.sqlite"), key, create=False)


def wait_for(true: Callable[[], object], limit_s: float, what: str = "") -> float:
    """Wait until `true()`; return the seconds it took."""
    began_s = time.monotonic()
    while not true():
        if time.monotonic() - began_s > limit_s:
            pytest.fail(f"not within {limit_s} s: {what or getattr(true, '__name__', '')}")
        time.sleep(0.02)
    return time.monotonic() - began_s


class WatchProcess:
    """`facewarden watch` with what it says in a file; ended by kill -9, or by SIGTERM."""

    def __init__(
        self,
        home: Path,
        *words: str | Path,
        log: Path,
        verbose: bool = False,
        before: Sequence[str] = (),
        **more: str,
    ) -> None:
        """`before` stands in front of the command, such as a command that limits it."""
        self.home = home
        self.log = log
        flags = ["--verbose"] if verbose else []
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [*before, *COMMAND, *flags, "watch", *map(str, words)],
                env=environment(home, **more),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def said(self) -> str:
        """Return everything that it has written so far."""
        return self.log.read_text(encoding="utf-8")

    def cameras(self) -> dict[str, dict[str, Any]]:
        """Return the status of its cameras by id; empty while it does not answer yet."""
        try:
            answer = ask(self.home / "watch.socket", {"ask": "status"})
        except InputError:
            return {}
        return {camera["camera"]: camera for camera in answer.get("cameras", [])}

    def wait_for_cameras(
        self, true: Callable[[dict[str, dict[str, Any]]], object], limit_s: float = START_S
    ) -> float:
        """Wait until the status of the cameras is so; return the seconds it took."""

        def so() -> object:
            assert self.running, self.said()
            return true(self.cameras())

        return wait_for(so, limit_s, f"{self.cameras()}\n{self.said()}")

    def wait_until_said(self, words: str, limit_s: float = 15.0, after: int = 0) -> float:
        """Wait for words in what it writes behind the first `after` characters."""
        return wait_for(lambda: words in self.said()[after:], limit_s, f"{words!r} said")

    def footprint(self) -> tuple[int, int, float]:
        """Return threads, open file descriptors and resident megabytes.

        Descriptors without those of the database: it keeps connections for threads that write at
        once, up to sixteen, opened when two first do.
        """
        process = psutil.Process(self.pid)
        files = [str(entry.readlink()) for entry in Path(f"/proc/{self.pid}/fd").iterdir()]
        ours = [file for file in files if "facewarden.sqlite" not in file]
        return process.num_threads(), len(ours), process.memory_info().rss / 2**20

    def kill(self) -> None:
        """Kill it, whatever it is doing (kill -9)."""
        self._process.kill()
        self._process.wait(10)

    def stop(self, limit_s: float = 60.0) -> int:
        """Ask it to end (SIGTERM) and return its exit status."""
        if self.running:
            self._process.send_signal(signal.SIGTERM)
        return self._process.wait(limit_s)

    def wait(self, limit_s: float = 120.0) -> int:
        """Wait for its own end and return its exit status."""
        return self._process.wait(limit_s)
