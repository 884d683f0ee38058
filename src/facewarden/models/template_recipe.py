"""How an embedder's output becomes a template, in its model card."""

from datetime import date
from typing import Annotated

import numpy as np
from pydantic import Field

from facewarden.data import Float32
from facewarden.models.model_input import Strict

Numbers = Annotated[tuple[float, ...], Field(min_length=1, max_length=65536)]


class TemplateRecipe(Strict):
    """What is done to an embedding before it is compared; templates of two recipes never meet.

    Every face's embedding holds a part that says nothing of who it is: the mean of all faces, and
    the way from photographs to video. Both are measured once on people of no interest and taken
    out; what is left tells people apart better (docs/accuracy.md has the figures).

    Attributes:
        flip: the unit vectors of the face and of its mirror image are added first.
        centre: (d,) mean of the unit vectors of one photograph each of many people; it is taken
            out.
        nuisance: (d,) unit vector of the mean way from people's photographs to poor video of them;
            its part of a template is taken out. Empty for none.
        data: what they were measured on.
        people: how many people that is.
        command: what to type to measure them again.
    """

    flip: bool
    centre: Numbers
    nuisance: tuple[float, ...] = ()
    data: Annotated[str, Field(min_length=1, max_length=2000)]
    people: int = Field(ge=2)
    date: date
    command: Annotated[str, Field(min_length=1, max_length=2000)]

    def apply(self, unit: Float32) -> Float32:
        """Turn (n, d) unit vectors of faces (mirrored ones added in) into (n, d) unit templates."""
        moved = unit - np.asarray(self.centre, np.float32)
        if self.nuisance:
            direction = np.asarray(self.nuisance, np.float32)
            moved = moved - np.outer(moved @ direction, direction)
        length = np.linalg.norm(moved, axis=1, keepdims=True)
        return np.asarray(moved / np.maximum(length, 1e-12), np.float32)
