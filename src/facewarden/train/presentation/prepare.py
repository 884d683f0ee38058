"""From a list of clips to looks on the disk, cut as the watch cuts them."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from facewarden.errors import InputError, StoreFull
from facewarden.measure.clip_list import ClipEntry, require_both
from facewarden.measure.presentation.shown_face import FaceFollower
from facewarden.train.atomic_file import FULL
from facewarden.train.presentation.cutting import FACTOR, FIRST_FRAMES, Kept, cut_all
from facewarden.train.presentation.prepared_clips import PreparedClips
from facewarden.train.presentation.storing import ClipStore

TYPICAL_FPS = 25
"""Frames a second that the estimate of disk use assumes."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What a preparation found; `left_out` has the clips that are not among them, and why."""

    prepared: PreparedClips
    left_out: tuple[tuple[ClipEntry, str], ...]


def needed_bytes(clips: int, kept: Kept) -> int:
    """Return how many bytes the looks of so many clips take at most, at 25 frames a second."""
    looks = len(kept.rows(round(FIRST_FRAMES / TYPICAL_FPS * min(kept.fps, TYPICAL_FPS))))
    size_px = kept.size_px
    return clips * looks * size_px * size_px * 3


def prepare(
    entries: Sequence[ClipEntry],
    folder: Path,
    follower: Callable[[], FaceFollower],
    *,
    kept: Kept,
    about: Mapping[str, Any],
    jobs: int = 1,
    done: Callable[[int], None] = lambda _: None,
) -> Findings:
    """Cut the looks of clips; the same clips and models give the same bytes.

    A clip that cannot serve is left out and named, the others go on.

    Args:
        folder: new or empty.
        follower: makes what finds the face, `kept.fps` times a second; called in each process.
        kept: which looks are.
        about: what data.json is to say of models and settings.
        jobs: processes side by side.
        done: called with how many clips are done.

    Raises:
        InputError: the folder is in use, or there are or remain presentations of one kind only.
        StoreFull: the disk is full.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} is not empty", expected="a new folder for the prepared clips")
    require_both(entries, "the list")
    store = ClipStore(folder, kept.size_px)
    added: list[ClipEntry] = []
    left_out: list[tuple[ClipEntry, str]] = []
    try:
        for entry, cut in zip(entries, cut_all(entries, follower, kept, jobs), strict=True):
            if cut.why:
                left_out.append((entry, cut.why))
            else:
                store.add(entry, cut.looks, cut.at_s)
                added.append(entry)
            done(len(added) + len(left_out))
        require_both(added, f"what is left of {len(entries)} clips ({_commonest(left_out)})")
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
    return Findings(PreparedClips.open(folder), tuple(left_out))


def _commonest(left_out: Sequence[tuple[ClipEntry, str]]) -> str:
    if not left_out:
        return "none was left out"
    whys = [why for _, why in left_out]
    return f"{len(whys)} were left out, most often: {max(sorted(set(whys)), key=whys.count)}"
