"""From photographs to prepared faces: what is kept, what is doubtful, what is written."""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from facewarden.data import Float32, Int64
from facewarden.errors import InputError
from facewarden.measure.pairs import Pairs
from facewarden.train.data.balance import Balance
from facewarden.train.data.cropper import Cropper
from facewarden.train.data.duplicates import Copies, copies, groups, near_pairs
from facewarden.train.data.journal import Journal, fingerprint_of
from facewarden.train.data.label_noise import Alike, Unlike, alike_classes, unlike_their_class
from facewarden.train.data.looking import look_at_all
from facewarden.train.data.prepared import Prepared
from facewarden.train.data.sources import Labelled, Sources
from facewarden.train.data.splits import Plan, draw, of_folds
from facewarden.train.data.storing import (
    LeftOut,
    store_about,
    store_faces,
    store_left_out,
    store_splits,
)
from facewarden.train.prepared_folder import ABOUT

DOUBTFUL = "doubtful.csv"


@dataclass(frozen=True, slots=True)
class Doubts:
    """From which similarity on templates speak against what labels say.

    Attributes:
        near_copy: two pictures of one person at least so alike are nearly the same picture.
        unlike: a picture less alike than this to the others of its person is doubtful.
        alike: two people whose mean templates are at least so alike may be one.
    """

    near_copy: float
    unlike: float
    alike: float


@dataclass(frozen=True, slots=True)
class Wishes:
    """What to keep and how to split it.

    Attributes:
        min_quality: faces below it are left out, in [0, 1].
        least: people with fewer pictures than this are left out.
        excluded: paths of photographs to leave out.
        plans: the splits to draw.
        pairs: a list whose folds make splits; None for none.
        doubts: None where the embedder is not calibrated: then nothing is compared by templates.
    """

    min_quality: float
    least: int
    excluded: frozenset[str]
    plans: tuple[Plan, ...]
    pairs: Pairs | None
    doubts: Doubts | None


@dataclass(frozen=True, slots=True)
class Findings:
    """What a preparation found; rows are those of `prepared`.

    Attributes:
        near: pairs of rows of one person that are nearly the same picture, with their similarity.
    """

    prepared: Prepared
    left_out: tuple[LeftOut, ...]
    copies: Copies
    balance: Balance
    near: tuple[tuple[int, int, float], ...]
    unlike: tuple[Unlike, ...]
    alike: tuple[Alike, ...]
    splits: Mapping[str, Int64]


def prepare(
    sources: Sources,
    folder: Path,
    cropper: Cropper,
    wishes: Wishes,
    about: Mapping[str, Any],
    *,
    done: Callable[[int], None] = lambda _: None,
) -> Findings:
    """Prepare photographs, on from where an earlier call was stopped.

    Args:
        folder: made if it is new; only its owner may read it.
        about: what data.json is to say of models and settings.
        done: called with how many photographs are done.

    Raises:
        InputError: the folder is finished already or holds another preparation, or too little is
            left of the photographs.
    """
    if (folder / ABOUT).exists():
        raise InputError(
            f"{folder} holds prepared faces already",
            remedy="choose another folder, or remove this one",
        )
    files = [sources.root / one.source for one in sources.photographs]
    journal = Journal(
        folder,
        {
            "photographs": fingerprint_of(files),
            "models": [about["detector"], about["embedder"]],
            "size_px": cropper.size_px,
        },
        size_px=cropper.size_px,
        dimension=cropper.dimension,
    )
    look_at_all(sources, cropper, journal, done=done)
    return _finish(sources, folder, journal, wishes, about)


def _finish(
    sources: Sources, folder: Path, journal: Journal, wishes: Wishes, about: Mapping[str, Any]
) -> Findings:
    photographs, entries = sources.photographs, journal.entries
    same = copies([one.digest for one in entries], [one.subject for one in photographs])
    why = _reasons(photographs, journal, same, wishes)
    kept = [place for place, reason in enumerate(why) if not reason]
    crop_of = np.cumsum([not entry.fault for entry in entries]) - 1
    people = {photographs[place].subject for place in kept}
    left_out = tuple(LeftOut(one, reason) for one, reason in zip(photographs, why, strict=True)
                     if reason)  # fmt: skip
    if len(people) < 2:
        raise InputError(
            f"too little is left of the photographs in {sources.root}",
            expected="faces of at least 2 people",
            found=f"{len(kept):,} faces of {len(people)}; {_commonest(left_out)}",
            remedy=f"look at the settings, then remove {folder}",
        )
    rows = crop_of[kept].astype(np.int64)
    store_faces(
        folder,
        journal.crops(),
        rows,
        [photographs[place] for place in kept],
        [entries[place] for place in kept],
    )
    store_left_out(folder, left_out)
    names = sorted(people)
    number = {name: place for place, name in enumerate(names)}
    labels = np.array([number[photographs[place].subject] for place in kept], np.int64)
    near, unlike, alike = _doubtful(journal.templates()[rows], labels, wishes.doubts)
    bound = groups(len(labels), [pair[:2] for pair in near])
    one_person = groups(len(names), [(pair.left, pair.right) for pair in alike])
    splits = {plan.name: draw(plan, labels, bound, one_person) for plan in wishes.plans}
    if wishes.pairs is not None:
        splits |= of_folds(
            wishes.pairs, [photographs[place].source for place in kept], sources.root, labels
        )
    store_splits(folder, splits)
    _store_doubtful(folder, [photographs[place] for place in kept], names, labels, unlike, alike)
    store_about(folder, {**about, "photographs": len(photographs), "faces": len(kept),
                         "subjects": len(names), "splits": sorted(splits)})  # fmt: skip
    journal.remove()
    return Findings(
        Prepared.open(folder),
        left_out,
        same,
        Balance(np.bincount(labels).astype(np.int64)),
        tuple(near),
        tuple(unlike),
        tuple(alike),
        splits,
    )


def _reasons(
    photographs: Sequence[Labelled], journal: Journal, same: Copies, wishes: Wishes
) -> list[str]:
    """Return why each photograph is left out, "" for those that are kept."""
    why = [entry.fault for entry in journal.entries]

    def leave(place: int, reason: str) -> None:
        why[place] = why[place] or reason

    for place, one in enumerate(photographs):
        if one.source in wishes.excluded:
            leave(place, "excluded by hand")
    for places in same.of_two:
        people = ", ".join(sorted({photographs[place].subject for place in places}))
        for place in places:
            leave(place, f"the same file stands under several people: {people}")
    for place, first in same.of_one:
        leave(place, f"a copy of {photographs[first].source}")
    for place, entry in enumerate(journal.entries):
        if entry.quality < wishes.min_quality:
            leave(place, f"quality {entry.quality:.2f} is below {wishes.min_quality:g}")
    counts: dict[str, int] = {}
    for one, reason in zip(photographs, why, strict=True):
        counts[one.subject] = counts.get(one.subject, 0) + (not reason)
    for place, one in enumerate(photographs):
        if counts[one.subject] < wishes.least:
            leave(place, f"of a person with fewer than {wishes.least} faces")
    return why


def _doubtful(
    vectors: Float32, labels: Int64, doubts: Doubts | None
) -> tuple[list[tuple[int, int, float]], list[Unlike], list[Alike]]:
    if doubts is None:
        return [], [], []
    return (
        near_pairs(vectors, labels, doubts.near_copy),
        unlike_their_class(vectors, labels, doubts.unlike),
        alike_classes(vectors, labels, doubts.alike),
    )


def _store_doubtful(
    folder: Path,
    photographs: Sequence[Labelled],
    names: Sequence[str],
    labels: Int64,
    unlike: Sequence[Unlike],
    alike: Sequence[Alike],
) -> None:
    """Write what a person should look at; `--exclude` reads the file back."""
    written = (folder / DOUBTFUL).open("w", encoding="utf-8", errors="surrogateescape", newline="")
    with written as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("source", "subject", "why", "similarity", "other"))
        for one in unlike:
            who = photographs[one.row]
            other = names[one.other] if one.other >= 0 else ""
            writer.writerow((who.source, who.subject, "unlike", f"{one.own:.4f}", other))
        for pair in alike:
            for mine, theirs in ((pair.left, pair.right), (pair.right, pair.left)):
                for row in np.flatnonzero(labels == mine).tolist():
                    cells = (photographs[row].source, names[mine], "alike",
                             f"{pair.similarity:.4f}", names[theirs])  # fmt: skip
                    writer.writerow(cells)


def _commonest(left_out: Sequence[LeftOut]) -> str:
    reasons: dict[str, int] = {}
    for one in left_out:
        reasons[one.why] = reasons.get(one.why, 0) + 1
    if not reasons:
        return "nothing was left out"
    reason, count = max(reasons.items(), key=lambda item: item[1])
    return f"{count:,} left out, most often: {reason}"
