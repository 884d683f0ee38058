"""Which kind of gallery fits so many references."""

from facewarden.match.compressed_gallery import CompressedGallery
from facewarden.match.exact_gallery import ExactGallery
from facewarden.match.gallery import Gallery

EXACT_UP_TO = 100_000
"""References up to which an exact search is fast enough (benchmarks/search.py)."""


def fitting(gallery: Gallery, *, exact_up_to: int = EXACT_UP_TO) -> Gallery:
    """Return the gallery, compressed where it is exact and has become too large for that.

    A compressed gallery stays one when it shrinks: the whole vectors are gone.
    """
    if isinstance(gallery, ExactGallery) and len(gallery.reference_ids) > exact_up_to:
        return CompressedGallery(gallery)
    return gallery
