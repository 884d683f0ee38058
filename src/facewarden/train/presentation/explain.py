"""What a run's network looked at in one clip: a strip of looks, or a video."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from facewarden.alert.attention_strip import SeenLook, attention_strip, coloured
from facewarden.compose.h264 import write as write_h264
from facewarden.data import Float32, Image
from facewarden.errors import InputError
from facewarden.geometry.registration import registered
from facewarden.measure.presentation.looks import ANALYSED_APART_S, spaced_rows
from facewarden.measure.presentation.shown_face import FaceFollower
from facewarden.train.presentation.clip_run import ClipRun
from facewarden.train.presentation.grad_cam import grad_cam

VIDEO_FPS = 10


@dataclass(frozen=True, slots=True)
class Explained:
    """Sets of looks of one clip.

    Attributes:
        live: (w,) of each set.
        looks: of each set its T looks, (S, S, 3) uint8 BGR.
        attention: (w, T', h, w).
    """

    live: Float32
    looks: tuple[tuple[Image, ...], ...]
    attention: Float32

    def strip(self) -> bytes:
        """Return the set with the middle score as a JPEG."""
        middle = int(np.argsort(self.live)[len(self.live) // 2])
        seen = [SeenLook(look, (0, 0, *look.shape[1::-1])) for look in self.looks[middle]]
        return attention_strip(seen, self.attention[middle]).jpeg

    def video(self, to: Path) -> None:
        """Write the looks as H.264, each under the attention of the set that it is the last of.

        Raises:
            InputError: this build of FFmpeg has no H.264 encoder.
        """
        first = [SeenLook(look, (0, 0, *look.shape[1::-1])) for look in self.looks[0]]
        frames = coloured(first, self.attention[0])
        for looks, attention in zip(self.looks[1:], self.attention[1:], strict=True):
            seen = [SeenLook(look, (0, 0, *look.shape[1::-1])) for look in looks]
            frames.append(coloured(seen, attention)[-1])
        side = frames[0].shape[0] // 2 * 2
        cut = (np.ascontiguousarray(frame[:side, :side]) for frame in frames)
        write_h264(cut, to, size=(side, side), fps=VIDEO_FPS, quality=18)


def explain(run: ClipRun, clip: Path, follower: FaceFollower, *, factor: float) -> Explained:
    """Return what a run's network says of a video or folder of pictures, and where it looked.

    Looks are taken `ANALYSED_APART_S` apart; every set of T of them in a row is judged.

    Args:
        factor: side of a look in longer sides of the face's box.

    Raises:
        SourceFailed: the clip cannot be read.
        InputError: fewer than T looks at a face, or the run has not ended.
    """
    net, score = run.network(), run.score()
    shown = follower.follow(clip)
    rows = spaced_rows(shown.at_s, ANALYSED_APART_S)
    if len(rows) < net.looks:
        raise InputError(
            f"{clip.name} shows too little of a face",
            expected=f"{net.looks} looks, {ANALYSED_APART_S:g} s apart",
            found=f"{len(rows)}" if len(shown) else "no face",
        )
    pictures = [shown.square(row, factor, net.input_size) for row in rows]
    sets = [tuple(pictures[at : at + net.looks]) for at in range(len(rows) - net.looks + 1)]
    live, attention = [], []
    for looks in sets:
        seen = np.stack(looks)
        if run.recipe.network.registered:
            seen = registered(seen)
        rgb = seen[None, ..., ::-1].transpose(0, 1, 4, 2, 3)
        found = grad_cam(net, score, torch.from_numpy(np.ascontiguousarray(rgb)).float())
        live.append(found[0])
        attention.append(found[1])
    return Explained(torch.cat(live).numpy(), tuple(sets), torch.cat(attention).numpy())
