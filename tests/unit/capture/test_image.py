import io
import os
import struct
import threading
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageCms, features

from facewarden.capture.image import decode_image, read_image
from facewarden.errors import ImageRefused
from video_factory import quartered

WIDTH, HEIGHT = 64, 48
RGB = quartered(WIDTH, HEIGHT)[..., ::-1]


def encoded(picture: Pillow.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def plain() -> Pillow.Image:
    return Pillow.fromarray(np.ascontiguousarray(RGB))


def close(image: np.ndarray[Any, Any], expected: np.ndarray[Any, Any], tolerance: int) -> bool:
    """Compare the middles of the four quarters."""
    assert image.shape == expected.shape
    y, x = image.shape[0] // 4, image.shape[1] // 4
    got, want = image[y :: 2 * y, x :: 2 * x], expected[y :: 2 * y, x :: 2 * x]
    return bool(np.abs(got.astype(int) - want).max() <= tolerance)


@pytest.mark.parametrize(
    ("kind", "options", "tolerance"),
    [
        ("JPEG", {"quality": 95}, 4),
        ("JPEG", {"quality": 95, "progressive": True, "subsampling": 0}, 4),
        ("MPO", {"quality": 95}, 4),
        ("PNG", {}, 0),
        ("WEBP", {"lossless": True}, 0),
        ("WEBP", {"quality": 95}, 6),
        ("BMP", {}, 0),
        ("TIFF", {}, 0),
        ("TIFF", {"compression": "tiff_lzw"}, 0),
        ("GIF", {}, 0),
        pytest.param(
            "AVIF",
            {"quality": 95},
            6,
            marks=pytest.mark.skipif(not features.check("avif"), reason="Pillow without AVIF"),
        ),
    ],
)
def test_formats(kind: str, options: dict[str, Any], tolerance: int) -> None:
    image = decode_image(encoded(plain(), kind, **options))
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous
    assert image.flags.writeable
    assert close(image, RGB[..., ::-1], tolerance)


def _sixteen_bits() -> bytes:
    """A grey PNG of 16 bits a channel, value 128 * 257."""
    row = b"\0" + (128 * 257).to_bytes(2, "big") * 3
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", 3, 2, 16, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(row * 2)),
    )
    return png(*chunks)


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in (*chunks, (b"IEND", b""))
    )


@pytest.mark.parametrize(
    ("data", "bgr", "tolerance"),
    [
        pytest.param(encoded(Pillow.new("L", (5, 4), 77), "PNG"), (77, 77, 77), 0, id="grey"),
        pytest.param(encoded(Pillow.new("1", (5, 4), 1), "PNG"), (255, 255, 255), 0, id="bits"),
        pytest.param(_sixteen_bits(), (128, 128, 128), 0, id="16 bits"),
        pytest.param(
            encoded(Pillow.new("CMYK", (5, 4), (0, 255, 255, 0)), "JPEG", quality=95),
            (0, 0, 255),
            4,
            id="CMYK",
        ),
        pytest.param(
            encoded(Pillow.new("RGB", (5, 4), (9, 99, 199)).quantize(4), "PNG"),
            (199, 99, 9),
            0,
            id="palette",
        ),
        pytest.param(
            encoded(Pillow.new("RGBA", (5, 4), (200, 0, 0, 0)), "PNG"),
            (255, 255, 255),
            0,
            id="transparent",
        ),
        pytest.param(
            encoded(Pillow.new("RGBA", (5, 4), (200, 0, 0, 128)), "WEBP", lossless=True),
            (127, 127, 227),
            1,
            id="half transparent",
        ),
        pytest.param(
            encoded(Pillow.new("LA", (5, 4), (0, 0)), "PNG"), (255, 255, 255), 0, id="grey, alpha"
        ),
        pytest.param(
            encoded(Pillow.new("P", (5, 4), 0), "PNG", transparency=b"\0\xff"),
            (255, 255, 255),
            0,
            id="palette with transparency",
        ),
        pytest.param(encoded(Pillow.new("RGB", (1, 1), (1, 2, 3)), "PNG"), (3, 2, 1), 0, id="1x1"),
    ],
)
def test_modes(data: bytes, bgr: tuple[int, int, int], tolerance: int) -> None:
    image = decode_image(data)
    assert np.abs(image.astype(int) - np.array(bgr)).max() <= tolerance


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_exif_orientation(orientation: int, kind: str) -> None:
    """EXIF 2.32, tag 274: what the stored rows and columns show."""
    stored = {
        1: lambda a: a,
        2: np.fliplr,
        3: lambda a: np.rot90(a, 2),
        4: np.flipud,
        5: lambda a: a.transpose(1, 0, 2),
        6: lambda a: np.rot90(a, 1),
        7: lambda a: np.rot90(a, 2).transpose(1, 0, 2),
        8: lambda a: np.rot90(a, -1),
    }[orientation]
    exif = Pillow.Exif()
    exif[274] = orientation
    picture = Pillow.fromarray(np.ascontiguousarray(stored(RGB)))
    image = decode_image(encoded(picture, kind, exif=exif, quality=95))
    assert close(image, RGB[..., ::-1], 8)


def test_animation_gives_its_first_picture() -> None:
    first, second = Pillow.new("RGB", (8, 8), (255, 0, 0)), Pillow.new("RGB", (8, 8), (0, 0, 255))
    for kind in ("GIF", "WEBP", "PNG", "TIFF"):
        data = encoded(first, kind, save_all=True, append_images=[second])
        assert decode_image(data)[4, 4, 2] > 240


def test_a_colour_profile_is_applied() -> None:
    swapped = ImageCms.createProfile("LAB")
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert decode_image(encoded(plain(), "PNG", icc_profile=srgb)).shape == (HEIGHT, WIDTH, 3)
    assert close(decode_image(encoded(plain(), "PNG", icc_profile=srgb)), RGB[..., ::-1], 1)
    wrong = ImageCms.ImageCmsProfile(swapped).tobytes()
    for broken in (b"no profile at all", wrong):
        image = decode_image(encoded(plain(), "PNG", icc_profile=broken))
        assert (image == RGB[..., ::-1]).all()


def test_a_wide_gamut_profile_changes_colours() -> None:
    """A profile with red and green exchanged shows that it is really used."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = profile.index(b"rXYZ"), profile.index(b"gXYZ")
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    data = encoded(Pillow.new("RGB", (4, 4), (200, 10, 10)), "PNG", icc_profile=bytes(profile))
    blue, green_value, red_value = decode_image(data)[0, 0]
    assert green_value > 150 > red_value
    assert blue < 60


JPEG = encoded(plain(), "JPEG")
BOMB = png(
    (b"IHDR", struct.pack(">IIBBBBB", 30_000, 30_000, 1, 0, 0, 0, 0)),
    (b"IDAT", zlib.compress(bytes(3751 * 30_000))),
)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(b"", "an empty file", id="empty"),
        pytest.param(b"hello, world\n", "a text", id="text"),
        pytest.param(b"<?xml version='1.0'?><svg xmlns='x'/>", "an SVG", id="SVG"),
        pytest.param(b"%PDF-1.7\n%\xe2\xe3", "a PDF", id="PDF"),
        pytest.param(b"%!PS-Adobe-3.0 EPSF\n", "a text", id="PostScript"),
        pytest.param(b"\0\0\0\x18ftypheic\0\0\0\0", "a video or an HEIC", id="HEIC"),
        pytest.param(b"\0\0\0\x18ftypisom\0\0\0\0", "a video or an HEIC", id="MP4"),
        pytest.param(b"GIF87", "a text", id="half a signature"),
        pytest.param(os.urandom(64), "unknown|a text", id="noise"),
        pytest.param(BOMB, "too large: expected at most .* found 30000x30000", id="bomb"),
        pytest.param(JPEG[: len(JPEG) // 2], "damaged or cut off", id="half a JPEG"),
        pytest.param(JPEG[:20], "damaged or cut off", id="the head of a JPEG"),
        pytest.param(b"\xff\xd8\xff", "damaged or cut off", id="three bytes"),
        pytest.param(b"BM" + bytes(60), "damaged or cut off", id="empty BMP"),
        pytest.param(b"II*\0" + b"\xff" * 60, "damaged or cut off", id="broken TIFF"),
        pytest.param(
            encoded(Pillow.new("F", (4, 4)), "TIFF"), "32 bits a channel", id="floating point"
        ),
    ],
)
def test_refused_in_one_line(data: bytes, words: str) -> None:
    with pytest.raises(ImageRefused, match=words) as caught:
        decode_image(data)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "AVIF"])
def test_cut_anywhere_is_refused_and_never_crashes(kind: str) -> None:
    if kind == "AVIF" and not features.check("avif"):
        pytest.skip("Pillow without AVIF")
    rng = np.random.default_rng(5)
    noise = Pillow.fromarray(rng.integers(0, 255, (64, 64, 3), np.uint8))
    data = encoded(noise, kind)
    for cut in range(3, len(data) - 64, max(1, len(data) // 40)):
        with pytest.raises(ImageRefused):
            decode_image(data[:cut])


def test_too_many_bytes_or_pixels() -> None:
    with pytest.raises(ImageRefused, match="at most 100 bytes"):
        decode_image(JPEG, max_bytes=100)
    with pytest.raises(ImageRefused, match="at most 3071 pixels, found 64x48"):
        decode_image(JPEG, max_pixels=WIDTH * HEIGHT - 1)
    assert decode_image(JPEG, max_pixels=WIDTH * HEIGHT).shape == (HEIGHT, WIDTH, 3)


def test_damaged_bytes_are_refused_or_decoded_but_never_crash() -> None:
    rng = np.random.default_rng(6)
    for kind in ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF"):
        good = encoded(plain(), kind)
        for _ in range(60):
            data = bytearray(good)
            for at in rng.integers(4, len(data), 4):
                data[at] = rng.integers(256)
            try:
                image = decode_image(bytes(data), max_pixels=1_000_000)
            except ImageRefused:
                continue
            assert image.ndim == 3


def test_many_threads() -> None:
    good, bad, results = JPEG, JPEG[:300], []

    def work() -> None:
        for _ in range(20):
            image = decode_image(good)
            try:
                decode_image(bad)
            except ImageRefused:
                results.append(image.shape)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [(HEIGHT, WIDTH, 3)] * 80


def test_read_image(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(JPEG)  # the name does not count
    image, data = read_image(path)
    assert data == JPEG
    assert image.shape == (HEIGHT, WIDTH, 3)
    with pytest.raises(ImageRefused, match="too large"):
        read_image(path, max_bytes=10)


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.jpg"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path, tmp_path / "none.jpg", Path("/dev/zero")):
        with pytest.raises(ImageRefused) as caught:
            read_image(path)
        assert "\n" not in str(caught.value)
