"""The threshold of each watchlist at this moment: what it follows from, read from the store."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from facewarden.config.camera import CameraSettings
from facewarden.config.settings import Settings
from facewarden.config.watchlist import WatchlistSettings
from facewarden.data import Watchlist
from facewarden.decide.budget import (
    FalseAlertBudget,
    InForce,
    by_budget,
    gallery_size,
    per_day,
)
from facewarden.decide.site import site_shift
from facewarden.embed.embedder import Embedder
from facewarden.errors import ConfigError, ModelRefused
from facewarden.store.open import Store

log = logging.getLogger("facewarden.thresholds")

DAY_S = 86_400.0
TRAFFIC_OVER = timedelta(days=14)
"""Two whole weeks, so that weekends count as often as they come."""
PRIOR_DAYS = 1.0
"""The expected traffic of a camera weighs as much as so many counted days."""


class Thresholds:
    """Computes thresholds for one model from settings and store; reads the store at each call."""

    def __init__(self, store: Store, embedder: Embedder, settings: Settings) -> None:
        self._store = store
        self._embedder = embedder
        self._settings = settings
        self._by_settings = {entry.name: entry for entry in settings.watchlists}

    def of(self, watchlist: Watchlist, references: Sequence[int]) -> InForce:
        """Return the threshold in force of a watchlist.

        What the settings say of the list wins, then what the store says of it, then
        `decision.fpir`.

        Args:
            references: how many each subject of the list has.

        Raises:
            ModelRefused: it has no threshold of its own, and the model is not calibrated.
        """
        named = self._by_settings.get(watchlist.name)
        wish = named if named is not None and _says(named) else watchlist
        tail, looks = self._embedder.tail, self._settings.decision.max_looks
        size = gallery_size(references, tail) if tail is not None else float(len(references))
        if wish.threshold is not None:
            shift = 0.0 if tail is None else self._shift(watchlist.name)
            return InForce(wish.threshold, "set by hand", size, looks, tail, shift)
        if tail is None:
            raise ModelRefused(
                f"{model_words(self._embedder)} is not calibrated, so the watchlist "
                f"{watchlist.name} needs a threshold",
                remedy=f"facewarden calibrate, or facewarden watchlists set {watchlist.name} "
                "--threshold",
            )
        tracks = None
        if wish.false_alerts_per_day is not None:
            tracks = self.tracks_per_day(watchlist.name)
            budget = per_day(wish.false_alerts_per_day, tracks)
            follows = f"{wish.false_alerts_per_day:g} false alerts a day, {tracks:.0f} tracks a day"
        elif wish.fpir is not None:
            budget = FalseAlertBudget(wish.fpir, most_fmr=1.0)
            follows = f"a false alert per {1 / wish.fpir:,.0f} tracks of strangers"
        else:
            budget = FalseAlertBudget(self._settings.decision.fpir)
            follows = f"decision.fpir, a false alert per {1 / budget.fpir:,.0f} tracks of strangers"
        return by_budget(
            budget,
            size,
            looks,
            tail,
            follows=follows,
            shift=self._shift(watchlist.name),
            tracks_per_day=tracks,
        )

    def tracks_per_day(self, watchlist: str) -> float:
        """Return how many tracks a day the cameras of a list look at.

        Each camera's own count of the last two weeks, pooled with its setting `tracks_per_day`,
        which weighs as one day; so a day of unusual traffic moves it slowly.
        """
        cameras = [camera for camera in self._settings.cameras if _looks_for(camera, watchlist)]
        now = datetime.now(UTC)
        since = now - TRAFFIC_OVER
        counted = self._store.passages.traffic([camera.id for camera in cameras], since)
        watched = {a.camera_id: a.watched_s for a in self._store.activity.totals(since, now)}
        return sum(
            (camera.tracks_per_day * PRIOR_DAYS + counted.get(camera.id, 0))
            / (PRIOR_DAYS + watched.get(camera.id, 0.0) / DAY_S)
            for camera in cameras
        ) or float(CameraSettings.model_fields["tracks_per_day"].default)

    def require_supported(self, watchlist: Watchlist, references: Sequence[int]) -> InForce:
        """Return the threshold in force, when the calibration can support its budget.

        Raises:
            ConfigError: it cannot, with what would be needed.
        """
        found = self.of(watchlist, references)
        if found.budget is not None and found.problem:
            raise ConfigError(
                f"the calibration of {model_words(self._embedder)} cannot support this budget "
                f"for {watchlist.name}: {found.problem}",
                remedy="take a larger budget, a shorter list, or set a threshold by hand",
            )
        return found

    def _shift(self, watchlist: str) -> float:
        """Return what the site's own strangers say; of several groups of cameras the strictest."""
        groups = self._store.impostors.counts(watchlist, model_words(self._embedder))
        return max((site_shift(counts) for counts in groups.values()), default=0.0)


def model_words(embedder: Embedder) -> str:
    """Return an embedder's id, engine and precision: similarities of others cannot be compared."""
    words = [embedder.scored_by]
    words += [str(getattr(embedder, name)) for name in ("engine", "precision") if
              hasattr(embedder, name)]  # fmt: skip
    return " ".join(words)


def _says(entry: WatchlistSettings) -> bool:
    given = (entry.threshold, entry.fpir, entry.false_alerts_per_day)
    return any(value is not None for value in given)


def _looks_for(camera: CameraSettings, watchlist: str) -> bool:
    return camera.enabled and (not camera.watchlists or watchlist in camera.watchlists)
