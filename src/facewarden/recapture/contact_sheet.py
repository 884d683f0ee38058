"""Frames of simulated clips side by side, a row for each kind, as one picture to look at."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from facewarden.capture.picture import PictureConverter
from facewarden.data import Image
from facewarden.recapture.genuine import video_frames
from facewarden.recapture.simulating import Task
from facewarden.recapture.species import Species

_SIDE_PX = 240
_COLUMNS = 6
_LABEL_PX = 18


def contact_sheet(tasks: Sequence[Task], folder: Path, columns: int = _COLUMNS) -> bytes:
    """Return a PNG: a row for each kind of presentation, clips of different people beside it.

    Each cell shows the middle frame of a clip, whole; below it the subject and the instrument.
    """
    rows = []
    for species in Species:
        of_kind = [task for task in tasks if task.parameters.species is species]
        if of_kind:
            step = max(1, len(of_kind) // columns)
            cells = [_cell(task, folder) for task in of_kind[::step][:columns]]
            empty = np.full_like(cells[0], 255)
            rows.append(np.hstack(cells + [empty] * (columns - len(cells))))
    _, png = cv2.imencode(".png", np.vstack(rows))
    return bytes(png)


def _cell(task: Task, folder: Path) -> Image:
    picture = _middle(folder / f"{task.name}.mp4", task.parameters.frames)
    height, width = picture.shape[:2]
    share = _SIDE_PX / max(height, width)
    small = cv2.resize(picture, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    cell = np.full((_SIDE_PX + _LABEL_PX, _SIDE_PX, 3), 255, np.uint8)
    cell[: small.shape[0], : small.shape[1]] = small
    chosen = task.parameters
    words = f"{chosen.species} {chosen.instrument} {task.name.rpartition('/')[0][-12:]}"
    where = (2, _SIDE_PX + _LABEL_PX - 5)
    cv2.putText(cell, words, where, cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 0, 0), 1, cv2.LINE_AA)
    return np.asarray(cell, np.uint8)


def _middle(clip: Path, frames: int) -> Image:
    picture = PictureConverter()
    for number, (_, _, frame) in enumerate(video_frames(clip)):
        if number >= frames // 2:
            return picture.bgr(frame).copy()
    return np.full((_SIDE_PX, _SIDE_PX, 3), 128, np.uint8)
