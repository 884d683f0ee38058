"""The process in which uploaded pictures are decoded: what breaks out of a decoder finds little.

Run as `python -m facewarden.server.decoding_worker`, by `decoding.py` only. It answers on standard
output what it is asked on standard input:

    question    8 bytes length of the file, 4 bytes most pixels, 2 bytes longest side; the file
    answer      1 byte outcome, 4 bytes height or length of the text, 4 bytes width; pixels or text

Before the first question it gives up what it does not need: memory beyond a limit, new files and
sockets (no free descriptor), files that grow, core dumps, new privileges, its environment. What
is left: it runs as the same user, so it may send signals to processes of this user; only Linux
refuses new privileges.
"""

import ctypes
import os
import resource
import struct
import sys
from contextlib import suppress
from typing import BinaryIO, Final

import numpy as np

from facewarden.capture.clean_picture import fitted
from facewarden.capture.image import decode_image
from facewarden.errors import ImageRefused

QUESTION: Final = struct.Struct("<QIH")
ANSWER: Final = struct.Struct("<BII")
DONE, REFUSED = 0, 1
MEMORY_BYTES: Final = 1 << 30
"""Beyond what the process has at its start. 64 megapixels with transparency have 256 MB; decoding,
flattening and turning hold up to three of them at once."""
CPU_S: Final = 20
"""For one picture; 64 megapixels of PNG take about 2 s of this machine (2026-11-22)."""
NO_NEW_PRIVS: Final = 38
"""prctl(2), PR_SET_NO_NEW_PRIVS."""


def confine() -> None:
    """Give up what decoding does not need; irrevocable."""
    os.environ.clear()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(NO_NEW_PRIVS, 1, 0, 0, 0)
        pages = int(open("/proc/self/statm", encoding="ascii").read().split()[0])  # noqa: SIM115, PTH123
        most = pages * resource.getpagesize() + MEMORY_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    # The last, since nothing can be opened from here on: standard streams are 0, 1 and 2.
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))


def serve(questions: BinaryIO, answers: BinaryIO) -> None:
    """Answer until there are no more questions."""
    while len(head := questions.read(QUESTION.size)) == QUESTION.size:
        length, max_pixels, longest_px = QUESTION.unpack(head)
        data = questions.read(length)
        if len(data) < length:
            return
        used = resource.getrusage(resource.RUSAGE_SELF)
        allowed = int(used.ru_utime + used.ru_stime) + CPU_S
        resource.setrlimit(resource.RLIMIT_CPU, (allowed, resource.RLIM_INFINITY))
        try:
            image = fitted(decode_image(data, max_pixels=max_pixels), longest_px)
        except ImageRefused as refusal:
            words = "\0".join((refusal.what, refusal.expected, refusal.found, refusal.remedy))
            text = words.encode()
            answers.write(ANSWER.pack(REFUSED, len(text), 0) + text)
        else:
            height, width = image.shape[:2]
            answers.write(ANSWER.pack(DONE, height, width))
            answers.write(np.ascontiguousarray(image).data)
            del image
        answers.flush()


def warm_up() -> None:
    """Load what decoders load late, while files can still be opened."""
    import io

    from PIL import Image as Pillow

    small = Pillow.new("RGBA", (8, 8))
    for form in ("PNG", "WEBP", "AVIF", "TIFF", "GIF", "BMP"):
        written = io.BytesIO()
        small.save(written, form)
        fitted(decode_image(written.getvalue()), 4)
    from PIL import ImageCms

    written = io.BytesIO()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    small.convert("RGB").save(
        written, "JPEG", icc_profile=profile, exif=b"Exif\0\0II*\0\x08\0\0\0\0\0"
    )
    decode_image(written.getvalue())


if __name__ == "__main__":
    warm_up()
    confine()
    serve(sys.stdin.buffer, sys.stdout.buffer)
