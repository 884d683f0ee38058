"""Decodes still pictures that strangers may have made."""

import io
import os
import stat
import struct
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    ImageCms,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
from PIL import Image as Pillow

from facewarden.data import Image
from facewarden.errors import ImageRefused

MAX_PIXELS = 64_000_000
"""Above what phones and most cameras take (50 megapixels); 192 MB as BGR."""

MAX_BYTES = 64 * 1024 * 1024
"""A 64-megapixel JPEG of the best quality has about half of this."""

ALLOWED = "JPEG, PNG, WebP, BMP, TIFF, GIF or AVIF"

_Opener = Callable[[io.BytesIO], Pillow.Image]

# Whatever Pillow's decoders raise on damaged files. Warnings come as errors where Python is told
# so; the one that matters, a picture too large, is refused here before Pillow could warn of it.
_DECODER_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    RuntimeError,
    EOFError,
    Warning,
    struct.error,
    Pillow.DecompressionBombError,
)


def decode_image(data: bytes, *, max_pixels: int = MAX_PIXELS, max_bytes: int = MAX_BYTES) -> Image:
    """Return the picture as (H, W, 3) uint8 BGR, upright, in sRGB, transparency over white.

    The format is told from the bytes, never from a name. Of an animation the first picture counts.
    May be called from any thread.

    Raises:
        ImageRefused: another format, too large (told from the header, before decoding), damaged
            or cut off.
    """
    if len(data) > max_bytes:
        raise ImageRefused(
            "the image file is too large",
            expected=f"at most {max_bytes} bytes",
            found=f"{len(data)} bytes",
        )
    opener = _opener(data)
    if opener is None:
        raise ImageRefused(
            "the file is not a picture of a format allowed", expected=ALLOWED, found=_kind(data)
        )
    try:
        with opener(io.BytesIO(data)) as picture:
            _require_size(picture.width, picture.height, max_pixels)
            picture.load()
            ImageOps.exif_transpose(picture, in_place=True)  # otherwise it copies upright ones too
            return np.asarray(cv2.cvtColor(np.asarray(_srgb(picture)), cv2.COLOR_RGB2BGR), np.uint8)
    except ImageRefused:
        raise
    except (MemoryError, cv2.error) as error:
        raise ImageRefused("the picture does not fit into memory") from error
    except _DECODER_ERRORS as error:
        raise ImageRefused("the picture is damaged or cut off", found=_first_line(error)) from error


def read_image(
    path: Path, *, max_pixels: int = MAX_PIXELS, max_bytes: int = MAX_BYTES
) -> tuple[Image, bytes]:
    """Return the picture in a regular file, and the file's bytes.

    Raises:
        ImageRefused: as `decode_image`; and if the file cannot be read, is a pipe or a device.
    """
    try:
        # Without O_NONBLOCK, opening a pipe would wait for its writer for ever.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            # Asked before fdopen, which refuses a folder without closing it.
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise ImageRefused(f"{path.name} is not a regular file")
            with os.fdopen(handle, "rb", closefd=False) as file:
                data = file.read(max_bytes + 1)
        finally:
            os.close(handle)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        raise ImageRefused(f"{path.name} cannot be read", found=reason) from error
    return decode_image(data, max_pixels=max_pixels, max_bytes=max_bytes), data


def _opener(data: bytes) -> _Opener | None:
    """Choose the decoder by the first bytes; one decoder each, so that no other is ever tried."""
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return WebPImagePlugin.WebPImageFile
    if data[4:12] in {b"ftypavif", b"ftypavis"}:
        return AvifImagePlugin.AvifImageFile
    signatures: tuple[tuple[bytes, _Opener], ...] = (
        (b"\xff\xd8\xff", JpegImagePlugin.JpegImageFile),
        (b"\x89PNG\r\n\x1a\n", PngImagePlugin.PngImageFile),
        (b"GIF87a", GifImagePlugin.GifImageFile),
        (b"GIF89a", GifImagePlugin.GifImageFile),
        (b"II*\0", TiffImagePlugin.TiffImageFile),
        (b"MM\0*", TiffImagePlugin.TiffImageFile),
        (b"BM", BmpImagePlugin.BmpImageFile),
    )
    return next((opener for sign, opener in signatures if data.startswith(sign)), None)


def _kind(data: bytes) -> str:
    """Name what people most often mistake for a picture."""
    head = data[:512].lstrip().lower()
    if not data:
        return "an empty file"
    if head.startswith(b"%pdf"):
        return "a PDF"
    if b"<svg" in head:
        return "an SVG drawing"
    if data[4:8] == b"ftyp":
        return "a video or an HEIC picture"
    text = all(byte in b"\t\n\r" or 32 <= byte < 127 for byte in head)
    return "a text" if text else "unknown bytes"


def _require_size(width: int, height: int, max_pixels: int) -> None:
    if width * height > max_pixels:
        raise ImageRefused(
            "the picture is too large",
            expected=f"at most {max_pixels} pixels",
            found=f"{width}x{height}",
        )


def _srgb(picture: Pillow.Image) -> Pillow.Image:
    """Return the picture in mode RGB, its colour profile applied."""
    flat = _flat(picture)
    profile = picture.info.get("icc_profile")
    if profile:
        try:
            converted = ImageCms.profileToProfile(
                flat,
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                outputMode="RGB",
            )
        except (ImageCms.PyCMSError, OSError, ValueError):
            # A broken profile, or one for other channels, does not spoil the picture.
            converted = None
        if converted is not None:
            return converted
    return flat if flat.mode == "RGB" else flat.convert("RGB")


def _flat(picture: Pillow.Image) -> Pillow.Image:
    """Return the picture with 8 bits a channel and without transparency."""
    if picture.mode.startswith("I;16"):
        return Pillow.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    if picture.mode in {"I", "F"}:
        raise ImageRefused(
            "the picture has 32 bits a channel",
            expected="8 or 16",
            remedy="export it as JPEG or PNG",
        )
    if picture.has_transparency_data:
        clear = picture.convert("RGBA")
        flat = Pillow.new("RGB", picture.size, "white")
        flat.paste(clear, mask=clear.getchannel("A"))
        return flat
    if picture.mode in {"L", "RGB", "CMYK"}:
        return picture
    return picture.convert("RGB")


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0][:120] or type(error).__name__
