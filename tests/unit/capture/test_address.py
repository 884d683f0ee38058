import os
import socket
from pathlib import Path

import pytest

from facewarden.capture.address import AddressKind, parse_address
from facewarden.errors import AddressRefused

SECRETS = ("hunter2", "p%40ss", "p@ss", "admin")


@pytest.mark.parametrize(
    ("text", "kind", "target", "redacted"),
    [
        pytest.param(
            "rtsp://cam.lan/1", AddressKind.RTSP, "rtsp://cam.lan/1", "rtsp://cam.lan/1", id="rtsp"
        ),
        pytest.param(
            "RTSPS://Cam.lan:322/x",
            AddressKind.RTSP,
            "rtsps://cam.lan:322/x",
            "rtsps://cam.lan:322/x",
            id="rtsps, upper case",
        ),
        pytest.param(
            "http://10.0.0.7/video.mjpg?pwd=hunter2",
            AddressKind.HTTP,
            "http://10.0.0.7/video.mjpg?pwd=hunter2",
            "http://10.0.0.7/video.mjpg?...",
            id="secrets in the query",
        ),
        pytest.param(
            "rtsp://admin:hunter2@[fd00::1]:554/s",
            AddressKind.RTSP,
            "rtsp://[fd00::1]:554/s",
            "rtsp://[fd00::1]:554/s",
            id="IPv6 with login",
        ),
        pytest.param(
            "rtsp://c/user=admin_password=hunter2_channel=1.sdp/x",
            AddressKind.RTSP,
            "rtsp://c/user=admin_password=hunter2_channel=1.sdp/x",
            "rtsp://c/.../x",
            id="secrets in the path",
        ),
        pytest.param(
            "https://cdn.lan/i/video_,500,800,.csmil/master.m3u8",
            AddressKind.HTTP,
            "https://cdn.lan/i/video_,500,800,.csmil/master.m3u8",
            "https://cdn.lan/i/video_,500,800,.csmil/master.m3u8",
            id="commas that are no options",
        ),
    ],
)
def test_streams(text: str, kind: AddressKind, target: str, redacted: str) -> None:
    address = parse_address(text)
    assert (address.kind, address.target, address.redacted) == (kind, target, redacted)
    for shown in (str(address), repr(address), f"{address}"):
        assert not any(secret in shown for secret in SECRETS)


@pytest.mark.parametrize(
    ("text", "apart", "opened"),
    [
        pytest.param("rtsp://c/1", ("", ""), "rtsp://c/1", id="none"),
        pytest.param("rtsp://u:p%40ss@c/1", ("", ""), "rtsp://u:p%40ss@c/1", id="in the URL"),
        pytest.param(
            "rtsp://c/1",
            ("ad min", "p@ss:w/rd#1 é"),
            "rtsp://ad%20min:p%40ss%3Aw%2Frd%231%20%C3%A9@c/1",
            id="apart, any character",
        ),
        pytest.param("rtsp://u:old@c/1", ("v", "new"), "rtsp://v:new@c/1", id="apart wins"),
    ],
)
def test_credentials_join_the_url_only_at_opening(
    text: str, apart: tuple[str, str], opened: str
) -> None:
    address = parse_address(text, username=apart[0], password=apart[1])
    assert address.with_credentials() == opened
    assert "@" not in address.target


@pytest.mark.parametrize(
    "text",
    [
        "",
        "file:///etc/passwd",
        "file:/etc/passwd",
        "exec:ls",
        "concat:a.mp4|b.mp4",
        "pipe:0",
        "data:text/plain,x",
        "subfile,,start,0,end,9,,:/etc/passwd",
        "crypto:/etc/passwd",
        "hls+http://c/x.m3u8",
        "tcp://c:80",
        "udp://@:5000",
        "ftp://c/x.mp4",
        "gopher://c/x",
        "rtmp://c/live",
        "srt://c:9000",
        "async:rtsp://c/1",
        "javascript:alert(1)",
        "rtsp:c/1",
        "rtsp:///path",
        "rtsp://",
        "-i",
        "--help",
        "rtsp://-oProxyCommand=x/1",
        "rtsp://u:p@-host/1",
        "rtsp://c/1 -f lavfi",
        "rtsp://c/a b",
        "rtsp://c/1\n-i x",
        "rtsp://c/1\x00",
        "rtsp://c/\x1b[2J",
        "http://c/x|http://d/y",
        "http://c/x,protocol_whitelist=file",
        "http://c/x?a=1,timeout=5",
        "http://c/'x'",
        'http://c/"x"',
        "http://c/`id`",
        "http://c/<x>",
        "http://c\\x",
        "rtsp://c:99999/1",
        "rtsp://c:0/1",
        "rtsp://c:12ab/1",
        "rtsp://[fd00::1/1",
        "rtsp://u:hunter2#x@c/1",
        "rtsp://u:hunter2/x@c/1",
        "rtsp://u:%0ahunter2@c/1",
        "rtsp://exa mple/1",
        "rtsp://c/é",
        "/no/such/file.mp4",
        "a" * 5000,
        "\u202egpj.4pm",
    ],
)
def test_refused_in_one_line_without_secrets(text: str) -> None:
    with pytest.raises(AddressRefused) as caught:
        parse_address(text)
    said = str(caught.value)
    assert said
    assert "\n" not in said
    assert "hunter2" not in said


def test_control_characters_in_separate_credentials_are_refused() -> None:
    with pytest.raises(AddressRefused):
        parse_address("rtsp://c/1", password="a\r\nX: y")


def test_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    video = tmp_path / "a:b c é.mp4"
    video.write_bytes(b"x")
    address = parse_address(str(video))
    assert (address.kind, address.target) == (AddressKind.FILE, str(video))
    assert parse_address(str(tmp_path)).kind is AddressKind.FOLDER
    monkeypatch.chdir(tmp_path)
    assert parse_address("./a:b c é.mp4").target == str(video)
    link = tmp_path / "link.mp4"
    link.symlink_to(video)
    assert parse_address(str(link)).kind is AddressKind.FILE


def test_pipes_sockets_and_devices_are_no_files(tmp_path: Path) -> None:
    pipe, plug = tmp_path / "pipe.mp4", tmp_path / "s.mp4"
    os.mkfifo(pipe)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(plug))
        for path in (pipe, plug, Path("/dev/zero"), Path("/dev/null")):
            with pytest.raises(AddressRefused, match="device, pipe or socket"):
                parse_address(str(path))


def test_a_path_of_nobody_is_refused() -> None:
    with pytest.raises(AddressRefused, match="nothing at this path"):
        parse_address("~nobody-of-this-name/clip.mp4")
