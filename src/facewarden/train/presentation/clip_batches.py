"""Clips as tensors: as training draws and changes them, and as they are judged."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from facewarden.data import Int64
from facewarden.errors import ConfigError
from facewarden.measure.presentation.looks import ANALYSED_APART_S, spaced_rows
from facewarden.measure.presentation.model_scorer import WINDOWS
from facewarden.train.augment.catalogue import build
from facewarden.train.augment.pipeline import Augment
from facewarden.train.presentation.prepared_clips import PreparedClips
from facewarden.train.presentation.recipe import ClipRecipe
from facewarden.train.presentation.sampling import drawn_looks

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
        self._alike = Augment(build([entry.entry() for entry in recipe.augment]))
        self._apart = Augment(build([entry.entry() for entry in recipe.augment_looks]))

    def drawn(self, rows: Int64, seed: int) -> Tensor:
        """Return (b, T, 3, S, S) float32, 0 to 255, of clips as training sees them.

        The same seed gives the same batch.
        """
        random = np.random.default_rng(seed)
        low, high = self._sampling.spacing_s
        clips = torch.stack(
            [self._placed(row, random.uniform(low, high), random) for row in rows.tolist()]
        )
        generator = torch.Generator()
        nowhere = torch.zeros(len(clips), 5, 2)
        # The generator begins anew for each look, so that all looks of a clip are changed alike.
        clips = torch.stack(
            [
                self._alike(clips[:, look], nowhere, generator.manual_seed(seed))
                for look in range(self._looks)
            ],
            1,
        )
        looks = clips.flatten(0, 1)
        apart = self._apart(looks, torch.zeros(len(looks), 5, 2), generator.manual_seed(seed + 1))
        return apart.reshape(clips.shape)

    def judged(self, row: int) -> Tensor:
        """Return (w, T, 3, S, S) float32: up to `WINDOWS` sets of looks, `ANALYSED_APART_S` apart.

        As `facewarden evaluate presentation` takes them; a clip too short for that gives one set,
        spread over all of it.
        """
        at_s = self._clips.times(row)
        spaced = spaced_rows(at_s.astype(np.float64), ANALYSED_APART_S)
        last = len(spaced) - self._looks
        if last < 0:
            chosen = [
                drawn_looks(at_s, self._looks, ANALYSED_APART_S, np.random.default_rng(0)).tolist()
            ]
        else:
            starts = np.unique(np.linspace(0, last, WINDOWS).round().astype(int)).tolist()
            chosen = [spaced[start : start + self._looks] for start in starts]
        edge = (self._clips.size_px - self._side) // 2
        inside = slice(edge, edge + self._side)
        return torch.stack([self._taken(row, looks)[..., inside, inside] for looks in chosen])

    def _placed(self, row: int, spacing_s: float, random: np.random.Generator) -> Tensor:
        """Return (T, 3, S, S) float32 of a clip, moved and zoomed as a whole."""
        chosen = drawn_looks(self._clips.times(row), self._looks, spacing_s, random)
        looks = self._taken(row, chosen.tolist())
        whole, side = self._clips.size_px, self._side
        zoom = 1 + random.uniform(-1, 1) * self._sampling.zoom
        # Half of the clips keep their pixels as they are: interpolation blurs what is fine.
        seen = side if random.random() < 0.5 else min(whole, round(side / zoom))
        left, top = (int(random.integers(0, whole - seen + 1)) for _ in range(2))
        cut = looks[..., top : top + seen, left : left + seen]
        if seen == side:
            return cut
        return functional.interpolate(
            cut, (side, side), mode="bilinear", antialias=True, align_corners=False
        )

    def _taken(self, row: int, chosen: Sequence[int]) -> Tensor:
        first = int(self._clips.first[row])
        looks = np.stack([self._clips.looks[first + place] for place in chosen])
        return torch.from_numpy(looks).permute(0, 3, 1, 2).float()
