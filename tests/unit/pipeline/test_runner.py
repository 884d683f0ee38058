import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from facewarden.capture.recording import Recording
from facewarden.capture.source import SourceState, SourceStats
from facewarden.data import Alert, AlertLook, Frame, Snapshot, Templates
from facewarden.data.sighting import Sighting
from facewarden.decide.trace import Trace, Traces
from facewarden.pipeline.camera import WatchedCamera
from facewarden.pipeline.recorder import ActivityCount, Recorder
from facewarden.pipeline.runner import Observer, Runner
from factories import frame
from refusing_detector import Refusing
from unit.pipeline.conftest import People, Station, clip, walk

BLAIR, BRODY = "Tony Blair", "Adrien Brody"


@dataclass
class Kept:
    """A recorder's three logs in memory."""

    alerts: list[Alert] = field(default_factory=list)
    probes: list[Templates | None] = field(default_factory=list)
    looks: dict[str, tuple[AlertLook, ...]] = field(default_factory=dict)
    sightings: list[Sighting] = field(default_factory=list)
    counts: list[ActivityCount] = field(default_factory=list)

    def record(
        self,
        alert: Alert,
        sinks: Sequence[str],
        probe: Templates | None = None,
        looks: Sequence[AlertLook] = (),
        strip: Snapshot | None = None,
    ) -> None:
        self.alerts.append(alert)
        self.probes.append(probe)
        self.looks[alert.alert_id] = tuple(looks)

    def keep_looks(self, alert_id: str, looks: Sequence[AlertLook]) -> None:
        self.looks[alert_id] = tuple(looks)

    def touch(self, alert_id: str, last_seen_at: datetime) -> None:
        pass

    def total(self, camera_id: str, name: str) -> float:
        return sum(float(getattr(c, name)) for c in self.counts if c.camera_id == camera_id)


class KeptSightings:
    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    def record(self, sighting: Sighting) -> None:
        self._kept.sightings.append(sighting)


class KeptActivity:
    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    def add(self, camera_id: str, at: object, **counts: float) -> None:
        self._kept.counts.append(ActivityCount(camera_id, at, **counts))  # type: ignore[arg-type]


class Post:
    """A runner over the real route, and everything it tells."""

    def __init__(self, station: Station) -> None:
        self.kept = Kept()
        self.stories: list[Trace] = []
        self.states: list[tuple[str, SourceState, str]] = []
        self.recorder = Recorder(
            self.kept,
            KeptSightings(self.kept),
            KeptActivity(self.kept),
            sinks_of=lambda _: [],
            recorded=lambda _: None,
        )
        self.recorder.start()
        self.runner = Runner(
            station.route(),
            self.recorder,
            station.roster(),
            Traces(600),
            **station.models,
            observer=Observer(
                track_ended=self.stories.append,
                camera_state=lambda camera, state, problem: self.states.append(
                    (camera.plan.camera_id, state, problem)
                ),
            ),
        )
        self._thread = threading.Thread()

    def start(self, *, until_ended: bool) -> None:
        self._thread = threading.Thread(
            target=self.runner.run, kwargs={"until_ended": until_ended}, daemon=True
        )
        self._thread.start()

    def join(self, timeout_s: float = 60) -> None:
        self._thread.join(timeout_s)
        assert not self._thread.is_alive()
        assert self.recorder.stop(5)

    def run(self) -> None:
        self.start(until_ended=True)
        self.join()

    def wait(self, until: Callable[[], bool], timeout_s: float = 20) -> None:
        deadline = time.monotonic() + timeout_s
        while not until():
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(0.01)

    def analysed(self, camera_id: str) -> int:
        return sum(s.analysed for s in self.runner.status() if s.camera_id == camera_id)


@pytest.fixture
def post(station: Station) -> Iterator[Post]:
    made = Post(station)
    yield made
    made.runner.stop()


@pytest.fixture(scope="module")
def empty_room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six small pictures of nobody."""
    path = tmp_path_factory.mktemp("clips") / "room.mp4"
    return clip(path, [np.full((96, 128, 3), 60 + n, np.uint8) for n in range(6)])


class Broken:
    """A source whose reader raises after so many frames."""

    live = False

    def __init__(self, camera_id: str, error: Exception, after_frames: int) -> None:
        self.camera_id = camera_id
        self._error = error
        self._after = after_frames
        self.closed = False

    def frames(self) -> Iterator[Frame]:
        for number in range(self._after):
            yield frame(self.camera_id, number)
        raise self._error

    def stats(self) -> SourceStats:
        return SourceStats(SourceState.WATCHING)

    def close(self) -> None:
        self.closed = True


def test_recordings_are_watched_to_their_end_and_counted(post: Post, empty_room: Path) -> None:
    for camera_id in ("gate", "yard"):
        post.runner.add(Station.camera(camera_id), Recording(empty_room, camera_id=camera_id))
    post.run()
    last = {status.camera_id: status for status in post.runner.ended()}
    for camera_id in ("gate", "yard"):
        assert last[camera_id].analysed == 6
        assert last[camera_id].stats.state is SourceState.ENDED
        assert post.kept.total(camera_id, "analysed") == 6
        assert post.kept.total(camera_id, "watched_s") == pytest.approx(0.6, abs=0.01)
        assert post.kept.total(camera_id, "dropped") == 0
        assert (camera_id, SourceState.ENDED, "") in post.states
    assert post.runner.status() == []


def test_an_alert_on_the_way(post: Post, station: Station, people: People, tmp_path: Path) -> None:
    station.enrol(people.file(BLAIR, 2), BLAIR)
    post.runner.use(station.roster())
    video = clip(
        tmp_path / "clip.mp4", walk(people.image(BLAIR, 3), people.image(BRODY, 1), frames=5)
    )
    post.runner.add(station.camera(), Recording(video, camera_id="gate"))
    post.run()
    assert [alert.subject_name for alert in post.kept.alerts if alert.revision == 1] == [BLAIR]
    (probe, *_) = post.kept.probes  # what a rejection would need
    assert probe is not None
    assert (len(probe), probe.model_id) == (1, post.kept.alerts[0].model_id)
    ((first, *_),) = post.kept.looks.values()  # of Blair's track alone
    assert first.similarity == pytest.approx(post.kept.alerts[0].similarity, abs=0.1)
    assert {sighting.alert_id for sighting in post.kept.sightings} == {post.kept.alerts[0].alert_id}
    assert post.kept.total("gate", "faces") == 10
    assert post.kept.total("gate", "tracks") == 2
    assert sorted(story.track_id for story in post.stories) == [1, 2]
    assert post.runner.traces("gate") == post.stories
    assert post.runner.traces("yard") == []


@pytest.mark.parametrize("after_frames", [0, 2])
def test_a_reader_that_raises_does_not_stop_the_others(
    post: Post, empty_room: Path, after_frames: int, caplog: pytest.LogCaptureFixture
) -> None:
    broken = Broken("gate", RuntimeError("out of order"), after_frames)
    post.runner.add(Station.camera("gate"), broken)
    post.runner.add(Station.camera("yard"), Recording(empty_room, camera_id="yard"))
    post.run()
    last = {status.camera_id: status for status in post.runner.ended()}
    assert last["yard"].analysed == 6
    assert last["gate"].analysed == after_frames
    assert last["gate"].problem == "unexpected RuntimeError"
    assert ("gate", SourceState.FAILED, "unexpected RuntimeError") in post.states
    assert broken.closed
    assert "camera gate: the reader failed" in caplog.text


@pytest.mark.parametrize("content", [b"", b"no video at all"], ids=["empty", "text"])
def test_a_file_that_is_no_video_does_not_stop_the_others(
    post: Post, empty_room: Path, tmp_path: Path, content: bytes
) -> None:
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(content)
    post.runner.add(Station.camera("gate"), Recording(bad, camera_id="gate"))
    post.runner.add(Station.camera("yard"), Recording(empty_room, camera_id="yard"))
    post.run()
    last = {status.camera_id: status for status in post.runner.ended()}
    assert last["yard"].analysed == 6
    assert "bad.mp4 cannot be played" in last["gate"].problem


def test_frames_that_cannot_be_analysed_cost_the_other_cameras_nothing(
    station: Station, people: People, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    station.enrol(people.file(BLAIR, 2), BLAIR)
    station.detector = Refusing(station.detector, 96)
    post = Post(station)
    bad = clip(tmp_path / "bad.mp4", [np.zeros((96, 128, 3), np.uint8)] * 5)
    good = clip(tmp_path / "good.mp4", walk(people.image(BLAIR, 3), frames=5))
    post.runner.add(station.camera("gate"), Recording(bad, camera_id="gate"))
    post.runner.add(station.camera("yard"), Recording(good, camera_id="yard"))
    post.run()
    assert [alert.camera_id for alert in post.kept.alerts if alert.revision == 1] == ["yard"]
    assert post.kept.total("yard", "analysed") == 5
    assert post.kept.total("yard", "faces") == 5
    assert caplog.text.count("camera gate: frame") == 5
    assert "camera yard" not in caplog.text


def test_a_camera_may_come_and_go_while_others_are_watched(post: Post, empty_room: Path) -> None:
    def endless(camera_id: str) -> Recording:
        return Recording(empty_room, camera_id=camera_id, loop=True)

    post.runner.add(Station.camera("gate"), endless("gate"))
    post.start(until_ended=False)
    post.wait(lambda: post.analysed("gate") > 3)
    post.runner.add(Station.camera("yard"), endless("yard"))
    post.wait(lambda: post.analysed("yard") > 3)
    post.runner.remove("yard")
    post.runner.remove("nobody knows it")
    post.wait(lambda: [s.camera_id for s in post.runner.status()] == ["gate"])
    before = post.analysed("gate")
    post.wait(lambda: post.analysed("gate") > before + 3)
    began = time.monotonic()
    post.runner.stop()
    post.join(2)
    assert time.monotonic() - began < 2
    last = {status.camera_id: status for status in post.runner.ended()}
    for camera_id in ("gate", "yard"):
        assert post.kept.total(camera_id, "analysed") == last[camera_id].analysed


def test_stop_before_run_and_an_empty_runner(post: Post) -> None:
    post.run()
    assert post.runner.ended() == []
    post.runner.stop()
    post.runner.run(until_ended=False)


def test_a_live_source_that_waits_for_pictures_does_not_hold_stop_up(post: Post) -> None:
    class Silent(Broken):
        live = True

        def __init__(self) -> None:
            super().__init__("gate", RuntimeError(), 0)
            self._woken = threading.Event()

        def frames(self) -> Iterator[Frame]:
            self._woken.wait(30)
            yield from ()

        def close(self) -> None:
            self._woken.set()

    post.runner.add(Station.camera("gate"), Silent())
    post.start(until_ended=True)
    post.wait(lambda: ("gate", SourceState.WATCHING, "") in post.states)
    began = time.monotonic()
    post.runner.stop()
    post.join(2)
    assert time.monotonic() - began < 2
    assert [status.live for status in post.runner.ended()] == [True]


def test_an_unforeseen_fault_of_the_route_is_survived(
    post: Post, empty_room: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("unforeseen")

    monkeypatch.setattr(post.runner._route, "step", fail)
    post.runner.add(Station.camera("gate"), Recording(empty_room, camera_id="gate"))
    with caplog.at_level(logging.ERROR):
        post.run()
    assert "frames of 1 cameras could not be analysed" in caplog.text


def test_people_in_view_have_traces(
    post: Post, station: Station, people: People, tmp_path: Path
) -> None:
    video = clip(tmp_path / "clip.mp4", walk(people.image(BRODY, 1), frames=4))
    camera: WatchedCamera = station.camera()
    post.runner.add(camera, Recording(video, camera_id="gate", loop=True))
    post.start(until_ended=False)
    post.wait(lambda: bool(post.runner.traces("gate")))
    story = post.runner.traces("gate")[-1]
    assert story.camera_id == "gate"
    post.runner.stop()
    post.join()
    assert camera.people == {}
