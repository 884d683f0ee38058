"""From which similarity on templates speak against labels, for the embedder at hand."""

from facewarden.embed.embedder import Embedder
from facewarden.errors import ModelRefused
from facewarden.train.data.prepare import Doubts

NEAR_COPY = 0.9
"""Of 60 pictures of lfw-dev, the same saved at JPEG quality 50, cut, or made brighter has at least
0.91 (default models, 2026-11-22), and at half the size at quality 70 nine of ten have. Of all
genuine pairs of lfw-dev, 43 have it: copies, or pictures of the same moment."""
UNLIKE_FMR = 1e-3
"""A picture that is no more alike to its class than one stranger in a thousand."""
ALIKE_FMR = 1e-6
"""Of lfw-dev's 3.9 million pairs of people 18 are so alike; the first eight are one person under
two names, as their names or pictures tell (2026-11-22)."""


def doubts_of(embedder: Embedder) -> Doubts | None:
    """Return the similarities, from the card's calibration; None where it has none."""
    try:
        return Doubts(
            near_copy=NEAR_COPY,
            unlike=embedder.similarity_at(UNLIKE_FMR),
            alike=embedder.similarity_at(ALIKE_FMR),
        )
    except ModelRefused:
        return None
