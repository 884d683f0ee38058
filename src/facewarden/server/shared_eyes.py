"""One loaded set of models for every upload and search of a server."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from facewarden.config.settings import Settings
from facewarden.data import Watchlist
from facewarden.decide.budget import InForce
from facewarden.errors import FacewardenError
from facewarden.pipeline.live_claim import LiveClaim
from facewarden.pipeline.roster import Roster
from facewarden.store.open import Store
from facewarden.thresholds import Thresholds
from facewarden.wiring.eyes import Eyes, make_eyes, with_serving_embedder
from facewarden.wiring.presentation import make_live_claim
from facewarden.wiring.roster import make_roster

log = logging.getLogger("facewarden.server")

FRESH_S: Final = 30.0
"""How long a threshold that was computed serves: the watch itself computes it every hour."""


@dataclass(frozen=True, slots=True)
class ListThreshold:
    """What is in force of one watchlist.

    Attributes:
        subjects: how many are on it.
        model_id: of the embedder of looks, by whose calibration it is.
    """

    in_force: InForce
    tracks_per_day: float
    subjects: int
    model_id: str


class SharedEyes:
    """Loads models when first needed; `turn` is held by whoever uses them.

    One photograph at a time: the cores belong to the cameras.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        load: Callable[[Settings], Eyes] = make_eyes,
    ) -> None:
        self._load = load
        self._settings = settings
        self._store = store
        self._loading = threading.Lock()
        self._eyes: Eyes | None = None
        self._live_claim: LiveClaim | None = None
        self._roster: Roster | None = None
        self._known: dict[str, tuple[float, Watchlist, int, ListThreshold]] = {}
        self.turn = threading.Lock()

    def start(self) -> None:
        """Load them beside the first requests, so that nobody waits for them later."""
        threading.Thread(target=self._warm, name="models", daemon=True).start()

    def stop(self) -> None:
        """Nothing runs on."""

    def _warm(self) -> None:
        try:
            self.get()
        except FacewardenError as error:
            log.warning("photographs cannot be enrolled or searched with: %s", error)

    def get(self) -> Eyes:
        """Return the models.

        Raises:
            ModelError: they cannot be loaded; the next call tries again.
        """
        with self._loading:
            serving = self._store.re_enrolments.serving()
            if self._eyes is None or serving not in {None, self._eyes.embedder.model_id}:
                self._eyes = self._load(with_serving_embedder(self._settings, self._store))
                self._roster = None
                self._known.clear()
            return self._eyes

    def live_claim(self) -> LiveClaim:
        """Return what checks that a photograph is of a living person.

        Raises:
            ConfigError: the settings name no model for it.
            ModelError: it cannot be loaded; the next call tries again.
        """
        with self._loading:
            if self._live_claim is None:
                self._live_claim = make_live_claim(self._settings)
            return self._live_claim

    def roster(self, watchlists: list[str]) -> Roster:
        """Return who is on these watchlists (at least one), as they are now.

        Call it holding `turn`.
        """
        eyes = self.get()
        before = self._roster
        if (
            before is None
            or before.version != self._store.watchlists.version()
            or sorted(before.thresholds) != sorted(watchlists)
        ):
            before = self._roster = make_roster(
                self._store, eyes.embedder, watchlists, self._settings, previous=before
            )
        return before

    def threshold(self, watchlist: Watchlist) -> ListThreshold:
        """Return what is in force of a watchlist, at most `FRESH_S` old.

        Raises:
            ModelError: no model can be loaded, or it is not calibrated and the list needs it.
        """
        embedder = self.get().of_looks
        version = self._store.watchlists.version()
        kept = self._known.get(watchlist.name)
        if kept is not None:
            computed_s, settings, then, found = kept
            fresh = time.monotonic() - computed_s < FRESH_S
            if fresh and settings == watchlist and then == version:
                return found
        names = [watchlist.name]
        owners = self._store.watchlists.owners(embedder.model_id, names)
        thresholds = Thresholds(self._store, embedder, self._settings)
        found = ListThreshold(
            thresholds.of(watchlist, list(Counter(owners[:, 0].tolist()).values())),
            thresholds.tracks_per_day(watchlist.name),
            len(self._store.watchlists.memberships(names)),
            embedder.scored_by,
        )
        self._known[watchlist.name] = (time.monotonic(), watchlist, version, found)
        return found

    def require_supported(self, watchlist: Watchlist) -> None:
        """Check that the calibration can support a budget.

        Raises:
            ConfigError: it cannot, with what would be needed.
            ModelError: no model can be loaded.
        """
        embedder = self.get().of_looks
        owners = self._store.watchlists.owners(embedder.model_id, [watchlist.name])
        Thresholds(self._store, embedder, self._settings).require_supported(
            watchlist, list(Counter(owners[:, 0].tolist()).values())
        )
