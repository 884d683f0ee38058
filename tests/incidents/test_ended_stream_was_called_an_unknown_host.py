"""An HTTP camera that ended its stream, or redirected for ever, was said to have an unknown host
name or an untrusted certificate.
"""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from facewarden.capture.address import parse_address
from facewarden.capture.stream import LiveStream
from http_camera import HttpCamera


@pytest.fixture
def camera() -> Iterator[HttpCamera]:
    camera = HttpCamera({}).start()
    yield camera
    camera.stop()


def problem_of(url: str, *, after_pictures: bool = False) -> str:
    stream = LiveStream(parse_address(url), camera_id="c", stall_timeout_s=1.0)
    reader = threading.Thread(target=lambda: [None for _ in stream.frames()], daemon=True)
    reader.start()
    ends_s = time.monotonic() + 15
    while not (stream.stats().problem and stream.stats().decoded >= after_pictures):
        assert time.monotonic() < ends_s
        time.sleep(0.01)
    stream.close()
    return stream.stats().problem


def test_a_stream_that_ends(camera: HttpCamera) -> None:
    camera.answers["/v"] = camera.mjpeg(frames=5)
    for host in ("127.0.0.1", "localhost"):
        url = camera.url("/v").replace("127.0.0.1", host)
        assert problem_of(url, after_pictures=True) == "the stream ended"


def test_one_that_leads_nowhere(camera: HttpCamera) -> None:
    def redirect(request: BaseHTTPRequestHandler) -> None:
        request.send_response(302)
        request.send_header("Location", camera.url("/v"))
        request.send_header("Content-Length", "0")
        request.end_headers()

    camera.answers["/v"] = redirect
    assert problem_of(camera.url("/v")) == "the stream ended before a picture came"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://camera.invalid/v", "host name is not known, or the stream ended before"),
        ("https://camera.invalid/v", "not known, or the camera's certificate is not trusted, or"),
    ],
)
def test_a_host_that_nobody_knows(url: str, words: str) -> None:
    assert words in problem_of(url)
