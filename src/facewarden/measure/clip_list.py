"""Lists of clips for presentation attack detection: who is shown, and by what, as CSV."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from facewarden.errors import InputError

COLUMNS = ("path", "subject", "label", "species", "instrument", "session", "part")
BONA_FIDE, ATTACK = "bona fide", "attack"
PARTS = ("train", "development", "test")

_NEEDED = ("path", "subject", "label")
_KNOWN_PARTS = {"", *PARTS}


@dataclass(frozen=True, slots=True)
class ClipEntry:
    """One presentation (ISO/IEC 30107-3): a video, or a folder of pictures in the order of names.

    Attributes:
        path: of the video or folder; it was there when the list was read.
        subject: whose face is shown, also where an attack shows it.
        attack: whether it is an attack presentation; else it is bona fide.
        species: the kind of attack, such as `print` or `replay`; empty for bona fide.
        instrument: the artefact or medium, such as `glossy` or `ipad`; may be empty.
        session: recording session or capture device; may be empty.
        part: `train`, `development` or `test`; empty where the list does not say.
    """

    path: Path
    subject: str
    attack: bool
    species: str = ""
    instrument: str = ""
    session: str = ""
    part: str = ""


def read_clip_list(file: Path) -> tuple[ClipEntry, ...]:
    """Read a list of clips; further columns than `COLUMNS` are ignored.

    Args:
        file: CSV with a header; paths are relative to its folder.

    Returns:
        The entries in the order of the list; at least one.

    Raises:
        InputError: the list cannot be read, lacks a column, is empty, or has a line that names a
            missing clip, a clip for the second time, an unknown label or part, no subject, an
            attack without species or a bona fide presentation with one.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise InputError(f"{file} cannot be read", found=reason) from error
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        columns = [column.strip() for column in reader.fieldnames or ()]
        reader.fieldnames = columns
        missing = [name for name in _NEEDED if name not in columns]
        if missing:
            raise InputError(
                f"{file} lacks the column {missing[0]}",
                expected=",".join(COLUMNS),
                found=",".join(columns[:20]) or "an empty file",
            )
        entries = tuple(_entries(reader, file))
    except csv.Error as error:
        raise InputError(f"{file}, line {reader.line_num}: {error}") from error
    if not entries:
        raise InputError(f"{file} names no clip", expected="a line for each clip under the header")
    return entries


def require_both(
    entries: Sequence[ClipEntry], what: str, *, remedy: Callable[[], str] = str
) -> None:
    """Refuse clips of one kind only: no error rate can be told from them.

    Args:
        what: the clips in words, such as "the development part of clips.csv".
        remedy: says where to look for the others, asked only then; may say nothing.

    Raises:
        InputError: no clip, attacks only, or bona fide presentations only.
    """
    attacks = sum(entry.attack for entry in entries)
    if not entries:
        raise InputError(f"{what} names no clip")
    if not attacks or attacks == len(entries):
        only, other = (ATTACK, BONA_FIDE) if attacks else (BONA_FIDE, ATTACK)
        raise InputError(
            f"{what} has {only} presentations only",
            expected=f"at least one {other} presentation: without them no threshold and no error "
            "rate can be told",
            found=f"{len(entries):,} {only}",
            remedy=remedy(),
        )


def write_clip_list(file: Path, entries: Sequence[ClipEntry]) -> None:
    """Write a list that `read_clip_list` reads; paths below its folder are written relative to it.

    Raises:
        InputError: the file cannot be written.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    folder = file.absolute().parent
    for entry in entries:
        path = entry.path.absolute()
        shown = path.relative_to(folder) if path.is_relative_to(folder) else path
        label = ATTACK if entry.attack else BONA_FIDE
        row = (entry.subject, label, entry.species, entry.instrument, entry.session, entry.part)
        writer.writerow((shown.as_posix(), *row))
    try:
        file.write_text(text.getvalue(), encoding="utf-8", newline="")
    except OSError as error:
        raise InputError(f"{file} cannot be written", found=error.strerror or str(error)) from error


def _entries(reader: "csv.DictReader[str]", file: Path) -> Iterator[ClipEntry]:
    seen: dict[Path, int] = {}
    for row in reader:
        where = f"{file}, line {reader.line_num}"
        cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
        entry = _entry(cells, where, file.parent)
        before = seen.setdefault(entry.path, reader.line_num)
        if before != reader.line_num:
            raise InputError(f"{where} names {cells['path']} again", found=f"also line {before}")
        yield entry


def _entry(cells: dict[str, str], where: str, folder: Path) -> ClipEntry:
    for name in ("path", "subject"):
        if not cells[name]:
            raise InputError(f"{where} has no {name}")
    label = cells["label"].lower()
    if label not in (BONA_FIDE, ATTACK):
        raise InputError(
            f"{where}: unknown label", expected=f"{BONA_FIDE} or {ATTACK}", found=cells["label"]
        )
    if label == BONA_FIDE and cells["species"]:
        raise InputError(
            f"{where}: a bona fide presentation has no species", found=cells["species"]
        )
    if label == ATTACK and not cells["species"]:
        raise InputError(
            f"{where}: an attack without species", expected="its kind, such as print or replay"
        )
    if cells["part"] not in _KNOWN_PARTS:
        raise InputError(
            f"{where}: unknown part", expected=", ".join(PARTS) + " or nothing", found=cells["part"]
        )
    path = folder / cells["path"]
    if not path.exists():
        raise InputError(
            f"{where} names a missing clip",
            found=f"nothing at {path}",
            remedy="paths are relative to the folder of the list",
        )
    rest = (cells[name] for name in ("species", "instrument", "session", "part"))
    return ClipEntry(path, cells["subject"], label == ATTACK, *rest)
