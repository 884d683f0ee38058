import json
import socket
import stat
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from facewarden.data import Faces, Image
from facewarden.decide.evidence import Evidence
from facewarden.geometry.region import Region
from facewarden.pipeline.camera import CameraPlan, TrackedPerson, WatchedCamera
from facewarden.pipeline.live_view import LENGTHS, LiveView
from facewarden.pipeline.look import View
from facewarden.pipeline.roster import Roster
from facewarden.pipeline.route import Route
from facewarden.track.columnar import ColumnarTracker
from factories import after, frame, picture
from unit.pipeline.conftest import People, Station, walk

LISTED, STRANGER = "Adrien Brody", "Aaron Patterson"


class Looker:
    """Somebody who looks: a connection, and the messages that came over it."""

    def __init__(self, path: Path, **wish: Any) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(10)
        self._socket.connect(str(path))
        self.ask({"camera": "gate"} | wish)

    def ask(self, wish: dict[str, Any]) -> None:
        self._socket.sendall(json.dumps(wish).encode() + b"\n")

    def message(self) -> tuple[dict[str, Any], bytes]:
        header_length, jpeg_length = LENGTHS.unpack(self._exactly(LENGTHS.size))
        header = json.loads(self._exactly(header_length))
        assert isinstance(header, dict)
        return header, self._exactly(jpeg_length)

    def picture(self) -> tuple[dict[str, Any], Image]:
        while True:
            header, jpeg = self.message()
            if jpeg:
                decoded = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
                assert decoded is not None
                return header, np.asarray(decoded, np.uint8)

    def _exactly(self, count: int) -> bytes:
        received = bytearray()
        while len(received) < count:
            part = self._socket.recv(count - len(received))
            if not part:
                raise EOFError
            received += part
        return bytes(received)

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> "Looker":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@pytest.fixture
def path() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="fw") as folder:
        yield Path(folder) / "watch.live.socket"


@pytest.fixture
def live(path: Path) -> Iterator[LiveView]:
    view = LiveView(path, silence_s=0.2)
    view.start()
    yield view
    view.stop()


class Street:
    """Two people side by side before a camera, of whom one is on the list, analysed for good."""

    def __init__(self, station: Station, people: People, **camera: Any) -> None:
        station.enrol(people.file(LISTED), LISTED)
        self.camera = station.camera(**camera)
        self.route: Route = station.route()
        self.roster: Roster = station.roster()
        self.pictures = walk(people.image(LISTED), people.image(STRANGER), frames=6)
        self.number = 0

    def view(self) -> View:
        number, self.number = self.number, self.number + 1
        # There and back again: nobody jumps.
        place = (*range(6), *range(5, -1, -1))[number % 12]
        shown = frame("gate", number, at=after(number / 5), image=self.pictures[place])
        (view,) = self.route.step([(self.camera, shown)], self.roster).views
        return view


@pytest.fixture
def street(station: Station, people: People) -> Street:
    made = Street(station, people)
    for _ in range(12):
        made.view()
    return made


class Feeding:
    """Offers views one after the other, as the analysis loop does, until left."""

    def __init__(self, live: LiveView, street: Street, pause_s: float = 0.02) -> None:
        self._live, self._street, self._pause_s = live, street, pause_s
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._feed, daemon=True)
        self.slowest_s = 0.0
        self.offered = 0

    def _feed(self) -> None:
        while not self._over.wait(self._pause_s):
            view = self._street.view()
            began_s = time.thread_time()
            self._live.offer(view)
            self.slowest_s = max(self.slowest_s, time.thread_time() - began_s)
            self.offered += 1

    def __enter__(self) -> "Feeding":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(10)


def roughness(picture: Image, box: list[int]) -> float:
    """Return how much detail there is in the middle of a box."""
    x1, y1, x2, y2 = box
    grey = cv2.cvtColor(picture[y1:y2, x1:x2], cv2.COLOR_BGR2GRAY)
    return float(cv2.Laplacian(grey, cv2.CV_64F).std())


def faces(header: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the face on the left, which is on the list, and the one on the right."""
    sure = [face for face in header["boxes"] if face["confidence"] > 0.8]
    left, right = sorted(sure, key=lambda face: face["box"][0])
    return left, right


@pytest.mark.shared
@pytest.mark.models
def test_bystanders_are_blurred_and_a_candidate_is_told_to_those_who_may(
    live: LiveView, path: Path, street: Street
) -> None:
    with (
        Feeding(live, street),
        Looker(path, width_px=640) as everything,
        Looker(path, width_px=640, watchlists=["missing"]) as missing,
        Looker(path, width_px=640, watchlists=[]) as nothing,
        Looker(path, width_px=640, sharp=True) as sharp,
    ):
        seen = {
            name: looker.picture()
            for name, looker in (
                ("all", everything), ("missing", missing), ("none", nothing), ("sharp", sharp)
            )
        }  # fmt: skip
    for name in ("all", "missing"):
        header, picture = seen[name]
        left, right = faces(header)
        (candidate,) = left["candidates"]
        assert candidate["watchlist"] == "missing"
        assert candidate["similarity"] > candidate["threshold"]
        assert len(candidate["alert"]) == 32
        assert not right["candidates"]
        assert roughness(picture, right["box"]) < 4 < roughness(picture, left["box"])
    # Whoever may not see the list sees neither the candidate's face nor that there is one.
    header, picture = seen["none"]
    left, right = faces(header)
    assert not left["candidates"]
    assert roughness(picture, left["box"]) < 4
    assert roughness(picture, right["box"]) < 4
    header, picture = seen["sharp"]
    left, right = faces(header)
    assert roughness(picture, right["box"]) > 4
    assert header["captured_at"].endswith("Z")
    assert (header["width_px"], header["height_px"]) == (640, 270)


@pytest.mark.shared
@pytest.mark.models
def test_boxes_fit_a_smaller_picture_and_pictures_come_no_faster_than_asked(
    live: LiveView, path: Path, street: Street
) -> None:
    with Feeding(live, street), Looker(path, width_px=320, fps=4) as looker:
        header, picture = looker.picture()
        assert picture.shape[:2] == (135, 320)
        assert all(x2 <= 320 and y2 <= 135 for x1, y1, x2, y2 in
                   (face["box"] for face in header["boxes"]))  # fmt: skip
        began_s = time.monotonic()
        sequences = [looker.picture()[0]["sequence"] for _ in range(5)]
        assert time.monotonic() - began_s > 4 / 4 * 0.9
    assert sequences == sorted(set(sequences))
    assert sequences[-1] - sequences[0] > 5, "those between were left out"


@pytest.mark.shared
@pytest.mark.models
def test_what_lies_beyond_the_region_is_not_shown(
    live: LiveView, path: Path, station: Station, people: People
) -> None:
    left_half = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
    street = Street(station, people, region=Region([left_half]))
    with Feeding(live, street), Looker(path, width_px=640) as looker:
        header, _ = looker.picture()
    assert header["width_px"] == 320
    assert len(header["boxes"]) == 1


@pytest.mark.shared
@pytest.mark.models
def test_while_nobody_looks_nothing_is_kept_and_a_stuck_looker_holds_nobody_up(
    live: LiveView, path: Path, street: Street
) -> None:
    view = street.view()
    began_s = time.thread_time()
    for _ in range(1000):
        live.offer(view)
    assert not live._newest
    spent_s = (time.thread_time() - began_s) / 1000
    assert spent_s < 50e-6  # a hundred times what it takes; a picture copied would be 200 us
    with Feeding(live, street, pause_s=0.01) as feeding, Looker(path, width_px=1280, sharp=True):
        # It never reads: buffers fill, then its thread waits, and the analysis does not.
        before = feeding.offered
        deadline_s = time.monotonic() + 1.5
        while time.monotonic() < deadline_s:
            time.sleep(0.05)
        assert feeding.offered - before > 10
        with Looker(path) as other:
            assert other.picture()[0]["boxes"]
        assert live.lookers >= 1
    deadline_s = time.monotonic() + 10
    while live.lookers:
        live.offer(street.view())
        assert time.monotonic() < deadline_s
    assert not live._newest


def test_a_face_that_was_missed_is_hidden_for_a_second_and_no_longer(
    live: LiveView, path: Path
) -> None:
    plan = CameraPlan("gate", "", "", 640, 0.6, 32.0, Region())
    camera = WatchedCamera(plan, ColumnarTracker(), None, "run")
    image = picture(1, 640, 360)  # noise: rough wherever it is not blurred
    (x1, y1, x2, y2) = (280, 140, 360, 240)
    place = np.array([[x1, y1, x2, y2]], np.float32)
    face = Faces.of(place, np.ones(1, np.float32), np.full((1, 5, 2), 200, np.float32))

    def view(number: int, found: Faces) -> View:
        shown = frame("gate", number, image=image)
        tracked = camera.tracker.update(found, shown.captured_at)
        if len(found):
            evidence = Evidence("gate", 1, after(0), shown.captured_at, largest_px=100.0)
            camera.people[1] = TrackedPerson(evidence)
        return View(camera, shown, tracked)

    blurred = {}
    with Looker(path, width_px=640) as looker:
        while not live.lookers:
            time.sleep(0.01)
        for number in range(12):
            live.offer(view(number, face if number < 5 else Faces.empty()))
            header, shown = looker.picture()
            assert len(header["boxes"]) == (number < 5)
            blurred[number] = roughness(shown, [x1, y1, x2, y2]) < 20
            # Next to it, nothing is lost.
            assert roughness(shown, [x2 + 60, y1, x2 + 140, y2]) > 60
    # The last face came with picture 4; they are 0.2 s apart, and the track lives for 1.5 s.
    assert blurred == {number: number <= 9 for number in range(12)}


def test_only_its_own_user_can_reach_it_and_it_goes_with_the_watch(path: Path) -> None:
    path.write_text("left over by a watch that was killed")
    live = LiveView(path, silence_s=0.2)
    live.start()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with Looker(path) as looker:
        assert looker.message() == ({"camera": "gate"}, b"")  # alive, and nothing to see
        live.stop()
        with pytest.raises((EOFError, OSError)):
            looker.message()
    assert not path.exists()
    live.stop()


@pytest.mark.parametrize(
    "line",
    [b"{}\n", b"nonsense\n", b'{"camera": "gate", "fps": 0}\n', b'{"camera": "gate", "x": 1}\n',
     b'{"camera": "gate", "width_px": 100000}\n', b"x" * 70000],
)  # fmt: skip
def test_a_wish_that_makes_no_sense_is_left_alone(live: LiveView, path: Path, line: bytes) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(10)
        connection.connect(str(path))
        try:
            connection.sendall(line)
            assert connection.recv(100) == b""
        except (BrokenPipeError, ConnectionResetError):
            pass
    with Looker(path) as looker:
        assert looker.message()[0] == {"camera": "gate"}


def test_a_path_that_is_too_long_costs_the_watch_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    live = LiveView(tmp_path / ("x" * 120))
    live.start()
    assert "live view will not work" in caplog.text
    live.stop()
