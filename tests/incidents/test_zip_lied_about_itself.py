"""What a ZIP says of itself was believed: the length of its list, its packing, its names.

A list of 256 MiB would have taken 3 GiB of memory, twenty thousand files could share the same bytes
(Python before 3.11.8 does not look), LZMA let the archive choose how much memory unpacking takes,
and a name of 10,000 characters, or one that acts on terminals, went into the store.
"""

import io
import random
import struct
import zipfile
import zlib

import pytest

from facewarden.data import SubjectDetails
from facewarden.errors import FacewardenError, InputError
from facewarden.server.archive import Archive

NOBODY = SubjectDetails("")


def opened(data: bytes) -> Archive:
    return Archive(io.BytesIO(data))


def entry(name: bytes, size: int, packed: bytes, at: int) -> bytes:
    """Return an entry of the list at the end of a ZIP (APPNOTE 4.3.12)."""
    head = (0x02014B50, 20, 20, 0, 8, 0, 0, zlib.crc32(bytes(size)), len(packed), size)
    return struct.pack("<IHHHHHHIIIHHHHHII", *head, len(name), 0, 0, 0, 0, 0, at) + name


def with_list(packed: bytes, entries: list[bytes]) -> bytes:
    listed = b"".join(entries)
    number = min(len(entries), 0xFFFF)
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, number, number, len(listed), len(packed), 0)
    return packed + listed + end


def test_a_list_that_is_too_long_is_not_read() -> None:
    one = entry(b"", 0, b"", 0)
    with pytest.raises(InputError, match="too many files"):
        opened(with_list(b"", [one] * 200_000))


def test_files_that_share_their_bytes_are_refused() -> None:
    squeeze = zlib.compressobj(9, wbits=-15)
    packed = squeeze.compress(bytes(1_000_000)) + squeeze.flush()
    local = struct.pack(
        "<IHHHHHIIIHH",
        0x04034B50,
        20,
        0,
        8,
        0,
        0,
        zlib.crc32(bytes(10**6)),
        len(packed),
        10**6,
        5,
        0,
    )
    whole = local + b"a.jpg" + packed
    names = [b"%05d.jpg" % number for number in range(20_000)]
    with pytest.raises(InputError, match="overlap"):
        opened(with_list(whole, [entry(name, 10**6, packed, 0) for name in names]))


def test_many_small_bombs_are_one_bomb() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(100):
            archive.writestr(f"{number}.jpg", bytes(1_000_000))
    with pytest.raises(InputError, match="far more"):
        opened(written.getvalue())


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_unusual_packing_is_refused(method: int) -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", method) as archive:
        archive.writestr("a.jpg", b"x" * 1000)
    with pytest.raises(InputError, match="unusual"):
        opened(written.getvalue())


@pytest.mark.parametrize(
    ("name", "fine"),
    [
        ("Jane Doe/1.jpg", True),
        ("Ζηνοβία/1.jpg", True),
        ("זנוביה/1.jpg", True),
        ("ज़ेनोबिया/1.jpg", True),
        ("冠狀🦉/1.jpg", True),
        ("<script>alert(1)<;script>/1.jpg", True),
        ("n" * 10_000 + "/1.jpg", False),
        ("n" * 301 + ".jpg", False),
        ("\x1b[31mred/1.jpg", False),
        ("one\r\ntwo/1.jpg", True),  # white space becomes one blank
        ("evil\u202egpj.exe/1.jpg", False),
        ("   /1.jpg", False),
    ],
)
def test_a_name_is_one_that_could_be_typed_in(name: str, fine: bool) -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr(name, b"x")
    if fine:
        (found,) = opened(written.getvalue()).photographs(NOBODY)
        assert found.details.name.isprintable() or "\u200d" in found.details.name
    else:
        with pytest.raises(InputError, match="cannot be written down"):
            opened(written.getvalue()).photographs(NOBODY)


def test_whatever_is_damaged_is_refused_in_words() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Jane/1.jpg", b"photograph" * 50)
        archive.writestr("Ben/1.jpg", bytes(300), zipfile.ZIP_STORED)
    whole = written.getvalue()
    chance = random.Random(1)
    damaged = [whole[: len(whole) * tenth // 10] for tenth in range(10)]
    for _ in range(500):
        one = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            one[chance.randrange(len(one))] = chance.randrange(256)
        damaged.append(bytes(one))
    refused = 0
    for data in damaged:
        try:
            found = opened(data)
            for photograph in found.photographs(NOBODY):
                found.read(str(photograph.path))
        except FacewardenError:
            refused += 1
    assert refused > 250
