"""Four real cameras of one real watch, whose server is killed and started again, three times."""

import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from system.processes import START_S, WatchProcess, wait_for
from system.test_capture_rtsp import Server
from unit.alert.broker import Broker, Heard, listening
from video_factory import make_video

pytestmark = [pytest.mark.models, pytest.mark.service, pytest.mark.slow]

CAMERAS = [f"cam{number}" for number in range(1, 5)]
RESTARTS = 4
BACK_WITHIN_S = 10.0
# Four reconnects of four decoders: one that leaked would be over 5 MB each time (measured for
# 640x480 H.264 in test_capture_rtsp.py), sixteen of them 80 MB.
MAX_GROWTH_MB = 48.0  # some 28 of them when the engines first have much to do, see below


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rtsp") / "loop.mp4"
    return make_video(path, frames=75, width=640, height=480, key_every=25)


@pytest.fixture
def server(rtsp_server_script: list[str], video: Path) -> Iterator[Server]:
    """A server that is not started yet."""
    server = Server(rtsp_server_script, video, "--cameras", str(len(CAMERAS)))
    yield server
    server.stop()


def settings(tmp_path: Path, server: Server, broker: Broker) -> Path:
    config = tmp_path / "facewarden.yaml"
    cameras = [
        {"id": camera, "source": f"rtsp://127.0.0.1:{server.port}/{camera}", "analyse_fps": 2}
        for camera in CAMERAS
    ]
    sink = {"name": "broker", "type": "mqtt", "host": "127.0.0.1", "port": broker.port}
    config.write_text(json.dumps({"cameras": cameras, "sinks": [sink]}))  # JSON is YAML
    return config


def every(state: str) -> Callable[[dict[str, dict[str, Any]]], bool]:
    def so(cameras: dict[str, dict[str, Any]]) -> bool:
        return [cameras[camera]["state"] for camera in cameras] == [state] * len(CAMERAS)

    return so


def analysing_more(watch: WatchProcess, than: dict[str, dict[str, Any]]) -> bool:
    now = watch.cameras()
    return all(
        now[camera]["state"] == "watching" and now[camera]["analysed"] > than[camera]["analysed"]
        for camera in CAMERAS
    )


def told(heard: Heard, camera: str) -> list[str]:
    """Return the states of a camera that the broker was told, in order."""
    topic = f"facewarden/cameras/{camera}/status"
    return [json.loads(m.payload)["state"] for m in list(heard.messages) if m.topic == topic]


def test_four_cameras_come_back_after_every_restart(
    server: Server,
    models_dir: Path,
    mosquitto: str,
    home: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def all_told(state: str) -> Callable[[], bool]:
        return lambda: all(told(heard, camera)[-1:] == [state] for camera in CAMERAS)

    with Broker(mosquitto, tmp_path) as broker, listening(broker.port) as heard:
        config = settings(tmp_path, server, broker)
        watch = WatchProcess(home, "--config", config, log=tmp_path / "log")
        try:
            # Down at the start: the watch runs, says so, and they join when they are there.
            watch.wait_for_cameras(every("down"), START_S)
            wait_for(all_told("down"), 5)
            server.start()
            joined_s = watch.wait_for_cameras(every("watching"), BACK_WITHIN_S)
            first = watch.cameras()
            wait_for(partial(analysing_more, watch, first), 5)
            time.sleep(2.0)
            before = watch.footprint()
            back_s = []
            for restart in range(1, RESTARTS + 1):
                server.kill()
                watch.wait_for_cameras(every("down"), BACK_WITHIN_S)
                time.sleep(restart)  # the longer it is away, the further the back-off has got
                last = watch.cameras()
                server.start()
                seconds = wait_for(partial(analysing_more, watch, last), BACK_WITHIN_S)
                back_s.append(seconds)
                assert {c["reconnects"] for c in watch.cameras().values()} == {restart}
                wait_for(all_told("watching"), 2)
            time.sleep(2.0)
            after = watch.footprint()
        finally:
            code = watch.stop()
        heard.wait(1, "facewarden/status")
        wait_for(lambda: heard.messages[-1].payload == b"offline", 10)
    with capsys.disabled():
        print(
            f"\njoined after {joined_s:.2f} s; back after "
            + ", ".join(f"{seconds:.2f}" for seconds in back_s)
            + f" s; threads, files, MB: {before} -> {after}"
        )
    assert code == 0
    # The engines make 3 threads once, after some 20 s with faces in view (2026-11-22, 2 cores; six
    # restarts: no more than that); one thread left behind by each restart would be more.
    assert after[0] - before[0] < RESTARTS
    assert after[1] == before[1]
    assert after[2] - before[2] < MAX_GROWTH_MB
    for camera in CAMERAS:
        states = told(heard, camera)
        states = [state for state in states if state != "connecting"]
        assert states == ["down", *["watching", "down"] * RESTARTS, "watching", "ended"], camera
        assert watch.said().count(f"camera {camera} is down: ") == 1 + RESTARTS
    assert "Traceback" not in watch.said()


def test_the_broker_keeps_how_each_camera_does(
    server: Server, models_dir: Path, mosquitto: str, home: Path, tmp_path: Path
) -> None:
    server.start()
    with Broker(mosquitto, tmp_path) as broker:
        config = settings(tmp_path, server, broker)
        watch = WatchProcess(home, "--config", config, log=tmp_path / "log")
        try:
            for state in ("watching", "down"):
                watch.wait_for_cameras(every(state))
                time.sleep(0.5)
                with listening(broker.port) as heard:  # only now: what was retained
                    heard.wait(5)
                    assert all(told(heard, camera)[-1:] == [state] for camera in CAMERAS)
                    assert all(message.retain for message in heard.messages[:5])
                    down = [m for m in heard.messages if b'"down"' in m.payload]
                    assert all(json.loads(m.payload)["problem"] for m in down)
                if state == "watching":
                    server.kill()
        finally:
            watch.kill()
        with listening(broker.port) as heard:
            heard.wait(1, "facewarden/status")
            wait_for(
                lambda: (
                    [m.payload for m in heard.messages if m.topic == "facewarden/status"][-1]
                    == b"offline"
                ),
                10,
                "offline by the last will",
            )
