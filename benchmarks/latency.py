"""How long from the first usable look to the decision, and from there to each sink.

    scripts/bench latency --photos FOLDER [--people 40] [--cameras 2]

People are enrolled by one photograph; a clip in which another photograph of each passes is served
as live cameras by a real RTSP server, and alerts go to a real MQTT broker and a real HTTP server.
The times are those of the store's own report.
"""

import argparse
import http.server
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from benchmarks.running import environment, watching
from facewarden.capture.image import read_image
from facewarden.pipeline.control import ask

RTSP_SERVER = Path(__file__).parents[1] / "tests/system/rtsp_server.py"
SHOWN_S = 1.6
FPS = 25


def clip(photographs: list[Path], path: Path) -> None:
    """Write a clip in which each photograph drifts through a 720p picture for a moment."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuv420p"
        stream.codec_context.time_base = Fraction(1, FPS)
        stream.options = {"preset": "veryfast", "tune": "zerolatency", "g": "25"}
        for photograph in photographs:
            face = cv2.resize(read_image(photograph)[0], (360, 360))
            for i in range(int(SHOWN_S * FPS)):
                picture = np.full((720, 1280, 3), 90, np.uint8)
                if i >= FPS // 3:  # a gap, so that the next person is another track
                    left = 300 + 8 * i
                    picture[180:540, left : left + 360] = face
                frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
                container.mux(stream.encode(frame))
        container.mux(stream.encode())


@contextmanager
def rtsp(path: Path, cameras: int, port: int) -> Iterator[None]:
    """Serve the clip at /cam1, /cam2 and so on."""
    command = ["/usr/bin/python3", str(RTSP_SERVER), "--port", str(port), "--file", str(path)]
    server = subprocess.Popen([*command, "--cameras", str(cameras)], stdout=subprocess.PIPE)
    try:
        assert server.stdout is not None
        server.stdout.readline()
        yield
    finally:
        server.kill()
        server.wait()


@contextmanager
def broker(port: int, folder: Path) -> Iterator[None]:
    """Run mosquitto on loopback."""
    config = folder / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    path = os.environ["PATH"] + ":/usr/sbin"
    process = subprocess.Popen(
        ["mosquitto", "-c", str(config)],
        env={**os.environ, "PATH": path},
        stderr=subprocess.DEVNULL,
    )
    try:
        time.sleep(1)
        yield
    finally:
        process.kill()
        process.wait()


class Receiver(http.server.BaseHTTPRequestHandler):
    """Accepts everything."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


def free_port() -> int:
    """Return a port of loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> None:
    """Run for the length of the clip and print the report's latencies."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=Path, required=True, help="a folder per person")
    parser.add_argument("--people", type=int, default=40)
    parser.add_argument("--cameras", type=int, default=2)
    parser.add_argument("--explain", action="store_true", help="print every track")
    arguments = parser.parse_args()
    folders = sorted(path for path in arguments.photos.iterdir() if path.is_dir())
    several = [files for f in folders if len(files := sorted(f.iterdir())) > 1][: arguments.people]
    receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    rtsp_port, mqtt_port = free_port(), free_port()
    settings = {
        "decision": {"quiet_period_s": 0.5},
        "cameras": [
            {"id": f"cam{i}", "source": f"rtsp://127.0.0.1:{rtsp_port}/cam{i}"}
            for i in range(1, arguments.cameras + 1)
        ],
        "sinks": [
            {"name": "broker", "type": "mqtt", "host": "127.0.0.1", "port": mqtt_port},
            {
                "name": "receiver",
                "type": "webhook",
                "url": f"http://127.0.0.1:{receiver.server_port}/",
            },
        ],
    }
    with tempfile.TemporaryDirectory(prefix="fw-") as scratch:
        folder = Path(scratch)
        clip([files[1] for files in several], folder / "clip.mp4")
        with (
            rtsp(folder / "clip.mp4", arguments.cameras, rtsp_port),
            broker(mqtt_port, folder),
            watching(settings, [files[0] for files in several]) as watch,
        ):
            time.sleep(len(several) * SHOWN_S + 5)
            command = [sys.executable, "-m", "facewarden", "report", "--format", "json"]
            done = subprocess.run(
                command, env=environment(watch.home), stdout=subprocess.PIPE, check=True
            )
            status = watch.status()
            traces = ask(watch.home / "watch.socket", {"ask": "explain"})["tracks"]
    if arguments.explain:
        for trace in traces:
            print(trace["camera_id"], trace["track_id"], trace["faces"], trace["answer"])
    report = json.loads(done.stdout)["total"]
    for camera in status:
        print(f"{camera['camera']}: {camera['analysed']} frames, {camera['dropped']} dropped")
    for step, seconds in (
        ("seen to decided", report["decided_s"]),
        *((f"decided to {sink}", figures) for sink, figures in report["delivered_s"].items()),
    ):
        points = ", ".join(f"{p} {1e3 * seconds[p]:.0f} ms" for p in ("p50", "p95", "p99"))
        print(f"{step}: {points} ({seconds['count']} alerts)")


if __name__ == "__main__":
    main()
