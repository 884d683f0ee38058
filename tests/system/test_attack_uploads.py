"""Pictures and archives made to do harm, against a server in a process of its own."""

import io
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from PIL import Image as Pillow

from facewarden.access.principal import Role
from facewarden.store.key import TemplateKey
from facewarden.store.open import open_store, sqlite_url
from system import hostile
from system.processes import wait_for
from system.serving import ServeProcess, key_of

pytestmark = [pytest.mark.slow, pytest.mark.models]

MIB = 1 << 20
LIST = "missing"


class Watched:
    """A server, somebody who may write, and what it needs and how it answers meanwhile.

    Attributes:
        waits_s: what others waited for a page that needs no picture.
        most: bytes resident at most, of the server and of the largest of its workers.
    """

    def __init__(self, server: ServeProcess, client: httpx.Client) -> None:
        self.server, self.client = server, client
        assert server.process is not None
        self.process = psutil.Process(server.process.pid)
        self.waits_s: list[float] = []
        self.most = [0, 0]
        self._over = threading.Event()
        self._threads = [threading.Thread(target=one) for one in (self._weigh, self._ask)]

    def __enter__(self) -> "Watched":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(30)

    def workers(self) -> list[psutil.Process]:
        return [one for one in self.process.children() if _is_worker(one)]

    def resident(self) -> int:
        return int(self.process.memory_info().rss)

    def _weigh(self) -> None:
        while not self._over.wait(0.05):
            self.most[0] = max(self.most[0], self.resident())
            for worker in self.workers():
                try:
                    self.most[1] = max(self.most[1], worker.memory_info().rss)
                except psutil.NoSuchProcess:
                    continue

    def _ask(self) -> None:
        key = self.client.headers["authorization"].removeprefix("Bearer ")
        with self.server.client(key) as other:
            while not self._over.wait(0.1):
                began_s = time.perf_counter()
                assert other.get("/api/v1/watchlists").status_code == 200
                self.waits_s.append(time.perf_counter() - began_s)

    def told(self, what: str) -> str:
        waits = sorted(self.waits_s) or [0.0]
        p95_ms = 1000 * waits[int(0.95 * (len(waits) - 1))]
        return (
            f"{what}: others waited {p95_ms:.0f} ms (p95 of {len(waits)}); at most "
            f"{self.most[0] // MIB} MiB in the server, {self.most[1] // MIB} MiB in a worker"
        )


def _is_worker(process: psutil.Process) -> bool:
    try:
        return "facewarden.server.decoding_worker" in process.cmdline()
    except psutil.NoSuchProcess:
        return False


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, models_dir: Path
) -> Iterator[tuple[ServeProcess, str]]:
    """A server whose models are loaded, and a key of a supervisor."""
    home = tmp_path_factory.mktemp("attack") / "home"
    home.mkdir(mode=0o700)
    key = TemplateKey.load(home / "facewarden.key", env={}, create=True)
    with open_store(sqlite_url(home / "facewarden.sqlite"), key) as store:
        store.watchlists.ensure(LIST)
        words = key_of(store, "grace", Role.SUPERVISOR)
    made = ServeProcess(home, log=home.parent / "serve.log")
    made.start()
    made.wait_for_models()
    yield made, words
    made.kill()


@pytest.fixture
def watched(server: tuple[ServeProcess, str]) -> Iterator[Watched]:
    serving, key = server
    with serving.client(key) as client, Watched(serving, client) as watched:
        yield watched


@pytest.fixture(scope="module")
def face(shared: Path) -> Pillow.Image:
    path = next(iter(sorted((shared / "data" / "lfw-dev").rglob("*_0002.jpg"))))
    return Pillow.open(path).convert("RGB")


def subject(client: httpx.Client, name: str) -> str:
    body = {"details": {"name": name}, "watchlist": LIST}
    made = client.post("/api/v1/subjects", json=body)
    assert made.status_code == 201, made.text
    return f"/api/v1/subjects/{made.json()['subject_id']}/references"


def require_problem(name: str, answer: httpx.Response) -> None:
    assert 400 <= answer.status_code < 500, (name, answer.text)
    assert answer.headers["content-type"] == "application/problem+json", name
    problem = answer.json()
    assert problem["detail"], name
    assert "this is a fault" not in answer.text, name
    assert len(answer.content) < 3000, name


def upload(client: httpx.Client, path: str) -> Callable[[tuple[str, bytes]], Any]:
    def send(named: tuple[str, bytes]) -> tuple[str, httpx.Response]:
        name, data = named
        lie = {"Content-Type": "text/html"}
        return name, client.post(path, content=data, params={"filename": name}, headers=lie)

    return send


def test_bombs_and_no_pictures_are_refused_in_words_while_others_are_served(
    watched: Watched, capsys: pytest.CaptureFixture[str]
) -> None:
    path = subject(watched.client, "Ann")
    before = watched.resident()
    with ThreadPoolExecutor(8) as pool:
        hostiles = [*hostile.bombs(), *hostile.no_pictures(), *hostile.faceless()]
        for name, answer in pool.map(upload(watched.client, path), hostiles):
            require_problem(name, answer)
    with capsys.disabled():
        print("\n" + watched.told(f"{len(hostiles)} bad pictures, from {before // MIB} MiB"))
    # A worker may have 1 GiB more than it starts with (decoding_worker.MEMORY_BYTES).
    assert watched.most[1] < 1300 * MIB
    # Eight pictures of 4096 x 4096 px as they come back (48 MiB), each once more as it is cleaned,
    # and the models.
    assert watched.most[0] < before + 1500 * MIB
    assert watched.client.get(path).json() == []


def test_rare_forms_of_a_photograph_are_enrolled_upright(
    watched: Watched, face: Pillow.Image
) -> None:
    for name, data in hostile.disguises(face):
        path = subject(watched.client, name)
        _, answer = upload(watched.client, path)((name, data))
        assert answer.status_code == 201, (name, answer.text)
        (kept,) = watched.client.get(path).json()
        image = watched.client.get(f"/api/v1/references/{kept['reference_id']}/image")
        picture = Pillow.open(io.BytesIO(image.content))
        assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", face.size), name
        assert not picture.getexif(), name
        for trace in (b"<script", b"PK\3\4", b"\xca\xfe\xba\xbe"):
            assert trace not in image.content, name
        assert image.headers["x-content-type-options"] == "nosniff"


def test_a_tiny_face_is_refused_and_of_several_one_must_be_named(
    watched: Watched, face: Pillow.Image
) -> None:
    path = subject(watched.client, "Tiny")
    tiny = Pillow.new("RGB", (600, 600), "grey")
    tiny.paste(face.resize((30, 30)), (200, 200))
    crowd = Pillow.new("RGB", (face.width * 4, face.height * 3), "grey")
    for number in range(12):
        crowd.paste(face, (face.width * (number % 4), face.height * (number // 4)))
    for name, picture in (("tiny", tiny), ("crowd", crowd)):
        require_problem(
            name, upload(watched.client, path)((name, hostile.encoded(picture, "PNG")))[1]
        )


def test_a_decoder_that_dies_is_replaced(watched: Watched, face: Pillow.Image) -> None:
    path = subject(watched.client, "Phoenix")
    first = watched.workers()
    assert first
    for worker in first:
        worker.kill()
    jpeg = hostile.encoded(face.resize((250, 251)), "JPEG")
    answers = [upload(watched.client, path)(("again.jpg", jpeg))[1] for _ in range(4)]
    assert {answer.status_code for answer in answers} <= {200, 201, 422}
    assert answers[-1].status_code in {200, 201}, answers[-1].text
    assert not {one.pid for one in first} & {one.pid for one in watched.workers()}


def send_archive(client: httpx.Client, data: Any) -> httpx.Response:
    return client.post("/api/v1/references/import", params={"watchlist": LIST}, content=data)


def names(client: httpx.Client) -> set[str]:
    found: set[str] = set()
    cursor = None
    while True:
        page = client.get("/api/v1/subjects", params={"cursor": cursor} if cursor else {}).json()
        found |= {one["details"]["name"] for one in page["items"]}
        cursor = page.get("next")
        if not cursor:
            return found


def ended(client: httpx.Client, answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 202, answer.text
    path = f"/api/v1/jobs/{answer.json()['job_id']}"
    wait_for(lambda: client.get(path).json()["ended_at"], 60)
    return dict(client.get(path).json())


def test_of_a_hostile_archive_nothing_is_used_and_nothing_is_left(
    watched: Watched, face: Pillow.Image, capsys: pytest.CaptureFixture[str]
) -> None:
    home = watched.server.home
    before, files, known = watched.resident(), set(home.parent.rglob("*")), names(watched.client)
    for name, data in hostile.archives(hostile.encoded(face, "JPEG")):
        require_problem(name, send_archive(watched.client, data))
    with capsys.disabled():
        print("\n" + watched.told(f"archives, from {before // MIB} MiB"))
    assert names(watched.client) == known
    assert set(home.parent.rglob("*")) == files
    assert not Path("/tmp/out.jpg").exists()
    assert watched.most[0] < before + 300 * MIB


def test_of_an_archive_with_damaged_files_the_good_ones_are_enrolled(
    watched: Watched, face: Pillow.Image
) -> None:
    jpeg = hostile.encoded(face.resize((251, 250)), "JPEG")
    data = hostile.zipped(
        ("Ζηνοβία/1.jpg", jpeg), ("冠狀/1.jpg", b"GIF89a"), ("Ben/1.jpg", hostile.SVG),
        ("Wrong/1.jpg", b"broken on the way"), method=0,
    ).replace(b"broken on the way", b"BROKEN ON THE WAY")  # fmt: skip
    job = ended(watched.client, send_archive(watched.client, data))
    assert (job["state"], job["counts"]) == ("done", {"added": 1, "refused": 3})
    assert "Ζηνοβία" in names(watched.client)
    assert not {"冠狀", "Ben", "Wrong"} & names(watched.client)


def test_archives_that_wait_are_not_in_memory(
    watched: Watched, capsys: pytest.CaptureFixture[str]
) -> None:
    noise = Pillow.effect_noise((3000, 3000), 80).tobytes()  # 9 MiB that do not shrink
    data = hostile.zipped(*((f"Jane/{n}.jpg", noise) for n in range(16)), method=0)
    assert len(data) > 130 * MIB
    before = watched.resident()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: send_archive(watched.client, data), range(4)))
    jobs = [answer for answer in answers if answer.status_code == 202]
    refused = [answer for answer in answers if answer.status_code == 503]
    assert len(jobs) >= 3
    assert len(jobs) + len(refused) == 4
    for job in jobs:
        assert ended(watched.client, job)["counts"] == {"refused": 16}
    with capsys.disabled():
        print("\n" + watched.told(f"{len(jobs)} archives of 137 MiB, from {before // MIB} MiB"))
    # The three that are taken have 411 MiB; of each one file of 9 MiB is unpacked, with copies.
    assert watched.most[0] < before + 300 * MIB
    assert watched.process.num_fds() < 60


def test_nothing_of_all_that_was_a_fault(server: tuple[ServeProcess, str]) -> None:
    said = server[0].said()
    assert "unexpected" not in said, said[-3000:]
    assert "\x1b[31mred" not in said
