"""What a preparation found, in words, tables and contact sheets."""

from collections import Counter
from shlex import quote
from typing import Any

import numpy as np

from facewarden.evaluate.report import Cell, Picture, Table
from facewarden.train.data.label_noise import Alike
from facewarden.train.data.prepare import DOUBTFUL, Doubts, Findings
from facewarden.train.data.sheet import Cell as Shown
from facewarden.train.data.sheet import sheet
from facewarden.train.data.sources import Sources, few
from facewarden.train.data.splits import PARTS

MOST = 24
"""Of a kind on a contact sheet; the CSV files name all."""
OF_CLASS = 3
"""Pictures that stand for a person."""
SIDE_PX = 96


def tables(found: Findings) -> tuple[Table, ...]:
    """Return what was kept and left out, the splits, the balance, and what is doubtful."""
    reasons = Counter(_kind(one.why) for one in found.left_out)
    kept: list[tuple[Cell, ...]] = [("prepared faces", len(found.prepared))]
    kept += [(f"left out: {why}", count) for why, count in reasons.most_common()]
    made = [
        Table("Photographs", ("", "photographs"), tuple(kept), note="left_out.csv names each."),
        _splits(found),
        found.balance.table(),
    ]
    doubtful = (("near-duplicate pairs", len(found.near)),
                ("pictures unlike their class", len(found.unlike)),
                ("pairs of classes that are alike", len(found.alike)))  # fmt: skip
    made.append(
        Table(
            "Doubtful",
            ("", "found"),
            doubtful,
            note="doubtful.csv names the last two; take out the lines that are in order and give "
            "the file to --exclude.",
        )
    )
    return tuple(made)


def warnings(found: Findings, sources: Sources) -> tuple[str, ...]:
    """Return what the user must know before training, one sentence each."""
    told = []
    if sources.unlabelled:
        told.append(
            f"{len(sources.unlabelled):,} photographs are not named by the labels and were left "
            f"out ({few(sources.unlabelled)})"
        )
    if sources.empty:
        told.append(
            f"{len(sources.empty):,} folders of people hold no photograph ({few(sources.empty)})"
        )
    if found.balance.alone:
        told.append(
            f"{found.balance.alone:,} of {len(found.balance.counts):,} people have one picture: "
            "they make no genuine pair, and where images are split they are in train only"
        )
    if found.copies.of_two:
        told.append(
            f"{len(found.copies.of_two):,} files stand under several people and were left out"
        )
    if found.alike:
        pair = found.alike[0]
        names = found.prepared.subjects
        told.append(
            f"{len(found.alike):,} pairs of people look like one person under two names, first of "
            f"all {names[pair.left]} and {names[pair.right]} (similarity {pair.similarity:.2f}); "
            "where people are split they are in one part; "
            f"--same {quote(f'{names[pair.left]}={names[pair.right]}')} makes them one, "
            f"--exclude {DOUBTFUL} leaves out both"
        )
    return tuple(told)


def pictures(found: Findings, doubts: Doubts | None) -> tuple[Picture, ...]:
    """Return the contact sheets of what is doubtful; none where nothing is."""
    if doubts is None:
        return ()
    images = found.prepared.images
    near = [
        Shown((images[left], images[right]), (f"{value:.3f}", _name(found, left)))
        for left, right, value in found.near[:MOST]
    ]
    unlike = [
        Shown(
            (
                images[one.row],
                *(images[row] for row in _of(found, _label(found, one.row), one.row)),
            ),
            (
                f"{one.own:.3f}: {_name(found, one.row)}",
                found.prepared.sources[one.row].rsplit("/", 1)[-1],
                f"nearest: {_subject(found, one.other)} {one.other_similarity:.3f}",
            ),
        )
        for one in found.unlike[:MOST]
    ]
    alike = [Shown(_both(found, pair), _lines(found, pair)) for pair in found.alike[:MOST]]
    sheets = (
        ("Nearly the same picture", near, f"Similarity of at least {doubts.near_copy:g}.", 4),
        (
            "Pictures unlike their class",
            unlike,
            f"The doubtful picture, then others of its class; similarity to them below "
            f"{doubts.unlike:.3f}.",
            3,
        ),
        (
            "Classes that are alike",
            alike,
            f"Pictures of both people, whose means are alike by {doubts.alike:.3f} or more.",
            2,
        ),
    )
    return tuple(
        Picture(title, sheet(cells, columns=columns, side_px=SIDE_PX), caption)
        for title, cells, caption, columns in sheets
        if cells
    )


def figures(found: Findings) -> dict[str, Any]:
    """Return the findings for machines."""
    names, sources = found.prepared.subjects, found.prepared.sources
    return {
        "faces": len(found.prepared),
        "subjects": len(names),
        "fingerprint": found.prepared.fingerprint,
        "left_out": dict(Counter(_kind(one.why) for one in found.left_out)),
        "pictures_of_person": {name: int(count) for name, count in
                               zip(names, found.balance.counts, strict=True)},
        "near_duplicates": [[sources[a], sources[b], value] for a, b, value in found.near],
        "unlike": [
            {"source": sources[one.row], "similarity": one.own,
             "nearest": _subject(found, one.other), "to_nearest": one.other_similarity}
            for one in found.unlike
        ],
        "alike": [[names[p.left], names[p.right], p.similarity] for p in found.alike],
        "splits": {
            name: {part: int((rows == place).sum()) for place, part in enumerate(PARTS)}
            for name, rows in found.splits.items()
        },
    }  # fmt: skip


def _kind(why: str) -> str:
    """Return a reason without what is particular to one file."""
    for start in ("a copy of", "quality", "the same file stands under several people"):
        if why.startswith(start):
            return {"a copy of": "a copy", "quality": "quality too low"}.get(start, start)
    return why.split(":", 1)[0]


def _splits(found: Findings) -> Table:
    labels = found.prepared.labels
    rows: list[tuple[Cell, ...]] = []
    for name, parts in found.splits.items():
        cells: list[Cell] = [name]
        for place in range(len(PARTS)):
            inside = parts == place
            people = len(np.unique(labels[inside]))
            cells.append(f"{int(inside.sum()):,} of {people:,} people")
        rows.append(tuple(cells))
    return Table("Splits", ("split", *PARTS), tuple(rows))


def _label(found: Findings, row: int) -> int:
    return int(found.prepared.labels[row])


def _name(found: Findings, row: int) -> str:
    return found.prepared.subjects[_label(found, row)]


def _subject(found: Findings, label: int) -> str:
    return found.prepared.subjects[label] if label >= 0 else "nobody"


def _of(found: Findings, label: int, but: int = -1) -> list[int]:
    rows = np.flatnonzero(found.prepared.labels == label).tolist()
    return [row for row in rows if row != but][:OF_CLASS]


def _both(found: Findings, pair: Alike) -> tuple[Any, ...]:
    rows = [*_of(found, pair.left), *_of(found, pair.right)]
    return tuple(found.prepared.images[row] for row in rows)


def _lines(found: Findings, pair: Alike) -> tuple[str, ...]:
    left, right = found.prepared.subjects[pair.left], found.prepared.subjects[pair.right]
    shown = len(_of(found, pair.left))
    return (f"{pair.similarity:.3f}: {left} ({shown} shown)", f"then {right}")
