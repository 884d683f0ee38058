"""Data sets with a folder per person: photographs, folders of frames, and videos."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from facewarden.capture.folder import SUFFIXES
from facewarden.errors import InputError

VIDEOS = {".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".ts", ".webm"}


class Kind(StrEnum):
    """What a sample is made of."""

    PHOTOGRAPH = "photograph"
    FRAMES = "folder of frames"
    VIDEO = "video"


@dataclass(frozen=True, slots=True)
class Sample:
    """One photograph, or one clip of one person."""

    person: str
    path: Path
    kind: Kind


@dataclass(frozen=True, slots=True)
class People:
    """What a folder holds.

    Attributes:
        samples: sorted by person, then by path.
        empty: people whose folder holds nothing that can be used.
        unused: files and folders in people's folders that are none of what was asked for.
    """

    root: Path
    samples: tuple[Sample, ...]
    empty: tuple[str, ...]
    unused: tuple[Path, ...]


def read_people(root: Path, *, clips: bool) -> People:
    """Read `root/person/photograph`; with `clips` also `root/person/clip/` and `root/person/video`.

    Raises:
        InputError: no such folder, no folder per person in it, or nothing in those.
    """
    if not root.is_dir():
        raise InputError(f"no folder at {root}", expected="a folder with a folder per person")
    people = sorted(path for path in root.iterdir() if path.is_dir())
    if not people:
        loose = sum(path.suffix.lower() in SUFFIXES for path in root.iterdir())
        raise InputError(
            f"{root} holds no folder per person",
            expected="person/photograph",
            found=f"{loose} photographs without a person" if loose else "nothing",
        )
    samples: list[Sample] = []
    empty, unused = [], []
    for folder in people:
        own = [(_kind(path), path) for path in sorted(folder.iterdir())]
        used = [
            Sample(folder.name, path, kind)
            for kind, path in own
            if kind is Kind.PHOTOGRAPH or (clips and kind is not None)
        ]
        unused += [
            path
            for kind, path in own
            if kind is None or (not clips and kind is not Kind.PHOTOGRAPH)
        ]
        samples += used
        if not used:
            empty.append(folder.name)
    if not samples:
        raise InputError(
            f"the folders in {root} are empty",
            expected="photographs" + (", folders of frames or videos" if clips else ""),
            found=f"{len(people)} folders without any",
        )
    return People(root, tuple(samples), tuple(empty), tuple(unused))


def frames_in(clip: Path) -> list[Path]:
    """Return the frames of a folder in the order of their names."""
    return sorted(path for path in clip.iterdir() if path.suffix.lower() in SUFFIXES)


def _kind(path: Path) -> Kind | None:
    suffix = path.suffix.lower()
    if path.is_dir():
        return Kind.FRAMES if any(frames_in(path)) else None
    if suffix in SUFFIXES:
        return Kind.PHOTOGRAPH
    return Kind.VIDEO if suffix in VIDEOS else None
