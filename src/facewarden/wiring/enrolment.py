"""Makes what enrols photographs on a watchlist."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from facewarden.capture.image import read_image
from facewarden.data import Image
from facewarden.embed.embedder import Embedder
from facewarden.errors import ModelRefused
from facewarden.pipeline.enrol import Enroller, Register
from facewarden.pipeline.live_claim import LiveClaim
from facewarden.store.open import Store
from facewarden.wiring.eyes import Eyes, make_examiner

log = logging.getLogger("facewarden.wiring")

UNLIKE_BELOW = 0.1
"""A new reference less like its subject's others draws a warning: 0.3 % of LFW's genuine pairs are
(2026-11-22, lfw-dev, weighted by person), and 86 % of the impostor pairs."""


def make_enroller(
    eyes: Eyes,
    store: Store,
    watchlist: str,
    *,
    register: Register | None = None,
    watchlists: Sequence[str] | None = None,
    read: Callable[[Path], tuple[Image, bytes]] = read_image,
    live: LiveClaim | None = None,
) -> Enroller:
    """Make what enrols photographs on a watchlist, made with its first subject if it is new.

    Args:
        register: written to in place of the store's watchlists, by somebody who may not see all.
        watchlists: whose subjects a new reference is compared with; None: all.
        read, live: see `Enroller`.
    """
    if watchlists is None:
        watchlists = [known.name for known in store.watchlists.all()]
    model_id = eyes.embedder.model_id
    # The enroller reads them all, to compare with: one entry of the audit log says so.
    store.watchlists.note_read(
        model_id, watchlists, len(store.watchlists.owners(model_id, watchlists))
    )
    return Enroller(
        make_examiner(eyes),
        register if register is not None else store.watchlists,
        watchlist,
        model_id=model_id,
        watchlists=watchlists,
        alike_from=_alike_from(eyes.embedder),
        unlike_below=UNLIKE_BELOW,
        read=read,
        live=live,
    )


def _alike_from(embedder: Embedder) -> float:
    """Return the similarity from which two subjects look alike; out of reach if not calibrated."""
    try:
        return embedder.default_threshold
    except ModelRefused as error:
        log.warning("%s; enrolment cannot warn of subjects who look alike", error)
        return 2.0
