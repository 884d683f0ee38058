"""What every head of a closed set is: fitted to templates with names, it names others."""

from collections.abc import Callable
from typing import Protocol

from facewarden.data import Float32, Int64

Predict = Callable[[Float32], Int64]
"""Takes (m, d) unit templates, gives (m,) labels, each one of those fitted to."""

SEED = 20261122
"""Of heads that draw something, so that a second fit gives the same."""


class Head(Protocol):
    """A way to name people, with its parameters as fields; fitting leaves it as it is."""

    def fit(self, vectors: Float32, labels: Int64) -> Predict:
        """Fit to people.

        Args:
            vectors: (n, d) float32 unit templates.
            labels: (n,) int64; at least two different ones.
        """
        ...
