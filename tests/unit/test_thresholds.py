"""The threshold in force: settings before store before default, traffic, the site, other models."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from facewarden.config.settings import Settings
from facewarden.data import Templates, Watchlist
from facewarden.data.calibration import ImpostorTail
from facewarden.decide.site import BIN
from facewarden.errors import ConfigError, ModelRefused
from facewarden.store.impostors import LEAST_EVER, HistogramOf
from facewarden.store.key import TemplateKey
from facewarden.store.open import Store, open_store, sqlite_url
from facewarden.thresholds import Thresholds, model_words

TAIL = ImpostorTail(
    ((0.9, 0.0), (0.5, 0.1), (0.01, 0.3), (1e-3, 0.36)),
    0.025,
    -0.05,
    5e-6,
    looks=((1, 0.6), (12, 1.2)),
    references=((1, 1.0), (4, 2.0)),
)


class OnPaper:
    """An embedder of which only the calibration matters here; it recognises nobody."""

    model_id = scored_by = "on-paper"
    dimension = 4
    default_threshold = 0.5

    def __init__(self, tail: ImpostorTail | None = TAIL) -> None:
        self.tail = tail

    def similarity_at(self, fmr: float) -> float:
        return TAIL.similarity_at(fmr)

    def embed(self, crops: NDArray[np.uint8]) -> Templates:
        raise NotImplementedError

    def glance(self, crops: NDArray[np.uint8]) -> Templates:
        return self.embed(crops)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(sqlite_url(tmp_path / "s" / "store.sqlite"), TemplateKey(bytes(32))) as opened:
        opened.watchlists.ensure("wanted")
        yield opened


def settings(**entry: Any) -> Settings:
    camera = {"id": "gate", "source": "gate.mp4", "tracks_per_day": 2000}
    lists = [{"name": "wanted", **entry}] if entry else []
    return Settings.model_validate({"cameras": [camera], "watchlists": lists})


def of(store: Store, chosen: Settings, entry: Watchlist, references: int = 10) -> Any:
    return Thresholds(store, OnPaper(), chosen).of(entry, [1] * references)


def test_settings_before_store_before_default(store: Store) -> None:
    stored = Watchlist("wanted", fpir=0.01)
    by_settings = of(store, settings(threshold=0.7), stored)
    assert (by_settings.threshold, by_settings.follows) == (0.7, "set by hand")
    by_store = of(store, settings(), stored)
    assert by_store.fpir == pytest.approx(0.01)
    assert by_store.follows == "a false alert per 100 tracks of strangers"
    default = of(store, settings(sinks=[]), Watchlist("wanted"), references=100)
    assert default.fpir == pytest.approx(1e-3)
    assert default.follows.startswith("decision.fpir")


def test_a_daily_budget_begins_with_the_expected_traffic(store: Store) -> None:
    found = of(store, settings(false_alerts_per_day=4.0), Watchlist("wanted"))
    assert found.tracks_per_day == 2000
    assert found.fpir == pytest.approx(4 / 2000)


def test_counted_traffic_moves_it_slowly(store: Store) -> None:
    from datetime import UTC, datetime, timedelta

    thresholds = Thresholds(store, OnPaper(), settings())
    at = datetime.now(UTC) - timedelta(hours=1)
    store.activity.add("gate", at, watched_s=86_400.0)
    for _ in range(100):
        store.passages.add("wanted", "gate", at, 1e-3)
    assert thresholds.tracks_per_day("wanted") == pytest.approx((2000 + 100) / 2)


def test_cameras_of_other_lists_do_not_count(store: Store) -> None:
    chosen = Settings.model_validate(
        {
            "cameras": [
                {"id": "gate", "source": "a.mp4", "watchlists": ["wanted"], "tracks_per_day": 10},
                {"id": "hall", "source": "b.mp4", "watchlists": ["vip"], "tracks_per_day": 500},
                {"id": "off", "source": "c.mp4", "enabled": False, "tracks_per_day": 900},
            ],
            "watchlists": [{"name": "wanted"}, {"name": "vip"}],
        }
    )
    assert Thresholds(store, OnPaper(), chosen).tracks_per_day("wanted") == 10


def test_a_sites_strangers_raise_it(store: Store) -> None:
    before = of(store, settings(), Watchlist("wanted"))
    place = HistogramOf("wanted", "", model_words(OnPaper()))
    for _ in range(10 * LEAST_EVER + 1):
        store.impostors.add(place, round(0.03 / BIN))
    after = of(store, settings(), Watchlist("wanted"))
    assert after.threshold == pytest.approx(before.threshold + after.shift)
    assert 0.02 < after.shift < 0.035
    assert after.fpir == pytest.approx(before.fpir)


def test_more_of_anything_never_lowers_it(store: Store) -> None:
    def threshold(
        people: int = 50, references: int = 1, fpir: float = 1e-3, looks: int = 12
    ) -> float:
        chosen = settings().model_copy(
            update={"decision": settings().decision.model_copy(update={"max_looks": looks})}
        )
        thresholds = Thresholds(store, OnPaper(), chosen)
        return thresholds.of(Watchlist("wanted", fpir=fpir), [references] * people).threshold

    assert sorted(rising := [threshold(people=n) for n in (0, 1, 10, 1000, 100_000)]) == rising
    assert sorted(rising := [threshold(references=n) for n in (1, 2, 4, 40)]) == rising
    assert sorted(rising := [threshold(fpir=f) for f in (0.1, 1e-2, 1e-4, 1e-6)]) == rising
    assert sorted(rising := [threshold(looks=n) for n in (1, 3, 12, 90)]) == rising


def test_a_budget_that_cannot_be_kept_is_refused_with_what_it_would_need(store: Store) -> None:
    thresholds = Thresholds(store, OnPaper(), settings())
    with pytest.raises(ConfigError, match=r"down to a false match rate of 8\.\de-11.*reaches 5"):
        thresholds.require_supported(Watchlist("wanted", fpir=1e-7), [1] * 1000)
    kept = thresholds.require_supported(Watchlist("wanted", fpir=1e-3), [1] * 100)
    assert kept.fpir == pytest.approx(1e-3)


def test_a_model_without_calibration_needs_a_threshold(store: Store) -> None:
    thresholds = Thresholds(store, OnPaper(None), settings())
    assert thresholds.of(Watchlist("wanted", 0.5), [1]).threshold == 0.5
    with pytest.raises(ModelRefused, match="needs a threshold"):
        thresholds.of(Watchlist("wanted", fpir=0.01), [1])


def test_threshold_and_budget_in_the_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="one of threshold, fpir, false_alerts_per_day"):
        settings(threshold=0.5, fpir=0.01)
