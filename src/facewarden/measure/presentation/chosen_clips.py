"""Which clips an evaluation takes: a list, a protocol of a data set, or one against another."""

from dataclasses import dataclass, replace
from pathlib import Path

from facewarden.errors import InputError
from facewarden.measure.clip_list import ClipEntry, read_clip_list, require_both
from facewarden.measure.presentation.dataset import (
    Copy,
    Dataset,
    protocol_of,
    read_copy,
    read_dataset,
    runs_of,
)

LISTED = 5
"""Missing files in the warning."""


@dataclass(frozen=True, slots=True)
class ChosenClips:
    """Clips with their parts.

    Attributes:
        title: the list or protocol in words.
        data: what the report says of them, by name.
        train_frames: of each training clip that may be used; None for all.
        warnings: what was not as it should be.
        siw_protocol: of SiW, by which papers compare; empty where it is another set.
    """

    title: str
    entries: tuple[ClipEntry, ...]
    data: tuple[tuple[str, str], ...]
    train_frames: int | None = None
    warnings: tuple[str, ...] = ()
    siw_protocol: str = ""


def from_list(file: Path, *, learn_from: Path | None = None) -> ChosenClips:
    """Take a list of clips.

    Raises:
        InputError: what `read_clip_list` refuses, or presentations of one kind only.
    """
    entries = read_clip_list(file)
    require_both(entries, str(file))
    chosen = ChosenClips(file.stem, entries, (("list", f"{len(entries):,} clips of {file}"),))
    return chosen if learn_from is None else _against(chosen, learn_from)


def from_dataset(
    name: str, root: Path, protocol: str | None, *, run: int = 1, learn_from: Path | None = None
) -> ChosenClips:
    """Take one run of a protocol, or with `learn_from` the test of it.

    Args:
        run: counted from 1.

    Raises:
        InputError: no such data set, protocol or run, or a copy without its clips.
    """
    dataset = read_dataset(name)
    told = protocol_of(dataset, protocol or dataset.protocols[0].name)
    copy = read_copy(dataset, root)
    runs = runs_of(dataset, copy, told)
    if run > len(runs):
        raise InputError(
            f"protocol {told.name} has no run {run}",
            expected="; ".join(f"{number}: {one.name}" for number, one in enumerate(runs, 1))
            or f"clips that say their {told.leave_out}, each value of which makes a run",
            found=str(run) if runs else f"none in {root}",
        )
    chosen = ChosenClips(
        f"{dataset.title}, protocol {runs[run - 1].name}",
        runs[run - 1].entries,
        (
            ("data set", f"{dataset.title}, {len(copy.clips):,} clips in {root}"),
            ("protocol", f"{told.name}: {told.title}; run {run} of {len(runs)}"),
            ("described by", dataset.source),
        ),
        told.train_frames,
        _warnings(dataset, copy),
        told.name if name == "siw" and learn_from is None else "",
    )
    return chosen if learn_from is None else _against(chosen, learn_from)


def _against(chosen: ChosenClips, learn_from: Path) -> ChosenClips:
    """Judge the test of one set with what the training and development people of another teach."""
    others = read_clip_list(learn_from)
    known = tuple(entry for entry in others if entry.part in {"train", "development"})
    if not known:
        raise InputError(
            f"{learn_from} has nobody to learn from",
            expected="clips of the parts train or development",
        )
    judged = tuple(
        replace(entry, part="test") for entry in chosen.entries if entry.part in {"", "test"}
    )
    # A subject 3 of one data set is not the subject 3 of another.
    apart = tuple(replace(entry, subject=f"{learn_from.stem}: {entry.subject}") for entry in known)
    return replace(
        chosen,
        title=f"{chosen.title}, learnt from {learn_from.stem}",
        entries=(*apart, *judged),
        data=(*chosen.data, ("learnt from", f"{len(apart):,} clips of {learn_from}")),
    )


def _warnings(dataset: Dataset, copy: Copy) -> tuple[str, ...]:
    found = []
    if copy.missing:
        names = ", ".join(copy.missing[:LISTED]) + (", ..." if len(copy.missing) > LISTED else "")
        found.append(
            f"{len(copy.missing):,} videos of {dataset.title} are missing ({names}): figures of "
            "this copy are not those of the protocol"
        )
    if copy.unknown:
        found.append(
            f"{len(copy.unknown):,} videos have no published name and are left out, such as "
            f"{copy.unknown[0]}"
        )
    return tuple(found)
