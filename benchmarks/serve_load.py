"""A server under load beside two watched cameras: `scripts/bench serve_load --clip CLIP`.

    scripts/bench serve_load --clip CLIP --photos FOLDER [--seconds 60] [--clients 200] [--rate 50]
                             [--alerts 10000] [--cameras 2] [--fps 5] [--url URL]

`facewarden serve` runs in a process of its own and watches the clip, looped as cameras in real
time, for an authorised deployment. The store has --alerts alerts before. Then, for --seconds, from
this process: --clients clients follow the alerts, half of them by a session and half by an API
key; requests of eight people come at --rate a second at random moments, whether or not those before
were answered (an open loop), of the lists, pictures and pages that a control room reads; and
another process commits an alert a second to the store, as a watch does, so that each client can
say how long after the decision it heard of it. First the same seconds pass without load, to say
what the cameras drop by themselves.

Times are by the clock and include the work of this process, which shares the cores.
"""

import argparse
import asyncio
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil
import yaml

from benchmarks.alert_pages import CAMERAS, LISTS, fill
from benchmarks.running import enrol, environment
from facewarden.access.principal import RIGHTS, Role, Scope
from facewarden.config.camera import CameraSettings
from facewarden.data.deployment import DeploymentPlan
from facewarden.errors import InputError
from facewarden.pipeline.control import ask
from facewarden.store.key import TemplateKey
from facewarden.store.open import Store, open_store, sqlite_url

READY_S = 120.0
ROLES = (Role.OPERATOR, Role.SUPERVISOR, Role.OPERATOR, Role.ADMINISTRATOR) * 2

RAISER = """
import sys, time
from datetime import UTC, datetime
from dataclasses import replace
from pathlib import Path
import random
from benchmarks.alert_pages import _alert
from facewarden.store.key import TemplateKey
from facewarden.store.open import open_store
url, key_file, seconds = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])
chance, ends = random.Random(2), time.monotonic() + seconds
names = [f"person {n}" for n in range(10_000)]
with open_store(url, TemplateKey.load(key_file, env={}, create=False), create=False) as store:
    print("ready", flush=True)
    sys.stdin.readline()
    while time.monotonic() < ends:
        now = datetime.now(UTC)
        alert = replace(_alert(chance, 0, 1, names), seen_at=now, last_seen_at=now,
                        received_at=now, decided_at=now)
        store.alerts.record(alert, [])
        time.sleep(1)
"""


@dataclass
class Heard:
    """What the clients and the readers found."""

    delays_s: list[float] = field(default_factory=list)
    took_s: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    statuses: Counter[int] = field(default_factory=Counter)
    events: int = 0
    ended: int = 0


class Site:
    """A store with history, cameras and people, and the server over it."""

    def __init__(self, home: Path, given: argparse.Namespace) -> None:
        self.home, self.given = home, given
        self.url = given.url or sqlite_url(home / "facewarden.sqlite")
        key = TemplateKey.load(home / "facewarden.key", env={}, create=True)
        # The alerts of before are old: the watch must not delete them while it is measured.
        config = {"store": {"retention": {"alerts_days": 3650}}}
        self.config = home / "facewarden.yaml"
        self.config.write_text(yaml.safe_dump(config))
        with open_store(self.url, key) as store:
            fill(store, key, given.alerts)
            self.headers = [_person(store, number, role) for number, role in enumerate(ROLES)]
            self.alert_ids = [one.alert.alert_id for one in store.alerts.page(limit=200)]
        if given.photos:
            enrol(home, sorted(given.photos.rglob("*.jpg"))[:50], LISTS[0])
        with open_store(self.url, key) as store:
            ids = tuple(f"watched-{number}" for number in range(given.cameras))
            for camera_id in ids:
                store.cameras.create(_camera(camera_id, given))
            now = datetime.now(UTC)
            if ids:
                words = ("measure", "here", "none needed: nobody is watched")
                plan = DeploymentPlan(
                    *words, ids, (LISTS[0],), starts_at=now, ends_at=now + timedelta(hours=1)
                )
                proposed = store.deployments.propose(plan, "ada")
                store.deployments.authorise(proposed.deployment_id, "bob", version=1)
                self.deployment_id = proposed.deployment_id
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = int(probe.getsockname()[1])
        command = [sys.executable, "-m", "facewarden", "serve", "--port", str(self.port)]
        self.log = (home / "log").open("wb")
        self.process = subprocess.Popen(
            [*command, "--config", str(self.config)],
            env=environment(home),
            stdout=self.log,
            stderr=self.log,
        )

    def wait(self) -> None:
        """Return once the server answers and every camera was analysed."""
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise SystemExit((self.home / "log").read_text())
            try:
                httpx.get(f"http://127.0.0.1:{self.port}/health/ready", timeout=5)
                if not self.given.cameras or all(one["analysed"] > 20 for one in self.cameras()):
                    return
            except (httpx.TransportError, InputError):
                pass
            time.sleep(0.5)
        raise SystemExit("not ready in time: " + (self.home / "log").read_text()[-2000:])

    def cameras(self) -> list[dict[str, Any]]:
        """Return what each camera has analysed and dropped so far."""
        if not self.given.cameras:
            return []
        found: list[dict[str, Any]] = ask(
            self.home / f"watch-{self.deployment_id}.socket", {"ask": "cameras"}
        )["cameras"]
        return found

    def cpu_s(self) -> dict[str, float]:
        """Return the processor time of the server and of its children so far."""
        server = psutil.Process(self.process.pid)
        found = {"server": server}
        for child in server.children():
            words = child.cmdline()
            found["watch" if "--deployment" in words else f"child {child.pid}"] = child
        return {name: sum(one.cpu_times()[:2]) for name, one in found.items()}

    def stop(self) -> None:
        """End it as an operator would."""
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.close()


def _camera(camera_id: str, given: argparse.Namespace) -> CameraSettings:
    plain = {"id": camera_id, "source": str(given.clip.absolute()), "realtime": True, "loop": True}
    return CameraSettings.model_validate(plain | {"analyse_fps": given.fps})


def _person(store: Store, number: int, role: Role) -> dict[str, str]:
    """Make somebody; return the header that they come with."""
    account = store.people.create(f"person{number}", role, Scope(), actor="bench")
    if number % 2:
        secret, _ = store.sessions.begin(
            account.user_id,
            address="127.0.0.1",
            agent="bench",
            how="bench",
            lasts=timedelta(hours=1),
        )
        return {"Cookie": f"facewarden_session={secret}"}
    ends = datetime.now(UTC) + timedelta(hours=1)
    key, _ = store.api_keys.create(
        account.user_id, "bench", RIGHTS[role], Scope(), ends, actor="bench"
    )
    return {"Authorization": f"Bearer {key.written()}"}


def choices(site: Site, chance: random.Random) -> tuple[str, str]:
    """Return the kind and the path of one read, as often as a control room asks for it."""
    alert_id, subject = chance.choice(site.alert_ids), chance.randrange(1, 10_000)
    camera = chance.choice(CAMERAS)
    kinds = {
        "alerts": (10, "/api/v1/alerts?limit=50"),
        "alerts, open": (6, "/api/v1/alerts?limit=50&state=unreviewed"),
        "alerts of a camera": (3, f"/api/v1/alerts?limit=50&camera={camera}"),
        "alerts of a subject": (3, f"/api/v1/alerts?limit=50&subject={subject}"),
        "an alert": (10, f"/api/v1/alerts/{alert_id}"),
        "subjects": (3, "/api/v1/subjects?limit=50"),
        "a subject": (4, f"/api/v1/subjects/{subject}"),
        "watchlists": (3, "/api/v1/watchlists"),
        "cameras": (3, "/api/v1/cameras"),
        "sightings": (2, f"/api/v1/sightings?subject={subject}"),
        "deployments": (2, "/api/v1/deployments"),
        "ready": (1, "/health/ready"),
    }
    (kind,) = chance.choices(list(kinds), [weight for weight, _ in kinds.values()])
    return kind, kinds[kind][1]


async def follow(site: Site, number: int, heard: Heard) -> None:
    """Follow the alerts as one client, coming again when the stream ends."""
    (header,) = site.headers[number % len(site.headers)].items()
    while True:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
        except OSError:
            await asyncio.sleep(0.3)
            continue
        try:
            words = (
                f"GET /api/v1/events HTTP/1.1\r\nHost: bench\r\n{header[0]}: {header[1]}\r\n\r\n"
            )
            writer.write(words.encode())
            heard.statuses[int((await reader.readline()).split()[1])] += 1
            while line := await reader.readline():
                if line.startswith(b"data:"):
                    told = json.loads(line[5:])
                    at = (told.get("alert") or {}).get("decided_at")
                    if at:
                        now = datetime.now(UTC)
                        delay = (now - datetime.fromisoformat(at)).total_seconds()
                        heard.delays_s.append(delay)
                        heard.events += 1
            heard.ended += 1
        finally:
            writer.close()


async def read(site: Site, heard: Heard, ends_s: float) -> None:
    """Send reads at random moments, not waiting for answers."""
    chance = random.Random(3)
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=50)
    address = f"http://127.0.0.1:{site.port}"
    async with httpx.AsyncClient(base_url=address, limits=limits, timeout=60) as client:

        async def one(kind: str, path: str, headers: dict[str, str]) -> None:
            began = time.perf_counter()
            answer = await client.get(path, headers=headers)
            heard.took_s[kind].append(time.perf_counter() - began)
            heard.statuses[answer.status_code] += 1

        running: set[asyncio.Task[None]] = set()
        due = time.monotonic()
        while due < ends_s:
            due += chance.expovariate(site.given.rate)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            task = asyncio.create_task(one(*choices(site, chance), chance.choice(site.headers)))
            running.add(task)
            task.add_done_callback(running.discard)
        await asyncio.gather(*running)


async def load(site: Site, heard: Heard) -> None:
    """Put the whole load on the server for the given time."""
    clients = [
        asyncio.create_task(follow(site, number, heard)) for number in range(site.given.clients)
    ]
    await asyncio.sleep(2)  # all of them are there before it counts
    raiser = subprocess.Popen(
        [sys.executable, "-c", RAISER, site.url, str(site.home / "facewarden.key"),
         str(site.given.seconds)],
        env=environment(site.home), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    await asyncio.to_thread(raiser.stdout.readline)  # type: ignore[union-attr]
    raiser.stdin.write(b"go\n")  # type: ignore[union-attr]
    raiser.stdin.flush()  # type: ignore[union-attr]
    await read(site, heard, time.monotonic() + site.given.seconds)
    await asyncio.to_thread(raiser.wait)
    await asyncio.sleep(1)
    for client in clients:
        client.cancel()
    await asyncio.gather(*clients, return_exceptions=True)


def percentiles(seconds: Sequence[float]) -> str:
    """Return median, 95th, 99th and largest in milliseconds."""
    if len(seconds) < 2:
        return f"{seconds[0] * 1000:8.0f}" if seconds else "       -"
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    values = (cuts[49], cuts[94], cuts[98], max(seconds))
    return " ".join(f"{value * 1000:8.0f}" for value in values)


def told_of_cameras(before: list[dict[str, Any]], after: list[dict[str, Any]], due: float) -> str:
    """Return what the cameras analysed and dropped in between.

    A looped recording does not drop what comes too fast, it falls behind: `due` is what the time
    would have had.
    """
    sums = {
        name: sum(two[name] - one[name] for one, two in zip(before, after, strict=True))
        for name in ("analysed", "dropped")
    }
    return f"{sums['analysed']} of {due:.0f} pictures analysed, {sums['dropped']} dropped"


def measure(site: Site) -> None:
    """Measure without and with load, and print."""
    seconds, fps = site.given.seconds, site.given.fps * site.given.cameras
    before, spent = site.cameras(), site.cpu_s()
    time.sleep(seconds)
    quiet = site.cpu_s()
    print(
        f"without load, {seconds:g} s: {told_of_cameras(before, site.cameras(), fps * seconds)}; "
        + cores(spent, quiet, seconds)
    )
    heard, before, spent, began = Heard(), site.cameras(), site.cpu_s(), time.monotonic()
    own = sum(psutil.Process().cpu_times()[:2])
    asyncio.run(load(site, heard))
    took = time.monotonic() - began
    print(
        f"with load, {took:.0f} s: {told_of_cameras(before, site.cameras(), fps * took)}; "
        + cores(spent, site.cpu_s(), took)
        + f", this process {(sum(psutil.Process().cpu_times()[:2]) - own) / took:.2f}"
    )
    reads = [one for some in heard.took_s.values() for one in some]
    print(
        f"{len(reads)} reads ({len(reads) / seconds:.0f} a second), answers "
        f"{dict(sorted(heard.statuses.items()))}"
    )
    print(f"{'ms':24}{'n':>7} {'median':>8} {'95 %':>8} {'99 %':>8} {'most':>8}")
    print(f"{'reads':24}{len(reads):7} {percentiles(reads)}")
    for kind, some in sorted(heard.took_s.items()):
        print(f"  {kind:22}{len(some):7} {percentiles(some)}")
    print(f"{'decision to client':24}{len(heard.delays_s):7} {percentiles(heard.delays_s)}")


def cores(before: dict[str, float], after: dict[str, float], seconds: float) -> str:
    """Return how many cores each process used."""
    return "cores: " + ", ".join(
        f"{name} {(spent - before.get(name, 0.0)) / seconds:.2f}" for name, spent in after.items()
    )


def main() -> None:
    """Make the site, measure, and clear it away."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clip", type=Path, help="what the cameras see; needs --cameras")
    parser.add_argument("--photos", type=Path, help="folder; 50 of its people are watched for")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--rate", type=float, default=50.0, help="reads a second")
    parser.add_argument("--alerts", type=int, default=10_000)
    parser.add_argument("--cameras", type=int, default=2)
    parser.add_argument("--fps", type=float, default=5.0)
    parser.add_argument("--url", default="", help="an empty database; default: a new SQLite file")
    given = parser.parse_args()
    if given.cameras and given.clip is None:
        parser.error("--cameras needs a --clip")
    if given.url:
        os.environ["FACEWARDEN_STORE_URL"] = given.url  # for every process that is started here
    with tempfile.TemporaryDirectory(prefix="fw-") as folder:
        home = Path(folder) / "home"
        home.mkdir(mode=0o700)
        site = Site(home, given)
        try:
            site.wait()
            measure(site)
        finally:
            site.stop()


if __name__ == "__main__":
    main()
