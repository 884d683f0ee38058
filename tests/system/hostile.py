"""Pictures and archives that were made to do harm, and pictures that only look as if."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image as Pillow

SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
HTML = b"<!doctype html><html><script>alert(1)</script></html>"
BROKEN_EXIF = b"Exif\0\0MM\0*\xff\xff\xff\xff"
ORIENTATION = 0x0112
"""Exif 2.32, table 4."""


def encoded(picture: Pillow.Image, form: str, **options: object) -> bytes:
    written = io.BytesIO()
    picture.save(written, form, **options)
    return written.getvalue()


def plain(size: tuple[int, int] = (400, 300), mode: str = "RGB") -> Pillow.Image:
    return Pillow.linear_gradient("L").resize(size).convert(mode)


def chunk(kind: bytes, content: bytes) -> bytes:
    whole = kind + content
    return struct.pack(">I", len(content)) + whole + struct.pack(">I", zlib.crc32(whole))


def png(width: int, height: int, before: bytes = b"", data: bytes = b"") -> bytes:
    """Return a PNG that says that it has this size."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + before + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def deflated_zeros(megabytes: int) -> bytes:
    squeeze = zlib.compressobj(9)
    pieces = [squeeze.compress(bytes(1 << 20)) for _ in range(megabytes)]
    return b"".join(pieces) + squeeze.flush()


def gif_of(frames: int) -> bytes:
    """Return an animation whose frames have one pixel each."""
    head = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + bytes(6)
    one = b"\x21\xf9\4\4\0\0\0\0" + b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\2\2D\1\0"
    return head + one * frames + b";"


def zipped(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", method) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return written.getvalue()


def bombs() -> Iterator[tuple[str, bytes]]:
    """Yield pictures that want more than they may have."""
    zeros = deflated_zeros(100)
    yield "png of 30,000 x 30,000", png(30_000, 30_000, data=zeros)
    yield "png of 64 megapixels of nothing", png(8000, 8000, data=zeros)
    yield "png with a huge profile", png(8, 8, chunk(b"iCCP", b"a\0\0" + zeros), zlib.compress(b""))
    text = chunk(b"zTXt", b"a\0\0" + deflated_zeros(60))
    yield "png with huge texts", png(8, 8, text * 40, zlib.compress(b""))
    nested = zlib.compress(zlib.compress(zlib.compress(bytes(50_000_000), 9), 9), 9)
    yield "png with a profile in a profile", png(8, 8, chunk(b"iCCP", b"a\0\0" + nested))
    yield "tiff of 30,000 x 30,000", tiff(30_000, 30_000)
    yield (
        "bmp of 30,000 x 30,000",
        encoded(plain((8, 8)), "BMP").replace(
            struct.pack("<ii", 8, 8), struct.pack("<ii", 30_000, 30_000)
        ),
    )
    webp = bytearray(encoded(plain((8, 8)), "WEBP", lossless=True))
    webp[21:25] = struct.pack("<I", 0x0FFFFFFF)  # 16,384 x 16,384
    yield "webp of 16,384 x 16,384", bytes(webp)


def tiff(width: int, height: int) -> bytes:
    """Return a TIFF that says that it has this size, in one strip."""
    tags = [
        (256, 4, width), (257, 4, height), (258, 3, 8), (259, 3, 5), (262, 3, 1),
        (273, 4, 8), (277, 3, 1), (278, 4, height), (279, 4, 100),
    ]  # fmt: skip
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(104)


def no_pictures() -> Iterator[tuple[str, bytes]]:
    """Yield what is none, whatever it is called, and what is damaged."""
    yield "empty", b""
    yield "svg", SVG
    yield "html", HTML
    yield "zip", zipped(("a.jpg", b"x"))
    yield "heic", b"\0\0\0\x18ftypheic" + bytes(100)
    yield "pdf", b"%PDF-1.7\n"
    yield "text before a jpeg", b"hello" + encoded(plain(), "JPEG")
    for form in ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "AVIF", "BMP"):
        whole = encoded(plain(), form)
        for tenth in range(1, 10):
            yield f"{form} of {tenth} tenths", whole[: len(whole) * tenth // 10]


def faceless() -> Iterator[tuple[str, bytes]]:
    """Yield right pictures in which nobody is."""
    yield "one pixel", encoded(plain((1, 1)), "PNG")
    yield "a line across", encoded(plain((20_000, 1)), "PNG")
    yield "a line down", encoded(plain((1, 20_000)), "PNG")
    yield "nobody", encoded(plain(), "JPEG")
    yield "100,000 frames", gif_of(100_000)
    yield "one bit", encoded(plain(mode="1"), "PNG")
    yield (
        "animation",
        encoded(plain((64, 64)), "WEBP", save_all=True, append_images=[plain((64, 64))] * 200),
    )


def disguises(face: Pillow.Image) -> Iterator[tuple[str, bytes]]:
    """Yield a photograph in forms that are rare, and in some that are two things at once."""
    jpeg = encoded(face, "JPEG", quality=85)
    for orientation in range(1, 9):
        exif = Pillow.Exif()
        exif[ORIENTATION] = orientation
        turned = face.transpose(_UNDO[orientation]) if orientation in _UNDO else face
        yield f"turned {orientation}", encoded(turned, "JPEG", quality=99 - orientation, exif=exif)
    yield "grey", encoded(face.convert("L"), "JPEG", quality=95)
    yield "cmyk", encoded(face.convert("CMYK"), "JPEG", quality=95)
    grey = np.asarray(face.convert("L"), np.uint16) << 8
    yield "16 bits", encoded(Pillow.fromarray(grey), "PNG")
    yield (
        "palette",
        encoded(face.convert("P", palette=Pillow.Palette.ADAPTIVE), "PNG", transparency=0),
    )
    clear = face.copy()
    clear.putalpha(250)
    yield "transparent", encoded(clear, "PNG")
    yield "broken exif", encoded(face, "JPEG", quality=80, exif=BROKEN_EXIF)
    # What is kept is told apart by its pixels: each form below changes them a little.
    yield "jpeg and html", encoded(face, "JPEG", quality=90) + HTML
    yield "png and zip", encoded(face, "PNG") + zipped(("a.jpg", b"x"))
    yield "gif and zip", encoded(face, "GIF") + zipped(("Main.class", b"\xca\xfe\xba\xbe"))
    yield (
        "html in a comment",
        jpeg[:2] + b"\xff\xfe" + struct.pack(">H", len(HTML) + 2) + HTML + jpeg[2:],
    )


_UNDO = {
    2: Pillow.Transpose.FLIP_LEFT_RIGHT,
    3: Pillow.Transpose.ROTATE_180,
    4: Pillow.Transpose.FLIP_TOP_BOTTOM,
    5: Pillow.Transpose.TRANSPOSE,
    6: Pillow.Transpose.ROTATE_90,
    7: Pillow.Transpose.TRANSVERSE,
    8: Pillow.Transpose.ROTATE_270,
}
"""What makes a picture so that this orientation puts it right again."""


def archives(face: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield ZIPs of which nothing may be used, though each holds a good photograph, too."""
    good = ("Jane/1.jpg", face)
    yield "no zip", face
    yield "cut off", zipped(good)[:-30]
    for name in ("../out.jpg", "a/../../out.jpg", "/tmp/out.jpg", "C:\\out.jpg", "..\\out.jpg"):
        yield f"path {name}", zipped(good, (name, face))
    yield "bomb", zipped(good, ("b.jpg", bytes(100 << 20)))
    yield "many small bombs", zipped(good, *((f"{n}.jpg", bytes(10**6)) for n in range(300)))
    yield "100,000 files", zipped(good, *((f"{n}.jpg", b"") for n in range(100_000)))
    yield "10,000 characters", zipped(good, ("n" * 10_000 + "/1.jpg", face))
    yield "a terminal's commands", zipped(good, ("\x1b[31mred/1.jpg", face))
    yield "lzma", zipped(good, method=zipfile.ZIP_LZMA)
    yield "encrypted", zipped(good).replace(b"PK\1\2\x14\3\x14\0\0\0", b"PK\1\2\x14\3\x14\0\1\0")
    yield (
        "two of one name",
        zipped(good, ("Jane/2.jpg", face)).replace(b"Jane/2.jpg", b"Jane/1.jpg"),
    )
    link = zipfile.ZipInfo("Ann/1.jpg")
    link.external_attr = 0o120777 << 16
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    yield "link", written.getvalue()
    yield "nested only", zipped(("inner.zip", zipped(good)))
