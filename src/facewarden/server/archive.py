"""Archives of photographs: a ZIP that nobody trusts, read in memory, never unpacked to disk."""

import io
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from facewarden.capture.image import MAX_BYTES
from facewarden.data import SubjectDetails
from facewarden.errors import InputError
from facewarden.pipeline.photographs import (
    SUFFIXES,
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
_DRIVE: Final = re.compile(r"^[A-Za-z]:")
_JUNK: Final = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")
"""What file managers add by themselves."""


class Archive:
    """The photographs of a ZIP.

    A folder inside is a person; a file at the top is named after one. With a table at the top
    (one file ending in .csv), the table says who is who, as `facewarden enrol --csv`.

    Args:
        data: the whole archive.

    Raises:
        InputError: no ZIP, damaged, encrypted, too many files, a bomb, or a name that leads out
            of it or is a link; nothing of it is used then.
    """

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            entries = [entry for entry in self._zip.infolist() if not entry.is_dir()]
        except (zipfile.BadZipFile, zlib.error, ValueError, NotImplementedError, OSError):
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
            with self._zip.open(entry) as file:
                data = file.read(most + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
            raise InputError("the file is damaged in the archive", found=name) from None
        if len(data) > most:
            raise InputError("the file is too large", expected=f"at most {most} bytes", found=name)
        return data

    def photographs(self, defaults: SubjectDetails, face: str = "") -> list[Photograph]:
        """Return what is to be enrolled, in the order of the names.

        Raises:
            InputError, EnrolmentRefused: there is none, or the table has mistakes.
        """
        tables = [name for name in self._files if "/" not in name and name.lower().endswith(".csv")]
        if len(tables) > 1:
            raise InputError("the archive holds several tables", found=", ".join(sorted(tables)))
        if tables:
            table = self.read(tables[0], MOST_TABLE_BYTES)
            return photographs_in_table(table, tables[0], Path(), defaults, face)
        found = list(self._by_folder(defaults, face))
        if not found:
            raise InputError(
                "the archive holds no photograph",
                expected="files ending in " + ", ".join(sorted(SUFFIXES)),
            )
        return found

    def _by_folder(self, defaults: SubjectDetails, face: str) -> Iterator[Photograph]:
        names = [n for n in sorted(self._files) if PurePosixPath(n).suffix.lower() in SUFFIXES]
        tops = {PurePosixPath(name).parts[0] for name in names}
        # A folder was packed, not what is in it: one top, and people below it.
        skip = int(len(tops) == 1 and any(name.count("/") > 1 for name in names))
        for name in names:
            parts = PurePosixPath(name).parts[skip:]
            who = _words(parts[0]) if len(parts) > 1 else name_from_file(Path(parts[0]))
            yield Photograph(name, Path(name), with_name(defaults, who), face)


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
    if entry.file_size > RATIO * entry.compress_size + ROOM:
        raise InputError("a file of the archive unpacks to far more than it holds", found=name)


def _is_junk(name: str) -> bool:
    return name.startswith(_JUNK[0]) or PurePosixPath(name).name in _JUNK


def _words(text: str) -> str:
    return re.sub(r"[\s_]+", " ", text).strip()
