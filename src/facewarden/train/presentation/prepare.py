"""From a list of clips to looks on the disk, cut as the watch cuts them."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from facewarden.errors import FacewardenError, InputError, StoreFull
from facewarden.measure.clip_list import ClipEntry, require_both
from facewarden.measure.presentation.shown_face import FaceFollower, ShownFace
from facewarden.train.atomic_file import FULL
from facewarden.train.presentation.prepared_clips import PreparedClips
from facewarden.train.presentation.storing import ClipStore

FACTOR = 2.0
"""Side of a look in longer sides of the face's box: edges of paper and bezels show."""
FIRST_FRAMES = 60
"""Of a clip that are looked at: what SiW's protocol 1 trains on (Liu et al. 2018, section 5.1)."""
FPS = 10.0
"""Looks a second, unless told: the densest that a watch gives, 0.1 s apart."""
LEAST_LOOKS = 5
"""Of a clip that is kept, unless told: what the largest network takes."""
CROWDED = 0.5
"""Share of its frames from which a clip with a second face is one of two people."""
LEAST_SEEN = 0.5
"""Share of the frames in which the face must be found."""
TYPICAL_FPS = 25
"""Frames a second that the estimate of disk use assumes."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What a preparation found; `left_out` has the clips that are not among them, and why."""

    prepared: PreparedClips
    left_out: tuple[tuple[ClipEntry, str], ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """Which looks of a clip are kept.

    Attributes:
        size_px: side of a look.
        least: looks that a clip must have to be kept.
        most: of a clip with more, those in its middle are kept; None keeps all.
        fps: looks a second. 10 of a clip of three frames is the first one alone, which is
            compressed by itself and sharper than those that follow.
    """

    size_px: int
    least: int = LEAST_LOOKS
    most: int | None = None
    fps: float = FPS

    def rows(self, found: int) -> range:
        """Return which of the looks found are kept.

        Of two the later: the first picture of a video is compressed by itself.
        """
        kept = min(found, self.most or found)
        first = (found - kept + 1) // 2
        return range(first, first + kept)


def needed_bytes(clips: int, kept: Kept) -> int:
    """Return how many bytes the looks of so many clips take at most, at 25 frames a second."""
    looks = len(kept.rows(round(FIRST_FRAMES / TYPICAL_FPS * min(kept.fps, TYPICAL_FPS))))
    size_px = kept.size_px
    return clips * looks * size_px * size_px * 3


def prepare(
    entries: Sequence[ClipEntry],
    folder: Path,
    follower: FaceFollower,
    *,
    kept: Kept,
    about: Mapping[str, Any],
    done: Callable[[int], None] = lambda _: None,
) -> Findings:
    """Cut the looks of clips; the same clips and models give the same bytes.

    A clip that cannot serve is left out and named, the others go on.

    Args:
        folder: new or empty.
        follower: finds the face, `kept.fps` times a second.
        kept: which looks are.
        about: what data.json is to say of models and settings.
        done: called with how many clips are done.

    Raises:
        InputError: the folder is in use, or there are or remain presentations of one kind only.
        StoreFull: the disk is full.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} is not empty", expected="a new folder for the prepared clips")
    require_both(entries, "the list")
    store = ClipStore(folder, kept.size_px)
    try:
        left_out = _add_all(entries, store, follower, kept, done)
        store.finish({"factor": FACTOR, **about}, left_out)
    except BaseException as error:
        store.close()
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, OSError) and error.errno in FULL:
            raise StoreFull(
                f"the disk is full: {folder} was not written",
                expected=f"{needed_bytes(len(entries), kept) / 1e9:.1f} GB",
            ) from None
        raise
    return Findings(PreparedClips.open(folder), left_out)


def _add_all(
    entries: Sequence[ClipEntry],
    store: ClipStore,
    follower: FaceFollower,
    kept: Kept,
    done: Callable[[int], None],
) -> tuple[tuple[ClipEntry, str], ...]:
    added: list[ClipEntry] = []
    left_out: list[tuple[ClipEntry, str]] = []
    for number, entry in enumerate(entries):
        try:
            shown = follower.follow(entry.path, most_frames=FIRST_FRAMES)
            why = _fault(shown, kept.least)
        except FacewardenError as error:
            why = str(error)
        if why:
            left_out.append((entry, why))
        else:
            rows = kept.rows(len(shown))
            looks = [shown.square(row, FACTOR, kept.size_px)[..., ::-1] for row in rows]
            store.add(entry, looks, shown.at_s[rows.start : rows.stop].tolist())
            added.append(entry)
        done(number + 1)
    require_both(added, f"what is left of {len(entries)} clips ({_commonest(left_out)})")
    return tuple(left_out)


def _fault(shown: ShownFace, least: int) -> str:
    """Return why a clip cannot serve; empty if it can."""
    if not len(shown):
        return "no face is found in it"
    if shown.crowded > CROWDED * shown.looked_at:
        return f"two people in {shown.crowded} of {shown.looked_at} frames"
    if len(shown) < least:
        return f"{len(shown)} looks at the face, where {least} are needed"
    if len(shown) < LEAST_SEEN * shown.looked_at:
        return f"the face is found in {len(shown)} of {shown.looked_at} frames only"
    return ""


def _commonest(left_out: Sequence[tuple[ClipEntry, str]]) -> str:
    if not left_out:
        return "none was left out"
    whys = [why for _, why in left_out]
    return f"{len(whys)} were left out, most often: {max(sorted(set(whys)), key=whys.count)}"
