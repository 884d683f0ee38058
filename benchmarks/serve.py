"""Measure a server under load: `scripts/bench serve [--streams N] [--reads N] [--seconds N]`.

A real `facewarden serve` in a process of its own, over a new store with 2,000 alerts; N clients
follow the event stream while N mixed reads a second ask for lists, single alerts, subjects,
watchlists and status, at their times whether or not earlier ones are answered. An alert a second
is committed to the store; how long each stream took to have it is measured from that commit on.
Times are by the clock and hold the waiting for cores: the load average is printed beside them.
"""

import argparse
import asyncio
import itertools
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import numpy as np
import psutil

from facewarden import wiring
from facewarden.access.principal import RIGHTS, Role, Scope
from facewarden.config.settings import Settings
from facewarden.config.store import StoreSettings
from facewarden.data import Alert, SubjectDetails
from facewarden.store.open import Store

ALERTS = 2000
KEYS = 40
"""People: a key may ask 50 times a second."""


def an_alert(number: int, subject_id: int) -> Alert:
    now = datetime.now(UTC)
    return Alert(
        alert_id=f"{number:032x}",
        revision=1,
        camera_id=f"camera-{number % 8}",
        camera_name="Camera",
        camera_location="Hall",
        track_id=number,
        watchlist="missing",
        subject_id=subject_id,
        subject_name="Somebody",
        external_reference="",
        category="",
        reference_id=1,
        similarity=0.6,
        threshold=0.5,
        margin=0.2,
        looks=3,
        model_id="none",
        seen_at=now,
        last_seen_at=now,
        received_at=now,
        decided_at=now,
    )


def fill(store: Store) -> tuple[list[int], list[str]]:
    """Return the ids of subjects and API keys."""
    store.watchlists.ensure("missing")
    subjects = [
        store.watchlists.add_subject(SubjectDetails(f"Person {number}"), "missing")
        for number in range(50)
    ]
    for number in range(ALERTS):
        store.alerts.record(an_alert(number, subjects[number % 50]), [])
    keys = []
    ends = datetime.now(UTC) + timedelta(days=1)
    for number in range(KEYS):
        who = store.people.create(f"person-{number}", Role.SUPERVISOR, Scope(), actor="bench")
        words, _ = store.api_keys.create(
            who.user_id, "bench", RIGHTS[Role.SUPERVISOR], Scope(), ends, actor="bench"
        )
        keys.append(words.written())
    return subjects, keys


async def follow(address: str, key: str, arrived: dict[str, list[float]], go: asyncio.Event) -> int:
    """Follow the stream until cancelled; count how often it was made."""
    host, port = address.removeprefix("http://").split(":")
    made, last = 0, ""
    await go.wait()
    try:
        while True:
            reader, writer = await asyncio.open_connection(host, int(port))
            resume = f"Last-Event-ID: {last}\r\n" if last else ""
            writer.write(
                f"GET /api/v1/events HTTP/1.1\r\nHost: {host}\r\n{resume}"
                f"Authorization: Bearer {key}\r\n\r\n".encode()
            )
            made += 1
            while line := await reader.readline():
                if line.startswith(b"id: "):
                    last = line[4:].decode().strip()
                elif line.startswith(b"data: ") and b'"alert_id":"' in line:
                    at = line.index(b'"alert_id":"') + 12
                    arrived.setdefault(line[at : at + 32].decode(), []).append(time.monotonic())
            writer.close()
    except asyncio.CancelledError:
        return made


async def load(address: str, store: Store, keys: list[str], subjects: list[int], *,
               streams: int, reads: int, seconds: int) -> None:  # fmt: skip
    arrived: dict[str, list[float]] = {}
    go = [asyncio.Event() for _ in range(streams)]
    following = [
        asyncio.create_task(follow(address, keys[n % KEYS], arrived, go[n])) for n in range(streams)
    ]
    for event in go:  # as browsers come, not all in one moment
        event.set()
        await asyncio.sleep(0.01)
    await asyncio.sleep(2)
    chance = random.Random(1)
    paths: list[Callable[[], str]] = [
        lambda: "/api/v1/alerts?limit=50",
        lambda: "/api/v1/alerts?limit=50&state=unreviewed&watchlist=missing",
        lambda: f"/api/v1/alerts/{chance.randrange(ALERTS):032x}",
        lambda: f"/api/v1/subjects/{chance.choice(subjects)}",
        lambda: "/api/v1/subjects?limit=50",
        lambda: "/api/v1/sightings?limit=50",
        lambda: "/api/v1/status",
    ]
    took: dict[int, list[float]] = {number: [] for number in range(len(paths))}
    statuses: dict[int, int] = {}
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    async with httpx.AsyncClient(base_url=address, timeout=30, limits=limits) as http:

        async def ask(number: int) -> None:
            headers = {"Authorization": f"Bearer {chance.choice(keys)}"}
            began = time.monotonic()
            answer = await http.get(paths[number](), headers=headers)
            took[number].append(time.monotonic() - began)
            statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1

        committed: dict[str, float] = {}
        began, asked = time.monotonic(), []
        numbers = itertools.count(ALERTS)
        for tick in range(reads * seconds):
            await asyncio.sleep(max(0.0, began + tick / reads - time.monotonic()))
            asked.append(asyncio.create_task(ask(tick % len(paths))))
            if tick % reads == 0:
                one = an_alert(next(numbers), subjects[0])
                await asyncio.to_thread(store.alerts.record, one, [])
                committed[one.alert_id] = time.monotonic()
        await asyncio.gather(*asked)
        await asyncio.sleep(2)
    for task in following:
        task.cancel()
    connections = sum(await asyncio.gather(*following))
    delays = [at - committed[one] for one, times in arrived.items() if one in committed
              for at in times]  # fmt: skip
    every = np.array(list(itertools.chain.from_iterable(took.values())))
    print(
        f"reads: {len(every)}, {statuses}; ms: median {1000 * np.median(every):.0f}, "
        f"p95 {1000 * np.quantile(every, 0.95):.0f}, most {1000 * every.max():.0f}"
    )
    for number, seconds_each in took.items():
        print(
            f"  {paths[number]().split('?')[0]:45} p95 "
            f"{1000 * np.quantile(seconds_each, 0.95):.0f} ms"
        )
    print(
        f"alerts: {len(committed)} to {streams} streams ({connections} connections): "
        f"{len(delays)} of {len(committed) * streams} arrived; s after the commit: "
        f"median {np.median(delays):.2f}, p95 {np.quantile(delays, 0.95):.2f}, "
        f"most {max(delays):.2f}"
    )


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--reads", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=20)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(store=StoreSettings(data_dir=Path(folder)))
        with wiring.open_store_from(settings) as store:
            subjects, keys = fill(store)
            with socket.create_server(("127.0.0.1", 0)) as free:
                port = free.getsockname()[1]
            server = subprocess.Popen(
                [sys.executable, "-m", "facewarden", "serve", "--port", str(port)],
                env=os.environ | {"FACEWARDEN_HOME": folder},
                stderr=subprocess.DEVNULL,
            )
            try:
                address = f"http://127.0.0.1:{port}"
                _wait(address)
                watched = psutil.Process(server.pid)
                before = watched.cpu_times()
                asyncio.run(load(address, store, keys, subjects, streams=given.streams,
                                 reads=given.reads, seconds=given.seconds))  # fmt: skip
                after = watched.cpu_times()
                spent = after.user + after.system - before.user - before.system
                print(
                    f"server: {spent:.1f} s of a core, {watched.memory_info().rss >> 20} MiB; "
                    f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
                )
            finally:
                server.terminate()
                server.wait(20)


def _wait(address: str) -> None:
    for _ in range(200):
        try:
            if httpx.get(f"{address}/health/ready").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise SystemExit("the server does not answer")


if __name__ == "__main__":
    main()
