"""Clips of a list, scored by everything at once: each is read and forgotten before the next."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facewarden.errors import InputError, SourceFailed
from facewarden.evaluate.problems import LISTED
from facewarden.measure.clip_list import ClipEntry
from facewarden.measure.presentation.scorer import FittedScorer, Scorer
from facewarden.measure.presentation.shown_face import FaceFollower, ShownFace

FEW_LOOKS = 5
"""Frames with the face below which a clip is named: the watch's clip model takes as many."""


@dataclass(frozen=True, slots=True)
class Scored:
    """n clips and what each scorer says of them.

    Attributes:
        scores: by name, (n,) float64, NaN where there is no answer.
        descriptions: by name of a fitted scorer, (n, d) float32, NaN where there is none.
        problems: kind, path and details of what was not as it should be; such clips stay.
        looks: (n,) frames in which the face was found.
    """

    scores: dict[str, NDArray[np.float64]]
    descriptions: dict[str, NDArray[np.float32]]
    problems: tuple[tuple[str, str, str], ...]
    looks: NDArray[np.int64]


def score_clips(
    entries: Sequence[ClipEntry],
    follower: FaceFollower,
    scorers: Sequence[Scorer],
    fitted: Sequence[FittedScorer] = (),
    *,
    train_frames: int | None = None,
    done: Callable[[int], None] = lambda _: None,
) -> Scored:
    """Score every clip; one that cannot be read or shows no face has no answer, and is named.

    Args:
        train_frames: frames that are looked at of clips of the part `train`; None for all.
        done: called with how many clips are done.

    Raises:
        InputError: not one clip shows a face.
    """
    scores: dict[str, list[float]] = {one.name: [] for one in scorers}
    kept: dict[str, list[NDArray[np.float32]]] = {one.name: [] for one in fitted}
    problems: list[tuple[str, str, str]] = []
    looks: list[int] = []
    for number, entry in enumerate(entries, 1):
        most = train_frames if entry.part == "train" else None
        shown: ShownFace | None = None
        try:
            shown = follower.follow(entry.path, most_frames=most)
        except SourceFailed as error:
            problems.append(("clip that cannot be read", str(entry.path), str(error)))
        else:
            problems += _problems(entry, shown)
        face = shown is not None and len(shown) > 0
        looks.append(len(shown) if shown is not None else 0)
        for scorer in scorers:
            scores[scorer.name].append(scorer.score(shown) if shown and face else float("nan"))
        for one in fitted:
            kept[one.name].append(
                one.describe(shown) if shown and face else np.full(1, np.nan, np.float32)
            )
        done(number)
    if not any(looks):
        raise InputError("no clip shows a face", found=named_clips(problems), expected="clips")
    return Scored(
        {name: np.array(values, np.float64) for name, values in scores.items()},
        {name: _stacked(rows) for name, rows in kept.items()},
        tuple(problems),
        np.array(looks, np.int64),
    )


def named_clips(problems: Sequence[tuple[str, str, str]]) -> str:
    """Return the clips that were not as they should be in one line: the first 20, each with why.

    Args:
        problems: kind, path and details of each.
    """
    told = [f"{path}: {kind}{f' ({why})' if why else ''}" for kind, path, why in problems[:LISTED]]
    more = len(problems) - len(told)
    return "; ".join([*told, f"and {more:,} more"] if more else told)


def _problems(entry: ClipEntry, shown: ShownFace) -> list[tuple[str, str, str]]:
    path, of = str(entry.path), f"of {shown.looked_at} frames"
    if not len(shown):
        return [("face never found", path, f"in none {of}")]
    found = []
    if len(shown) < FEW_LOOKS:
        found.append((f"fewer than {FEW_LOOKS} looks", path, f"the face in {len(shown)} {of}"))
    if shown.crowded:
        found.append(
            (
                "two people where one is expected",
                path,
                f"a second face in {shown.crowded} {of}; the larger was followed",
            )
        )
    return found


def _stacked(rows: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    width = max(len(row) for row in rows)
    empty = np.full(width, np.nan, np.float32)
    return np.stack([row if len(row) == width else empty for row in rows])
