import io
import struct
import sys
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import psutil
import pytest
from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo

from facewarden.capture.clean_picture import as_jpeg, fitted
from facewarden.capture.image import decode_image
from facewarden.errors import ImageRefused
from facewarden.server.decoding import Decoder


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    opened = Decoder(workers=1)
    yield opened
    opened.stop()


def picture(form: str, size: tuple[int, int] = (40, 30), **options: object) -> bytes:
    written = io.BytesIO()
    Pillow.linear_gradient("L").resize(size).convert("RGB").save(written, form, **options)
    return written.getvalue()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "AVIF"])
def test_a_picture_comes_back_as_it_is_decoded_here(decoder: Decoder, form: str) -> None:
    data = picture(form)
    assert np.array_equal(decoder.decode(data), decode_image(data))


def test_a_large_picture_is_averaged_down(decoder: Decoder) -> None:
    found = decoder.decode(picture("JPEG", (600, 300)), longest_px=200)
    assert found.shape == (100, 200, 3)
    assert fitted(found, 200) is found


def bomb(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes that says it has so many pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        whole = kind + content
        return struct.pack(">I", len(content)) + whole + struct.pack(">I", zlib.crc32(whole))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    packed = zlib.compress(bytes(10_000_000), 9)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<html><body>",
        b"%PDF-1.7",
        b"GIF89a" + bytes(3),
        bomb(60_000, 60_000),
        bomb(7_900, 7_900),
        picture("JPEG")[:200],
    ],
    ids=["empty", "svg", "html", "pdf", "gif cut off", "bomb", "damaged", "jpeg cut off"],
)
def test_what_is_no_allowed_picture_is_refused(decoder: Decoder, data: bytes) -> None:
    with pytest.raises(ImageRefused):
        decoder.decode(data)
    assert decoder.decode(picture("PNG")).shape == (30, 40, 3)


def workers() -> set[psutil.Process]:
    return {
        child
        for child in psutil.Process().children()
        if "facewarden.server.decoding_worker" in child.cmdline()
    }


@pytest.mark.skipif(sys.platform != "linux", reason="limits of others are read from /proc")
def test_a_worker_that_dies_is_replaced_and_it_can_open_nothing() -> None:
    before = workers()
    decoder = Decoder(workers=1)
    try:
        decoder.decode(picture("PNG"))
        (worker,) = workers() - before
        assert worker.rlimit(psutil.RLIMIT_NOFILE) == (3, 3)
        assert worker.rlimit(psutil.RLIMIT_FSIZE) == (0, 0)
        assert worker.rlimit(psutil.RLIMIT_AS)[1] < 4 << 30
        assert worker.num_fds() == 3
        assert not worker.environ().keys() & {"HOME", "FACEWARDEN_HOME"}
        worker.kill()
        with pytest.raises(ImageRefused, match="crashed"):
            decoder.decode(picture("PNG"))
        assert decoder.decode(picture("PNG")).shape == (30, 40, 3)
        assert decoder.failures == 1
    finally:
        decoder.stop()


def test_a_worker_that_hangs_is_replaced() -> None:
    before = workers()
    decoder = Decoder(workers=1, wall_s=0.5)
    try:
        decoder.decode(picture("PNG"))
        (worker,) = workers() - before
        worker.suspend()
        with pytest.raises(ImageRefused, match="too long"):
            decoder.decode(picture("PNG"))
        assert decoder.decode(picture("PNG")).shape == (30, 40, 3)
    finally:
        decoder.stop()


def test_threads_wait_for_their_turn(decoder: Decoder) -> None:
    data = picture("PNG")
    with ThreadPoolExecutor(8) as threads:
        shapes = set(threads.map(lambda _: decoder.decode(data).shape, range(40)))
    assert shapes == {(30, 40, 3)}


def test_metadata_does_not_survive(decoder: Decoder) -> None:
    notes = PngInfo()
    notes.add_text("Comment", "taken at home")
    again = as_jpeg(decoder.decode(picture("PNG", pnginfo=notes)))
    assert b"taken at home" not in again
    exif = Pillow.Exif()
    exif[0x010F] = "camera maker"
    again = as_jpeg(decoder.decode(picture("JPEG", exif=exif, comment=b"hello")))
    assert b"maker" not in again
    assert b"hello" not in again
