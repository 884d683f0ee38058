"""What people get wrong, through the real command line: one clear line and a non-zero exit."""

import json
import shutil
import sqlite3
import struct
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from system.processes import WatchProcess, enrol, facewarden
from system.scenes import first_photographs, folder_camera
from unit.alert.broker import free_port
from video_factory import make_video

pytestmark = [pytest.mark.models, pytest.mark.slow]

USAGE, MODEL, INPUT, STORE = 2, 3, 4, 5
"""Exit statuses, see errors.py."""


def refused(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    """Require one line of complaint, with these words, and this exit status."""
    said = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(said) == 1, done.stderr
    assert said[0].startswith("facewarden: ")
    for word in words:
        assert word in said[0]
    assert done.returncode == code
    assert done.stdout.strip() == ""


@pytest.fixture(scope="module")
def enrolled_once(shared: Path, models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("enrolled") / "home"
    enrol(home, "missing", "--face", "largest", *first_photographs(shared, 1))
    return home


@pytest.fixture
def enrolled(enrolled_once: Path, home: Path) -> Path:
    """A home with one subject on the watchlist "missing"."""
    shutil.copytree(enrolled_once, home)
    return home


# Addresses


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("file:///etc/passwd", "found file:"),
        ("exec:cat /etc/passwd", "found exec:"),
        ("concat:/etc/passwd|/etc/hosts", "found concat:"),
        ("subfile,,start,0,end,9,,:/etc/passwd", "nothing at this path"),
        ("-dash", "starts with a dash"),
        ("/dev/zero", "device, pipe or socket"),
        ("no such file.mp4", "nothing at this path"),
        ("rtsp://host/a b", "blanks"),
        ("rtsp://host/cam,user_agent=x", "an option"),
        ("rtsp://guard:hunter2@127.0.0.1:99999/cam", "its host or port cannot be read"),
        ("", "empty"),
    ],
)
def test_addresses(home: Path, address: str, words: str) -> None:
    done = facewarden(home, "watch", "--", address)
    refused(done, INPUT, words)
    assert "hunter2" not in done.stderr


@pytest.mark.parametrize(
    "address",
    [
        "rtsp://guard:hunter2@127.0.0.1:{port}/cam",
        "rtsp://guard:hunter2@no-such-host.invalid/cam?password=hunter2",
        "http://127.0.0.1:{port}/token=hunter2/cam?auth=hunter2",
        "ftp://guard:hunter2@127.0.0.1/cam",
    ],
)
def test_credentials_in_an_address_are_never_printed(
    enrolled: Path, tmp_path: Path, address: str
) -> None:
    address = address.format(port=free_port())
    config = tmp_path / "facewarden.yaml"
    config.write_text(json.dumps({"cameras": [{"id": "door", "source": address}]}))
    for words in ([address], ["--config", str(config)]):
        done = facewarden(enrolled, "--verbose", "watch", *words, "--for", "1s", "--explain")
        said = done.stdout + done.stderr
        assert said
        assert "hunter2" not in said
        assert "Traceback" not in said
    # Not in the store either, where a camera's name goes.
    for file in enrolled.iterdir():
        assert not file.is_file() or b"hunter2" not in file.read_bytes()


# Recordings


def text_file(path: Path) -> Path:
    path.write_text("This is not a video.\n" * 99)
    return path


def empty_file(path: Path) -> Path:
    path.touch()
    return path


def without_pictures(path: Path) -> Path:
    make_video(path, container={"movflags": "faststart"})
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"mdat") - 4])
    return path


@pytest.mark.parametrize("make", [text_file, empty_file, without_pictures])
def test_no_video(enrolled: Path, tmp_path: Path, make: Callable[[Path], Path]) -> None:
    done = facewarden(enrolled, "watch", make(tmp_path / "street.mp4"), "--json")
    (line,) = [line for line in done.stderr.splitlines() if line.strip()]
    assert "camera street: street.mp4 cannot be played" in line
    assert done.returncode == INPUT
    (camera,) = json.loads(done.stdout)["cameras"]
    assert camera["state"] == "failed"
    assert camera["analysed"] == 0


def test_a_video_cut_in_the_middle_is_analysed_as_far_as_it_goes(
    enrolled: Path, tmp_path: Path
) -> None:
    whole = make_video(tmp_path / "street.mp4", frames=100, container={"movflags": "faststart"})
    data = whole.read_bytes()
    whole.write_bytes(data[: len(data) // 2])
    done = facewarden(enrolled, "watch", whole, "--json")
    (camera,) = json.loads(done.stdout)["cameras"]
    assert 2 <= camera["analysed"] <= 15  # of 20 at five a second
    assert "the file is cut off" in camera["problem"]
    (line,) = [line for line in done.stderr.splitlines() if line.strip()]
    assert "camera street: it ends after" in line
    assert done.returncode == INPUT


def test_one_broken_recording_does_not_stop_the_other(enrolled: Path, tmp_path: Path) -> None:
    bad, good = text_file(tmp_path / "bad.mp4"), make_video(tmp_path / "good.mp4")
    done = facewarden(enrolled, "watch", bad, good, "--json")
    states = {camera["camera"]: camera["state"] for camera in json.loads(done.stdout)["cameras"]}
    assert states == {"bad": "failed", "good": "ended"}
    assert "camera bad: bad.mp4 cannot be played" in done.stderr
    assert done.returncode == INPUT  # a script must not take this for "nobody was there"


# Photographs


def png_header(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(bytes(99)))


FINE = {"sixteen_bit.png", "cmyk.jpg", "grey.png", "palette.png", "turned.jpg", "animated.gif"}
BAD = {
    "one_pixel.png": "no face found",
    "huge.png": "the picture is too large: expected at most 64000000 pixels, found 30000x30000",
    "cut.jpg": "the picture is damaged or cut off",
    "text.jpg": "found a text",
    "empty.jpg": "found an empty file",
    "blank.png": "no face found",
}


@pytest.fixture
def photographs(shared: Path, tmp_path: Path) -> Path:
    """A folder with one person as FINE, and what is BAD."""
    (original,) = first_photographs(shared, 1)
    folder = tmp_path / "photographs"
    folder.mkdir()
    person = Pillow.open(original).convert("RGB").resize((500, 500))
    grey = person.convert("L")
    grey.save(folder / "grey.png")
    Pillow.fromarray(np.asarray(grey).astype(np.uint16) * 257).save(folder / "sixteen_bit.png")
    person.convert("CMYK").save(folder / "cmyk.jpg")
    person.quantize(250).save(folder / "palette.png")
    tag = Pillow.Exif()
    tag[0x0112] = 6  # to be turned by 90 degrees clockwise
    person.transpose(Pillow.Transpose.ROTATE_90).save(folder / "turned.jpg", exif=tag)
    black = Pillow.new("RGB", person.size)
    person.save(folder / "animated.gif", save_all=True, append_images=[black] * 3)
    Pillow.new("RGB", (1, 1)).save(folder / "one_pixel.png")
    black.save(folder / "blank.png")
    (folder / "huge.png").write_bytes(png_header(30_000, 30_000))
    (folder / "cut.jpg").write_bytes(original.read_bytes()[:6000])
    (folder / "text.jpg").write_text("hello")
    (folder / "empty.jpg").touch()
    return folder


@pytest.mark.shared
def test_photographs(home: Path, models_dir: Path, photographs: Path) -> None:
    done = facewarden(home, "enrol", "-w", "missing", "--name", "A", "--json", photographs)
    assert done.returncode == INPUT
    rows = {Path(row["photograph"]).name: row for row in json.loads(done.stdout)}
    assert {name for name, row in rows.items() if row["result"] == "added"} == FINE
    for name, words in BAD.items():
        assert rows[name]["result"] == "refused"
        assert words in rows[name]["reason"]
    assert "Traceback" not in done.stderr

    done = facewarden(home, "identify", "--json", photographs)
    assert done.returncode == INPUT
    answers = {Path(answer["photograph"]).name: answer for answer in json.loads(done.stdout)}
    for name in FINE:
        (face,) = answers[name]["faces"]
        assert face["candidates"][0]["name"] == "A"
        assert face["candidates"][0]["similarity"] > 0.9
    for name, words in BAD.items():
        if words == "no face found":
            assert answers[name]["faces"] == []
        else:
            assert words in answers[name]["error"]
            (line,) = [line for line in done.stderr.splitlines() if f"{name}: " in line]
            assert words in line


CSV = {
    "column missing": (b"file,nom\na.jpg,Ann\n", "add name and remove nom"),
    "no header": (b"", "the wrong columns"),
    "one id, two people": (
        b"file,name,external_reference\na.jpg,Ann,C-1\nb.jpg,Bob,C-1\n",
        "line 3: external_reference C-1 is 'Bob' here and 'Ann' in line 2",
    ),
    "file twice": (b"file,name\na.jpg,Ann\na.jpg,Bob\n", "line 3: the file of line 2 again"),
    "not UTF-8": ("file,name\na.jpg,Jörg\n".encode("latin-1"), "is not UTF-8"),
    "open quote": (b'file,name\n"a.jpg,Ann\n', "is not CSV"),
    "too many fields": (b"file,name\na.jpg,Doe, Jane\n", "line 2 has more fields than columns"),
    "bad date": (b"file,name,expires\na.jpg,Ann,soon\n", "the expiry cannot be read"),
    "all lines wrong": (b"file,name\n,Ann\nb.jpg,\n", "line 2: file empty; line 3: name empty"),
}


@pytest.mark.parametrize(("content", "words"), CSV.values(), ids=CSV)
def test_csv(home: Path, tmp_path: Path, content: bytes, words: str) -> None:
    table = tmp_path / "people.csv"
    table.write_bytes(content)
    refused(facewarden(home, "enrol", "-w", "missing", "--csv", table), INPUT, words)
    assert not home.exists()


# Settings


def test_every_mistake_in_the_settings_at_once(home: Path, tmp_path: Path) -> None:
    config = tmp_path / "facewarden.yaml"
    config.write_text(
        """\
cameras:
  - id: door
    source: /dev/video0
    analyse_fps: 1000
    analyze_fps: 5
  - {id: door, source: /dev/video1}
decision:
  margin: lots
sinks:
  - {name: hook, type: webhook, url: "gopher://guard:hunter2@host/"}
colour: red
"""
    )
    done = facewarden(home, "watch", "--config", config)
    said = done.stderr.splitlines()
    expected = {
        4: "cameras[0].analyse_fps",
        5: "cameras[0].analyze_fps",
        6: "cameras[1].id",
        8: "decision.margin",
        10: "sinks[0].url",
        11: "colour",
    }
    assert len(said) == len(expected), done.stderr
    for (line, where), words in zip(expected.items(), said, strict=True):
        assert words.startswith(f"facewarden: {config}:{line}: {where}"), words
    assert "hunter2" not in done.stderr
    assert done.returncode == USAGE
    assert done.stdout == ""
    assert not home.exists()


# The store, its key and the models


def test_a_store_of_a_newer_version(enrolled: Path, tmp_path: Path) -> None:
    with sqlite3.connect(enrolled / "facewarden.sqlite") as database:
        database.execute("UPDATE alembic_version SET version_num = 'fw9999'")
    database.close()
    video = make_video(tmp_path / "v.mp4")
    for done in (facewarden(enrolled, "subjects", "list"), facewarden(enrolled, "watch", video)):
        refused(done, STORE, "newer facewarden", "found revision fw9999")


def test_something_else_in_the_place_of_the_store(enrolled: Path) -> None:
    for file in enrolled.glob("facewarden.sqlite*"):
        file.unlink()
    (enrolled / "facewarden.sqlite").write_bytes(b"Dear diary, " * 1000)
    refused(facewarden(enrolled, "subjects", "list"), STORE, "the file is not a store")


def test_a_store_that_another_watch_uses(enrolled: Path, shared: Path, tmp_path: Path) -> None:
    everybody = first_photographs(shared, 2)
    hall = folder_camera(tmp_path / "hall", [None] * 4)
    watch = WatchProcess(enrolled, hall, "--loop", "--realtime", log=tmp_path / "log")
    try:
        watch.wait_for_cameras(lambda cameras: "hall" in cameras)
        refused(
            facewarden(enrolled, "watch", hall),
            STORE,
            "another process watches for this store",
            f"process {watch.pid}",
        )
        enrol(enrolled, "missing", "--face", "largest", everybody[1])
        assert watch.running
    finally:
        code = watch.stop()
    assert code == 0
    assert facewarden(enrolled, "watch", hall).returncode == 0


def test_no_models(home: Path, tmp_path: Path) -> None:
    video = make_video(tmp_path / "v.mp4")
    empty = tmp_path / "models"
    empty.mkdir()
    done = facewarden(home, "watch", video, FACEWARDEN_MODELS=str(empty))
    refused(done, MODEL, "facewarden models fetch")


def another_key(key: Path) -> None:
    key.write_text("A" * 43 + "=\n")


def no_key(key: Path) -> None:
    key.write_text("swordfish\n")


def lost_key(key: Path) -> None:
    key.unlink()


def open_key(key: Path) -> None:
    key.chmod(0o644)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (another_key, "is not the key of the store"),
        (no_key, "is not a key"),
        (lost_key, "cannot be read: found No such file"),
        (open_key, "is open to others: expected mode 0600, found mode 0644; chmod 600"),
    ],
)
def test_the_key(enrolled: Path, tmp_path: Path, spoil: Callable[[Path], None], words: str) -> None:
    spoil(enrolled / "facewarden.key")
    video = make_video(tmp_path / "v.mp4")
    refused(facewarden(enrolled, "subjects", "list"), STORE, words)
    refused(facewarden(enrolled, "watch", video), STORE, words)


# Watchlists


def test_a_watchlist_that_does_not_exist(enrolled: Path, tmp_path: Path) -> None:
    video = make_video(tmp_path / "v.mp4")
    for command in ("watch", "identify"):
        done = facewarden(enrolled, command, video, "--watchlist", "mising")
        refused(done, INPUT, "there is no watchlist mising: expected missing")


@pytest.mark.shared
def test_an_empty_watchlist_is_warned_of_and_watched(enrolled: Path, tmp_path: Path) -> None:
    gone = facewarden(enrolled, "subjects", "withdraw", "1", "--watchlist", "missing")
    assert gone.returncode == 0, gone.stderr
    done = facewarden(enrolled, "watch", make_video(tmp_path / "v.mp4"))
    assert done.returncode == 0
    (line,) = [line for line in done.stderr.splitlines() if line.strip()]
    assert "nobody is enrolled on missing" in line
