"""Who is in view of a clip and when: the composer's truth, or a CSV file written by hand."""

import csv
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facewarden.compose.truth import Truth
from facewarden.data import Float32
from facewarden.errors import DataError, InputError

PAUSE_S = 2.0
"""Who is away for longer passes a second time. A track ends 1.5 s after its last face."""

REQUIRED = ("clip", "person", "from_s", "to_s")
BOX = ("x1", "y1", "x2", "y2")
_LIMIT_BYTES = 256 * 2**20
_FEW = 5


@dataclass(frozen=True, slots=True)
class ClipTruth:
    """The stretches of one clip in which a face is where it is, as m rows in order of time.

    Attributes:
        people: names.
        person: (m,) index into them.
        passage: (m,) numbers the passages of everybody, from 0.
        from_s, to_s: (m,) seconds of the clip, the end not included.
        boxes: (m, 4) x1 y1 x2 y2 px; NaN where not known.
        visible: (m,) share of the face that can be seen, in [0, 1].
    """

    people: tuple[str, ...]
    person: NDArray[np.int64]
    passage: NDArray[np.int64]
    from_s: NDArray[np.float64]
    to_s: NDArray[np.float64]
    boxes: Float32
    visible: Float32

    def at(self, time_s: float) -> NDArray[np.int64]:
        """Return the rows of who is in view at a moment."""
        return np.flatnonzero((self.from_s <= time_s) & (time_s < self.to_s))


def spoken(name: str) -> str:
    """Return a name as two files that name one person write it alike: Jane_Doe is Jane Doe."""
    return " ".join(name.replace("_", " ").split())


def read_truth(file: Path, clips: list[Path]) -> dict[Path, ClipTruth]:
    """Read the truth of some clips; a clip that the file does not name has nobody in view.

    Args:
        file: JSON as `compose` writes it, for a single clip; or CSV with the columns clip (file
            name, or path as given), person, from_s, to_s and perhaps x1, y1, x2, y2.

    Raises:
        InputError: it cannot be read, or does not hold what it must.
    """
    try:
        if file.stat().st_size > _LIMIT_BYTES:
            raise InputError(f"{file} is too large", expected=f"at most {_LIMIT_BYTES} bytes")
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file} cannot be read", found=type(error).__name__) from error
    if text.lstrip().startswith("{"):
        if len(clips) != 1:
            raise InputError(
                f"{file} is the truth of one clip",
                expected="one clip, or a CSV file",
                found=f"{len(clips)} clips",
                remedy="leave --truth out where CLIP.truth.json stands beside each clip",
            )
        return {clips[0]: _composed(file)}
    return _by_hand(file, text, clips)


def _composed(file: Path) -> ClipTruth:
    try:
        truth = Truth.read(file)
    except (ValueError, KeyError, TypeError, json.JSONDecodeError) as error:
        raise InputError(
            f"{file} is no truth of a composed clip",
            expected="what facewarden evaluate compose writes",
            found=str(error),
        ) from error
    fps = truth.recipe.fps
    from_s = truth.frame / fps
    return _ordered(
        truth.people, truth.person, from_s, from_s + 1 / fps, truth.boxes, truth.visible
    )


def _by_hand(file: Path, text: str, clips: list[Path]) -> dict[Path, ClipTruth]:
    reader = csv.DictReader(text.splitlines())
    columns = [name.strip() for name in reader.fieldnames or ()]
    missing = [name for name in REQUIRED if name not in columns]
    some_box = [name for name in BOX if name in columns]
    if missing or (some_box and len(some_box) < len(BOX)):
        raise InputError(
            f"{file} lacks columns",
            expected=", ".join(REQUIRED) + " and perhaps " + ", ".join(BOX),
            found=", ".join(columns[:20]) or "none",
        )
    names = {name: clip for clip in clips for name in (clip.name, str(clip))}
    rows: dict[Path, list[tuple[str, float, float, list[float]]]] = {clip: [] for clip in clips}
    wrong, unknown = [], set()
    for number, row in enumerate(reader, 2):
        try:
            parsed = _row({str(k).strip(): (v or "") for k, v in row.items()})
        except ValueError as error:
            wrong.append(f"line {number}: {error}")
            continue
        clip = names.get(parsed[0])
        if clip is None:
            unknown.add(parsed[0])
        else:
            rows[clip].append(parsed[1:])
    if wrong:
        raise InputError(f"{file}: {len(wrong)} lines are wrong", found="; ".join(wrong[:_FEW]))
    if unknown and not any(rows.values()):
        raise InputError(
            f"{file} names none of the clips",
            expected=", ".join(clip.name for clip in clips[:_FEW]),
            found=", ".join(sorted(unknown)[:_FEW]),
        )
    return {clip: _columns(own) for clip, own in rows.items()}


def _row(row: dict[str, Any]) -> tuple[str, str, float, float, list[float]]:
    person = spoken(row["person"])
    from_s, to_s = float(row["from_s"]), float(row["to_s"])
    if not person:
        raise ValueError("no person")
    if not (math.isfinite(from_s) and math.isfinite(to_s) and 0 <= from_s < to_s):
        raise ValueError(f"from_s {row['from_s']} and to_s {row['to_s']} are no stretch of time")
    given = [row.get(side, "").strip() for side in BOX]
    if not any(given):
        return row["clip"].strip(), person, from_s, to_s, [math.nan] * 4
    box = [float(side) for side in given]
    if not (all(map(math.isfinite, box)) and box[0] < box[2] and box[1] < box[3]):
        raise ValueError(f"the box {' '.join(given)} is empty")
    return row["clip"].strip(), person, from_s, to_s, box


def _columns(rows: list[tuple[str, float, float, list[float]]]) -> ClipTruth:
    people = tuple(sorted({person for person, *_ in rows}))
    return _ordered(
        people,
        np.array([people.index(person) for person, *_ in rows], np.int64),
        np.array([row[1] for row in rows], np.float64),
        np.array([row[2] for row in rows], np.float64),
        np.array([row[3] for row in rows], np.float32).reshape(-1, 4),
        np.ones(len(rows), np.float32),
    )


def _ordered(
    people: tuple[str, ...],
    person: NDArray[np.int64],
    from_s: NDArray[np.float64],
    to_s: NDArray[np.float64],
    boxes: Float32,
    visible: Float32,
) -> ClipTruth:
    order = np.lexsort((person, from_s))
    rows = (person[order], from_s[order], to_s[order])
    passage = np.fromiter(_passages(*rows), np.int64, len(order))
    names = tuple(spoken(name) for name in people)
    return ClipTruth(names, rows[0], passage, *rows[1:], boxes[order], visible[order])


def _passages(
    person: NDArray[np.int64], from_s: NDArray[np.float64], to_s: NDArray[np.float64]
) -> Iterator[int]:
    """Yield a number for each row: the same as long as the person is away for a moment only."""
    latest: dict[int, tuple[int, float]] = {}
    count = 0
    for whose, start, end in zip(person.tolist(), from_s.tolist(), to_s.tolist(), strict=True):
        number, until = latest.get(whose, (-1, -math.inf))
        if start - until > PAUSE_S:
            number, count = count, count + 1
        latest[whose] = (number, max(until, end))
        yield number


def require_clips(clips: list[Path]) -> None:
    """Check that every clip is a file.

    Raises:
        InputError: one is not; all are named.
        DataError: none is given.
    """
    if not clips:
        raise DataError("no clip is given")
    gone = [str(clip) for clip in clips if not clip.is_file()]
    if gone:
        raise InputError(f"{len(gone)} clips are not there", found=", ".join(gone[:_FEW]))
