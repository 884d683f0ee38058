"""Which photographs are to be enrolled, and as whom: folders, file names, or a CSV file."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

from facewarden.capture.folder import SUFFIXES, pictures_below
from facewarden.data import SubjectDetails
from facewarden.errors import ConfigError, EnrolmentRefused, InputError

REQUIRED = ("file", "name")
OPTIONAL = (
    "external_reference", "category", "notes", "legal_basis", "authorised_by", "expires", "face"
)  # fmt: skip
COLUMNS = f"{', '.join(REQUIRED)} and any of {', '.join(OPTIONAL)}"
CAMERAS = frozenset((
    "img", "mg", "dsc", "dscn", "dscf", "pxl", "p", "dcim", "mvi", "vid", "dji", "gopr", "photo",
    "foto", "image", "whatsapp",
))  # fmt: skip
"""Words with which cameras, phones and messengers begin the names of files."""
AFTER_CAMERAS = frozenset(("at", "am", "pm", "wa", "e", "mp", "edited", "copy"))
"""Words that follow those, besides numbers: `IMG-20230405-WA0003`, `IMG_E1234`."""
CSV_LIMIT_BYTES = 64 * 2**20
FEW = 20
"""Columns of a CSV file that a message names at most; no right one has more than nine."""


@dataclass(frozen=True, slots=True)
class Photograph:
    """One file and the subject it is a reference of.

    Attributes:
        label: how the operator finds it again: a path, or a CSV file's line.
        face: which face when there are several: "" refuses, "largest", or a number from 1,
            counted from the left.
    """

    label: str
    path: Path
    details: SubjectDetails
    face: str = ""


def photographs_in(
    paths: Sequence[Path], defaults: SubjectDetails, face: str = ""
) -> Iterator[Photograph]:
    """Yield the photographs of files and folders, in a stable order.

    A folder inside a given folder is a person; its name is theirs. A file directly in a given
    folder, or given itself, is named after the person: `Jane_Doe_0002.jpg` is Jane Doe. One that a
    camera named yields an empty name, which nobody can be enrolled under.
    A given folder that holds photographs and whose files all lie directly in it is read in the
    second way, so give the folder above to enrol one person's folder.

    Raises:
        InputError: a path that does not exist or holds no photograph.
    """
    for given in paths:
        if given.is_file():
            yield _photograph(given, name_from_file(given), defaults, face)
            continue
        if not given.is_dir():
            raise InputError(
                f"nothing to enrol at {given}",
                expected="a photograph or a folder of photographs",
                found="nothing" if not given.exists() else "neither a file nor a folder",
            )
        files = pictures_below(given)
        if not files:
            raise InputError(
                f"no photograph in {given}",
                expected="files ending in " + ", ".join(sorted(SUFFIXES)),
                found="none",
            )
        for file in files:
            inside = file.relative_to(given).parts
            name = _words(inside[0]) if len(inside) > 1 else name_from_file(file)
            yield _photograph(file, name, defaults, face)


def _photograph(path: Path, name: str, defaults: SubjectDetails, face: str) -> Photograph:
    return Photograph(str(path), path, with_name(defaults, name), face)


def with_name(defaults: SubjectDetails, name: str) -> SubjectDetails:
    """Return the details with this name, unless the operator gave one for all."""
    return SubjectDetails(
        name=defaults.name or name,
        external_reference=defaults.external_reference,
        category=defaults.category,
        notes=defaults.notes,
        legal_basis=defaults.legal_basis,
        authorised_by=defaults.authorised_by,
        expires_at=defaults.expires_at,
    )


def name_from_file(path: Path) -> str:
    """Return the person's name that a file is named after, without a number set off at its end.

    Empty where a camera named the file: it says nobody's name, and would make one subject of all.
    """
    if _named_by_camera(path.stem):
        return ""
    return _words(re.sub(r"([\s_.-]+\d+|[\s_.-]*\(\d+\))$", "", path.stem))


def _named_by_camera(stem: str) -> bool:
    words = [word.casefold() for word in re.findall(r"[^\W\d_]+", stem)]
    if not words or words[0] == "screenshot":  # which also names what was on the screen
        return True
    return words[0] in CAMERAS and CAMERAS.union(AFTER_CAMERAS).issuperset(words)


def _words(text: str) -> str:
    return re.sub(r"[\s_]+", " ", text).strip()


def photographs_from_csv(path: Path, defaults: SubjectDetails, face: str = "") -> list[Photograph]:
    """Read a CSV file with the columns `file` and `name`, and any of the optional ones.

    Files are relative to the CSV file. Several rows with one external_reference are several
    photographs of one subject and must agree on the name.

    Raises:
        InputError: not readable, not UTF-8, no row, a column missing, unknown or there twice.
        EnrolmentRefused: rows that contradict each other; all of them are named.
    """
    try:
        if path.stat().st_size > CSV_LIMIT_BYTES:
            raise InputError(f"{path} is too large", expected="at most 64 MiB of CSV")
        table = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read", found=str(error.strerror)) from None
    return photographs_in_table(table, str(path), path.parent, defaults, face)


def photographs_in_table(
    table: bytes,
    source: str,
    folder: Path,
    defaults: SubjectDetails,
    face: str = "",
    *,
    columns: str = COLUMNS,
) -> list[Photograph]:
    """Read the bytes of a CSV file as `photographs_from_csv` does.

    Args:
        source: what messages call it, its path or name.
        folder: that its files are relative to.
        columns: that a refusal of its columns says are wanted.

    Raises:
        InputError, EnrolmentRefused: as `photographs_from_csv`.
    """
    rows = list(_rows(table, source, columns))
    name_of_table = Path(source).name
    if not rows:
        raise InputError(
            f"{source} holds no photograph", expected="a row for each", found="a header"
        )
    names: dict[str, tuple[str, int]] = {}
    files: dict[str, int] = {}
    problems: list[str] = []
    photographs = []
    for line, row in rows:
        missing = [column for column in REQUIRED if not row.get(column, "").strip()]
        if missing:
            problems.append(f"line {line}: {' and '.join(missing)} empty")
            continue
        reference, name = row.get("external_reference", "").strip(), row["name"].strip()
        first_name, first_line = (
            names.setdefault(reference, (name, line)) if reference else (name, line)
        )
        if first_name != name:
            problems.append(
                f"line {line}: external_reference {reference} is {name!r} here and "
                f"{first_name!r} in line {first_line}"
            )
            continue
        earlier = files.setdefault(row["file"].strip(), line)
        if earlier != line:
            problems.append(f"line {line}: the file of line {earlier} again")
            continue
        try:
            expires_at = parse_expiry(row.get("expires", "")) or defaults.expires_at
        except ConfigError as error:
            problems.append(f"line {line}: {error}")
            continue
        details = SubjectDetails(
            name=name,
            external_reference=reference or defaults.external_reference,
            category=row.get("category", "").strip() or defaults.category,
            notes=row.get("notes", "").strip() or defaults.notes,
            legal_basis=row.get("legal_basis", "").strip() or defaults.legal_basis,
            authorised_by=row.get("authorised_by", "").strip() or defaults.authorised_by,
            expires_at=expires_at,
        )
        try:
            details.require_fitting()
        except InputError as error:
            problems.append(f"line {line}: {error}")
            continue
        photographs.append(
            Photograph(
                f"{name_of_table} line {line}",
                folder / row["file"].strip(),
                details,
                row.get("face", "").strip() or face,
            )
        )
    if problems:
        raise EnrolmentRefused(
            f"{name_of_table} cannot be used: " + "; ".join(problems),
            remedy="nothing was enrolled, mend these lines",
        )
    return photographs


def _rows(table: bytes, path: str, wanted: str) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        text = table.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path} is not UTF-8",
            expected="a CSV file in UTF-8",
            found=f"byte 0x{error.object[error.start]:02x} at {error.start}",
            remedy="save it as UTF-8",
        ) from None
    reader = csv.DictReader(io.StringIO(text, newline=""), restval="", strict=True)
    try:
        columns = [str(column).strip() for column in reader.fieldnames or []]
    except csv.Error as error:
        raise InputError(f"{path} is not CSV", found=str(error)) from None
    missing = [column for column in REQUIRED if column not in columns]
    unknown = [column for column in columns if column not in REQUIRED + OPTIONAL]
    unknown += [f"the second {column}" for column, n in Counter(columns).items() if n > 1]
    unknown, columns_shown = unknown[:FEW], columns[:FEW] + ["..."] * (len(columns) > FEW)
    if missing or unknown:
        raise InputError(
            f"{path} has the wrong columns",
            expected=wanted,
            found=", ".join(columns_shown) or "nothing",
            remedy=" and ".join(
                [f"add {column}" for column in missing] + [f"remove {column}" for column in unknown]
            ),
        )
    reader.fieldnames = columns
    try:
        for row in reader:
            if None in row:
                raise InputError(
                    f"{path} line {reader.line_num} has more fields than columns",
                    remedy="quote fields that hold a comma",
                )
            yield reader.line_num, row
    except csv.Error as error:
        raise InputError(
            f"{path} is not CSV after line {reader.line_num}", found=str(error)
        ) from None


def parse_expiry(text: str) -> datetime | None:
    """Read a date (its last moment, UTC) or an ISO time with offset; None when empty.

    Raises:
        ConfigError: neither.
    """
    text = text.strip()
    if not text:
        return None
    with suppress(ValueError):
        return datetime.combine(date.fromisoformat(text), time.max, UTC)
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ConfigError(
            "the expiry cannot be read", expected="2027-01-31 or 2027-01-31T12:00+01:00", found=text
        ) from None
