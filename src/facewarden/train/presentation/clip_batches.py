"""Clips as tensors: as training draws and changes them, and as they are judged."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from facewarden.data import Int64
from facewarden.errors import ConfigError
from facewarden.geometry.registration import registered
from facewarden.measure.presentation.looks import ANALYSED_APART_S, WINDOWS, sets_of_looks
from facewarden.train.augment.catalogue import Chance, build
from facewarden.train.presentation.prepared_clips import PreparedClips
from facewarden.train.presentation.recipe import ClipRecipe
from facewarden.train.presentation.sampling import drawn_looks

STEP_PX = 32
"""Between the sides that a batch may have: what networks shrink a look by, at most."""
WITH_LANDMARKS = ("mask", "sunglasses")
"""Augmentations that need to know where the eyes are, which prepared clips do not say."""


class ClipBatches:
    """Takes looks of prepared clips and makes inputs of them.

    Args:
        clips: their looks are at least as large as the network's input.
        recipe: says how many looks, how far apart and how they are changed.

    Raises:
        ConfigError: an augmentation that there is not or that needs landmarks, or looks too small.
    """

    def __init__(self, clips: PreparedClips, recipe: ClipRecipe) -> None:
        self._clips, self._sampling = clips, recipe.sampling
        self._looks, self._side = recipe.network.looks, recipe.network.input_size
        self._registered = recipe.network.registered
        if self._side > clips.size_px:
            raise ConfigError(
                "network.input_size is larger than the prepared looks",
                expected=f"at most {clips.size_px} px",
                found=f"{self._side}",
                remedy="prepare the clips with a larger --size",
            )
        for entry in (*recipe.augment, *recipe.augment_looks):
            if entry.name in WITH_LANDMARKS:
                raise ConfigError(
                    f"the augmentation {entry.name} needs landmarks, which clips do not have",
                    found=entry.name,
                )
        self._alike = build([entry.entry() for entry in recipe.augment])
        self._apart = build([entry.entry() for entry in recipe.augment_looks])

    def drawn(self, rows: Int64, seed: int) -> Tensor:
        """Return (b, T, 3, side, side) float32, 0 to 255, of clips as training sees them.

        The side is the network's, or one drawn for the batch; see `SamplingRecipe.smallest_px`.

        The same seed gives the same batch.
        """
        random = np.random.default_rng(seed)
        low, high = self._sampling.spacing_s
        least = self._sampling.smallest_px or self._side
        side = int(random.choice(np.arange(self._side, min(least, self._side) - 1, -STEP_PX)))
        clips = torch.empty(len(rows), self._looks, 3, side, side)
        for place, row in enumerate(rows.tolist()):
            clips[place] = self._placed(row, side, random.uniform(low, high), random)
        generator = torch.Generator().manual_seed(seed)
        for chance in self._alike:
            _change(list(clips.unbind(1)), chance, generator)
        looks = clips.flatten(0, 1)  # a view: both are changed in place
        for chance in self._apart:
            _change([looks], chance, generator)
        return clips.clamp_(0, 255)

    def judged(self, row: int, most: int = WINDOWS) -> Tensor:
        """Return (w, T, 3, S, S) float32: up to `most` sets of looks, `ANALYSED_APART_S` apart.

        As `facewarden evaluate presentation` takes them; a clip too short for that gives one set,
        spread over all of it.
        """
        at_s = self._clips.times(row)
        chosen = sets_of_looks(at_s.astype(np.float64), self._looks, most) or [
            tuple(
                drawn_looks(at_s, self._looks, ANALYSED_APART_S, np.random.default_rng(0)).tolist()
            )
        ]
        edge = (self._clips.size_px - self._side) // 2
        inside = slice(edge, edge + self._side)
        return torch.stack(
            [self._taken(row, looks)[..., inside, inside] for looks in chosen]
        ).float()

    def _placed(self, row: int, side: int, spacing_s: float, random: np.random.Generator) -> Tensor:
        """Return (T, 3, side, side) of a clip, 0 to 255, moved and zoomed as a whole."""
        chosen = drawn_looks(self._clips.times(row), self._looks, spacing_s, random)
        looks = self._taken(row, chosen.tolist())
        whole = self._clips.size_px
        zoom = 1 + random.uniform(-1, 1) * self._sampling.zoom
        # Half of the clips keep their pixels as they are: interpolation blurs what is fine.
        seen = side if random.random() < 0.5 else min(whole, round(side / zoom))
        left, top = (int(random.integers(0, whole - seen + 1)) for _ in range(2))
        cut = looks[..., top : top + seen, left : left + seen]
        if seen == side:
            return cut
        return functional.interpolate(
            cut.float(), (side, side), mode="bilinear", antialias=seen > side, align_corners=False
        )

    def _taken(self, row: int, chosen: Sequence[int]) -> Tensor:
        first = int(self._clips.first[row])
        looks = np.stack([self._clips.looks[first + place] for place in chosen])
        if self._registered:
            looks = registered(looks)
        return torch.from_numpy(looks).permute(0, 3, 1, 2)


def _change(views: Sequence[Tensor], chance: Chance, generator: torch.Generator) -> None:
    """Take a step on some rows, drawn once, of every view, in place and by the same draws.

    Args:
        views: (b, 3, S, S) each, all of one length.
    """
    luck = torch.rand(len(views[0]), generator=generator)
    rows = (luck < chance.probability).nonzero().squeeze(1)
    if not len(rows):
        return
    nowhere = torch.zeros(len(rows), 5, 2)
    state = generator.get_state()
    for view in views:
        generator.set_state(state)
        view[rows] = chance.step(view[rows], nowhere, generator)[0]
