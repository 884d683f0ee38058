"""`facewarden serve` in a process of its own, and somebody who may do everything."""

import socket
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psutil

from facewarden.access.principal import RIGHTS, Role, Scope
from facewarden.store.open import Store
from system.processes import COMMAND, environment, wait_for

STARTED_S = 60.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def key_of(store: Store, login: str, role: Role, scope: Scope | None = None) -> str:
    """Make somebody, and return an API key of theirs with all their rights."""
    account = store.people.create(login, role, scope or Scope(), actor="tester")
    ends = datetime.now(UTC) + timedelta(hours=1)
    words, _ = store.api_keys.create(
        account.user_id, "tests", RIGHTS[role], Scope(), ends, actor="tester"
    )
    return words.written()


class ServeProcess:
    """A server on a port that stays the same over its lives."""

    def __init__(self, home: Path, *words: str | Path, log: Path, **more: str) -> None:
        """`more` goes into its environment."""
        self.home, self.log, self.words, self.more = home, log, words, more
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [*COMMAND, "--verbose", "serve", "--port", str(self.port), *map(str, self.words)],
                env=environment(self.home, **self.more),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        wait_for(self.alive, STARTED_S, "the server answers")

    def alive(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.said()
        try:
            return httpx.get(f"{self.address}/health/live", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def wait_for_models(self) -> None:
        """Wait until its memory stands still: it answers before its models are loaded."""
        assert self.process is not None
        process = psutil.Process(self.process.pid)
        seen: list[int] = []

        def still() -> bool:
            seen.append(process.memory_info().rss)
            time.sleep(0.4)
            return len(seen) > 5 and max(seen[-5:]) - min(seen[-5:]) < 1 << 20

        wait_for(still, STARTED_S, "its memory stands still")

    def client(self, key: str) -> httpx.Client:
        headers = {"Authorization": f"Bearer {key}"}
        return httpx.Client(base_url=self.address, headers=headers, timeout=30)

    def watches(self) -> list[int]:
        """Return the pids of its watches."""
        assert self.process is not None
        found = []
        for child in psutil.Process(self.process.pid).children():
            try:
                if "--deployment" in child.cmdline() and child.status() != psutil.STATUS_ZOMBIE:
                    found.append(child.pid)
            except psutil.NoSuchProcess:
                continue
        return found

    def wait_for_watch(self, not_this: int = 0, limit_s: float = STARTED_S) -> tuple[int, float]:
        """Return the pid of the one watch, and how long it took to be there."""
        began_s = time.monotonic()
        wait_for(lambda: [p for p in self.watches() if p != not_this], limit_s, self.said())
        return next(p for p in self.watches() if p != not_this), time.monotonic() - began_s

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(60)
