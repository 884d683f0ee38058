"""Published data sets of presentation attacks: what their file names say, and their protocols.

A description is a TOML file in `datasets/`. Nothing of a data set ships; users point at their copy.
"""

import itertools
import re
import string
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from facewarden.errors import InputError
from facewarden.measure.clip_list import ClipEntry, require_both

_FOLDER = files("facewarden.measure.presentation") / "datasets"
_VIDEOS = frozenset({".mov", ".mp4", ".avi", ".mkv", ".webm"})

LISTED = 5
"""Folders in a message."""

Values = dict[str, tuple[str, ...]]
"""Which values of a field of the file's name are taken; `species` is a field of attacks too."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ClipRule(_Strict):
    """Files of one kind.

    Attributes:
        pattern: of the whole path below the root, with `/`; its named groups are fields.
        species: the kind of attack; empty for bona fide presentations.
        subject, instrument, session: templates of fields; a field with `names` is written by its
            name, but in `subject`.
    """

    pattern: str
    species: str = ""
    subject: str = "{subject}"
    instrument: str = ""
    session: str = ""


class Protocol(_Strict):
    """One protocol.

    Attributes:
        only: attacks of all parts that it takes.
        train, test: values that training and development, and the test, take.
        leave_out: a field; one run for each of its values, which is tested and not trained on.
        train_frames: of each training video that may be used.
    """

    name: str
    title: str
    only: Values = {}
    train: Values = {}
    test: Values = {}
    leave_out: str = ""
    train_frames: Annotated[int, Field(ge=1)] | None = None


class Dataset(_Strict):
    """One data set.

    Attributes:
        source: who published it, and where the names come from.
        note: what a user must know of it.
        names: what the values of a field mean; of the field `part`, which part they are.
        subjects: first and last number of the subjects of each part, where names have no part.
        development_every: of the training subjects, every so manieth is for development.
        complete: template of the path of every file of a subject, where all combinations of named
            fields exist, so that a missing one can be named.
    """

    title: str
    source: str
    note: str
    names: dict[str, dict[str, str]]
    clips: tuple[ClipRule, ...]
    protocols: tuple[Protocol, ...]
    subjects: dict[str, tuple[int, int]] = {}
    development_every: Annotated[int, Field(ge=2)] | None = None
    complete: str = ""


@dataclass(frozen=True, slots=True)
class FoundClip:
    """A clip of a data set, and the fields of its name."""

    entry: ClipEntry
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class Copy:
    """A user's copy of a data set.

    Attributes:
        clips: in the order of their paths.
        missing: files that the published names promise for the subjects found.
        unknown: videos with other names, left out.
    """

    clips: tuple[FoundClip, ...]
    missing: tuple[str, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of a protocol learns from and judges.

    Attributes:
        name: such as `2, without iPad Pro 2017`.
        entries: each in a part.
    """

    name: str
    entries: tuple[ClipEntry, ...]


def dataset_names() -> tuple[str, ...]:
    """Return the names of the data sets that are described."""
    names = (entry.name for entry in _FOLDER.iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def read_dataset(name: str) -> Dataset:
    """Return a description by its name.

    Raises:
        InputError: no such data set.
    """
    if name not in dataset_names():
        raise InputError("unknown data set", expected=", ".join(dataset_names()), found=name)
    text = (_FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    return Dataset.model_validate(tomllib.loads(text))


def read_copy(dataset: Dataset, root: Path) -> Copy:
    """Find the clips of a data set below a folder.

    Raises:
        InputError: no folder, no file with a published name, or attacks only.
    """
    if not root.is_dir():
        raise InputError(f"no folder at {root}", expected=f"a copy of {dataset.title}")
    rules = [(re.compile(rule.pattern), rule) for rule in dataset.clips]
    found: list[FoundClip] = []
    unknown: list[str] = []
    for path in sorted(root.rglob("*")):
        if path.suffix.lower() not in _VIDEOS or not path.is_file():
            continue
        name = path.relative_to(root).as_posix()
        for pattern, rule in rules:
            if match := pattern.fullmatch(name):
                found.append(_clip(dataset, rule, path, match.groupdict()))
                break
        else:
            unknown.append(name)
    if not found:
        raise InputError(
            f"{root} holds no clip of {dataset.title}",
            expected=dataset.note.split(". ")[0].rstrip("."),
            found=f"{len(unknown):,} videos with other names, such as {unknown[0]}"
            if unknown
            else "no video",
            remedy=_searched(root),
        )
    require_both(
        [clip.entry for clip in found],
        f"{dataset.title} in {root}",
        remedy=lambda: _searched(root),
    )
    found = _with_development(found, dataset.development_every)
    return Copy(tuple(found), tuple(_missing(dataset, found)), tuple(unknown))


def _searched(root: Path) -> str:
    """Say which folders without a video were searched; they stand for what is missing."""
    paths = sorted(root.rglob("*"))
    folders = [path for path in paths if path.is_dir()]
    full = {
        folder
        for path in paths
        if path.suffix.lower() in _VIDEOS and path.is_file()
        for folder in path.parents
    }
    empty = [path.relative_to(root).as_posix() for path in folders if path not in full]
    if not empty:
        return f"all of {root} was searched"
    more = f" and {len(empty) - LISTED:,} more" if len(empty) > LISTED else ""
    return f"searched without a video: {', '.join(empty[:LISTED])}{more}"


def protocol_of(dataset: Dataset, name: str) -> Protocol:
    """Return a protocol by its name.

    Raises:
        InputError: no such protocol.
    """
    for protocol in dataset.protocols:
        if protocol.name == name:
            return protocol
    raise InputError(
        f"{dataset.title} has no such protocol",
        expected="; ".join(f"{one.name} ({one.title})" for one in dataset.protocols),
        found=name,
    )


def runs_of(dataset: Dataset, copy: Copy, protocol: Protocol) -> tuple[Run, ...]:
    """Return the runs of a protocol: one, or one for each value that is left out."""
    if not protocol.leave_out:
        return (Run(protocol.name, _entries(copy, protocol, None)),)
    known = {clip.fields[protocol.leave_out] for clip in copy.clips
             if protocol.leave_out in clip.fields and _in(clip, protocol.only)}  # fmt: skip
    names = dataset.names.get(protocol.leave_out, {})
    return tuple(
        Run(f"{protocol.name}, without {names.get(value, value)}", _entries(copy, protocol, value))
        for value in sorted(known)
    )


def _clip(dataset: Dataset, rule: ClipRule, path: Path, fields: dict[str, str]) -> FoundClip:
    named = {name: dataset.names.get(name, {}).get(value, value) for name, value in fields.items()}
    part = named.get("part", "")
    for name, (first, last) in dataset.subjects.items():
        if first <= int(fields["subject"]) <= last:
            part = name
    entry = ClipEntry(
        path,
        rule.subject.format(**fields),
        bool(rule.species),
        rule.species,
        rule.instrument.format(**named),
        rule.session.format(**named),
        part,
    )
    if rule.species:
        fields = {**fields, "species": rule.species}
    return FoundClip(entry, fields)


def _with_development(found: list[FoundClip], every: int | None) -> list[FoundClip]:
    """Take every so manieth training subject, in the order of names, for development."""
    if every is None:
        return found
    people = sorted({clip.entry.subject for clip in found if clip.entry.part == "train"})
    chosen = set(people[every - 1 :: every])
    return [
        replace(clip, entry=replace(clip.entry, part="development"))
        if clip.entry.subject in chosen and clip.entry.part == "train"
        else clip
        for clip in found
    ]


def _entries(copy: Copy, protocol: Protocol, left_out: str | None) -> tuple[ClipEntry, ...]:
    kept = []
    for clip in copy.clips:
        test = clip.entry.part == "test"
        if not _in(clip, protocol.only) or not _in(clip, protocol.test if test else protocol.train):
            continue
        value = clip.fields.get(protocol.leave_out)
        # A bona fide presentation has no medium that could be left out, but may have a phone.
        if left_out is not None and value is not None and (value == left_out) != test:
            continue
        kept.append(clip.entry)
    return tuple(kept)


def _in(clip: FoundClip, wanted: Values) -> bool:
    """Tell whether a clip has the wanted values; fields that it does not have do not matter."""
    return all(clip.fields.get(name, values[0]) in values for name, values in wanted.items())


def _missing(dataset: Dataset, found: Sequence[FoundClip]) -> Iterator[str]:
    """Yield files that should be there beside those of the same subject that are."""
    if not dataset.complete:
        return
    names = [name for _, name, _, _ in string.Formatter().parse(dataset.complete) if name]
    free = [name for name in names if name not in {"subject", "part"}]
    present = {tuple(clip.fields[name] for name in names) for clip in found}
    people = sorted({(clip.fields["subject"], clip.fields.get("part", "")) for clip in found})
    for subject, part in people:
        for values in itertools.product(*(dataset.names[name] for name in free)):
            fields = {"subject": subject, "part": part, **dict(zip(free, values, strict=True))}
            if tuple(fields[name] for name in names) not in present:
                yield dataset.complete.format(**fields)
