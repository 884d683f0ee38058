"""Where a model of several looks looked, look by look."""

from collections.abc import Iterator, Sequence

import numpy as np

from facewarden.alert.attention_strip import SeenLook, coloured
from facewarden.assess.presentation import PresentationModel
from facewarden.data import Image


def attention_frames(model: PresentationModel, looks: Sequence[SeenLook]) -> Iterator[Image]:
    """Yield a picture for every look, under the attention of the clip that ends with it.

    Those before the first whole clip are shown as the first clip's.

    Args:
        looks: of one track in order of time, at least as many as the model sees.

    Returns:
        (S, S, 3) uint8 BGR each; nobody else can be recognised in them.
    """
    for end in range(model.looks, len(looks) + 1):
        clip = looks[end - model.looks : end]
        judged = model.judge(np.stack([look.picture for look in clip])[None])
        shown = coloured(clip, judged.attention[0])
        yield from shown if end == model.looks else shown[-1:]
