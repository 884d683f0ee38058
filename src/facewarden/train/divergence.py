"""When a training has lost its way."""

import math

from facewarden.train.recipe import DivergenceRecipe


class Divergence:
    """Looks at the mean loss of every few steps.

    Args:
        recipe: how much it may grow.
        first: first mean loss of the run; 0 where there is none yet.
    """

    def __init__(self, recipe: DivergenceRecipe, first: float = 0.0) -> None:
        self._growth = recipe.growth
        self.first = first

    def wrong_with(self, loss: float) -> tuple[str, str]:
        """Return what was expected and what was found; both empty while all is well.

        The first loss that is seen becomes the measure of all later ones.
        """
        if not math.isfinite(loss):
            return "a loss that is a number", str(loss)
        if not self.first:
            self.first = loss
        most = self._growth * self.first
        if loss > most > 0:
            return f"at most {most:.4g}, {self._growth:g} times the first loss", f"{loss:.4g}"
        return "", ""
