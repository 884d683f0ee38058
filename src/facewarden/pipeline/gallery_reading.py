"""A gallery out of the store, reading and decrypting only what it does not hold yet."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

import numpy as np

from facewarden.data import GalleryEntry, Int64
from facewarden.match.exact_gallery import ExactGallery
from facewarden.match.gallery import Gallery
from facewarden.match.growth import fitting

READ_AT_ONCE = 65_536
"""References decrypted before they are handed on: some 50 MB, whatever the gallery's size."""


class ReferenceRegister(Protocol):
    """Where references are kept, sealed."""

    def owners(self, model_id: str, watchlists: Sequence[str]) -> Int64:
        """Return (r, 2) subject and reference ids of what a gallery is made of."""
        ...

    def templates(self, model_id: str, reference_ids: Sequence[int]) -> list[GalleryEntry]:
        """Return those of the references that are still there, decrypted."""
        ...

    def expiries(self) -> Mapping[int, datetime]:
        """Return the end of every subject that has one, UTC."""
        ...


def read_gallery(
    register: ReferenceRegister,
    model_id: str,
    owners: Int64,
    previous: Gallery | None = None,
) -> Gallery:
    """Return the gallery of some references: `previous`, changed where it differs.

    Args:
        owners: (r, 2) subject and reference ids, as the register gave them.
        previous: of the same model; of another one it is not used.

    Raises:
        DataError: a stored template is not a finite unit vector.
        KeyRefused: a stored template was changed or moved to another row.
    """
    gallery: Gallery = ExactGallery([], model_id)
    if previous is not None and previous.model_id == model_id:
        gallery = previous
    held = gallery.reference_ids
    gone = np.setdiff1d(held, owners[:, 1], assume_unique=True)
    # By subject: those who have several references are written once, with all of them.
    new = owners[~np.isin(owners[:, 1], held)]
    new = new[np.lexsort((new[:, 1], new[:, 0])), 1]
    expires_at = register.expiries()
    gallery = gallery.changed([], gone.tolist(), expires_at)
    for start in range(0, len(new), READ_AT_ONCE):
        entries = register.templates(model_id, new[start : start + READ_AT_ONCE].tolist())
        gallery = fitting(gallery.changed(entries, (), expires_at))
    return gallery
