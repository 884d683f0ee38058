"""Archives of photographs: a ZIP that nobody trusts, of which one file at a time is unpacked."""

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from pydantic import TypeAdapter, ValidationError

from facewarden.api.words import Line, Name, Paragraphs
from facewarden.capture.folder import SUFFIXES
from facewarden.capture.image import MAX_BYTES
from facewarden.data import SubjectDetails
from facewarden.errors import InputError
from facewarden.pipeline.photographs import (
    Photograph,
    name_from_file,
    photographs_in_table,
    with_name,
)

MOST_FILES: Final = 20_000
MOST_TABLE_BYTES: Final = 16 << 20
RATIO: Final = 20
"""Photographs hardly shrink in a ZIP (BMP of a plain wall: about 10); more is a bomb."""
ROOM: Final = 1 << 20
"""Bytes below which the ratio does not matter."""
LINES: Final = 10
"""Of the table for each file: notes may have several."""
MOST_DIRECTORY_BYTES: Final = 8 << 20
"""Of the list at its end: 400 for each of 20,000 files. zipfile reads it as a whole and makes an
object of half a kilobyte for each 46 bytes; a list of 256 MiB would take 3 GiB of memory."""
PIECE: Final = 1 << 20
PLAIN: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""What everybody packs with; LZMA lets an archive say how much memory unpacking takes."""
_DAMAGED: Final = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, LookupError, OverflowError,
    ValueError, NotImplementedError, RuntimeError,
)  # fmt: skip
"""What zipfile raises on damaged archives."""
_NAME: Final = TypeAdapter[str](Name)
_LINE: Final = TypeAdapter[str](Line)
_PARAGRAPHS: Final = TypeAdapter[str](Paragraphs)
_DRIVE: Final = re.compile(r"^[A-Za-z]:")
_JUNK: Final = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")
"""What file managers add by themselves."""

File = io.RawIOBase | io.BufferedIOBase


class Archive:
    """The photographs of a ZIP.

    A folder inside is a person; a file at the top is named after one. With a table at the top
    (one file ending in .csv), the table says who is who, as `facewarden enrol --csv`.

    Args:
        file: the whole archive; read here for as long as this is used, and not closed.

    Raises:
        InputError: no ZIP, damaged, encrypted, too many files, a bomb, two files of one name, or
            a name that leads out of it or is a link; nothing of it is used then.
    """

    def __init__(self, file: File) -> None:
        length = file.seek(0, io.SEEK_END)
        try:
            self._zip = zipfile.ZipFile(_Sipped(file, length))
            entries = [entry for entry in self._zip.infolist() if not entry.is_dir()]
        except InputError:
            raise
        except _DAMAGED:
            raise InputError("the archive cannot be read", expected="a ZIP file") from None
        entries = [entry for entry in entries if not _is_junk(entry.filename)]
        if len(entries) > MOST_FILES:
            raise InputError(
                "the archive holds too many files",
                expected=f"at most {MOST_FILES}",
                found=str(len(entries)),
            )
        for entry in entries:
            _require_harmless(entry)
        if sum(entry.compress_size for entry in entries) > length:
            raise InputError("the files of the archive overlap", remedy="pack it anew")
        if sum(entry.file_size for entry in entries) > RATIO * length + ROOM:
            raise InputError("the archive unpacks to far more than it holds")
        self._files = {str(PurePosixPath(entry.filename)): entry for entry in entries}
        if len(self._files) < len(entries):
            raise InputError("the archive holds two files of one name")

    def read(self, name: str, most: int = MAX_BYTES) -> bytes:
        """Return one file.

        Raises:
            InputError: it is larger than it says or than allowed, or damaged.
        """
        entry = self._files.get(name)
        if entry is None:
            raise InputError("the archive has no such file", found=name)
        try:
            data = bytearray()
            with self._zip.open(entry) as file:
                while len(data) <= most and (piece := file.read(PIECE)):
                    data += piece
        except _DAMAGED:
            raise InputError("the file is damaged in the archive", found=name) from None
        if len(data) > most:
            raise InputError("the file is too large", expected=f"at most {most} bytes", found=name)
        return bytes(data)

    def photographs(self, defaults: SubjectDetails, face: str = "") -> list[Photograph]:
        """Return what is to be enrolled, in the order of the names.

        Raises:
            InputError, EnrolmentRefused: there is none, the table has mistakes, or what is to be
                written down of somebody could not be typed in either.
        """
        tables = [name for name in self._files if "/" not in name and name.lower().endswith(".csv")]
        if len(tables) > 1:
            raise InputError("the archive holds several tables", found=", ".join(sorted(tables)))
        if tables:
            table = self.read(tables[0], MOST_TABLE_BYTES)
            if table.count(b"\n") > LINES * MOST_FILES:
                raise InputError("the table has too many lines", found=tables[0])
            found = photographs_in_table(table, tables[0], Path(), defaults, face)
        else:
            found = list(self._by_folder(defaults, face))
        if not found:
            raise InputError(
                "the archive holds no photograph",
                expected="files ending in " + ", ".join(sorted(SUFFIXES)),
            )
        for photograph in found:
            _require_words(photograph)
        return found

    def _by_folder(self, defaults: SubjectDetails, face: str) -> Iterator[Photograph]:
        names = [n for n in sorted(self._files) if PurePosixPath(n).suffix.lower() in SUFFIXES]
        tops = {PurePosixPath(name).parts[0] for name in names}
        # A folder was packed, not what is in it: one top, and people below it.
        skip = int(len(tops) == 1 and any(name.count("/") > 1 for name in names))
        for name in names:
            parts = PurePosixPath(name).parts[skip:]
            who = (
                (_words(parts[0]) or parts[0]) if len(parts) > 1 else name_from_file(Path(parts[0]))
            )
            yield Photograph(name, Path(name), with_name(defaults, who), face)


class _Sipped:
    """A file of which little is read at once: zipfile believes an archive how long its list is."""

    def __init__(self, file: File, length: int) -> None:
        self._file = file
        self._length = length
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        """Read that many bytes, or what is left.

        Raises:
            InputError: they are more than the longest list.
        """
        if size < 0:
            size = max(0, self._length - self.tell())
        if size > MOST_DIRECTORY_BYTES:
            raise InputError(
                "the archive holds too many files, or names that are too long",
                expected=f"a list of at most {MOST_DIRECTORY_BYTES} bytes",
                found=f"{size}",
            )
        return self._file.read(size) or b""


def _require_words(photograph: Photograph) -> None:
    """Check that what is said of somebody is what could be typed in, too."""
    details = photograph.details
    try:
        if details.name:  # enrolment refuses the row of a file that a camera named
            _NAME.validate_python(details.name)
        for line in (details.external_reference, details.category, details.authorised_by):
            _LINE.validate_python(line)
        for text in (details.notes, details.legal_basis):
            _PARAGRAPHS.validate_python(text)
    except ValidationError:
        raise InputError(
            "the archive says something of a person that cannot be written down",
            expected="a name of at most 300 characters that print, a line of at most 200",
            found=photograph.label,
            remedy="shorten it, or take line breaks and control characters out",
        ) from None


def _require_harmless(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    parts = PurePosixPath(name).parts
    outside = (
        name.startswith("/") or ".." in parts or "\\" in name or _DRIVE.match(name) or "\0" in name
    )
    if outside or name != entry.orig_filename:
        raise InputError(
            "the archive names a file outside of itself", found=name, remedy="pack it anew"
        )
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in {0, stat.S_IFREG}:
        raise InputError(
            "the archive holds something that is not a file", found=name, remedy="pack it anew"
        )
    if entry.flag_bits & 0x1:
        raise InputError("the archive is encrypted", remedy="pack it without a password")
    if entry.compress_type not in PLAIN:
        raise InputError(
            "a file of the archive is packed in an unusual way",
            expected="stored or deflated",
            found=name,
            remedy="pack it anew",
        )
    if entry.file_size > RATIO * entry.compress_size + ROOM:
        raise InputError("a file of the archive unpacks to far more than it holds", found=name)


def _is_junk(name: str) -> bool:
    return name.startswith(_JUNK[0]) or PurePosixPath(name).name in _JUNK


def _words(text: str) -> str:
    return re.sub(r"[\s_]+", " ", text).strip()
