"""Settings reach what they set."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from facewarden.actor import actor
from facewarden.config.settings import Settings
from facewarden.data import Review, ReviewState, SubjectDetails
from facewarden.data.presentation import PresentationRule
from facewarden.embed.onnx_embedder import OnnxEmbedder
from facewarden.errors import ConfigError, ModelRefused
from facewarden.models.add import add
from facewarden.models.own_weights import CLIP
from facewarden.models.registry import Registry
from facewarden.store.open import Store
from facewarden.wiring.anchors import too_like_for_an_anchor
from facewarden.wiring.presentation import (
    make_live_claim,
    require_presentation_models,
    with_own_presentation,
)
from facewarden.wiring.roster import make_roster, warn_of_other_anchors
from facewarden.wiring.stores import make_retention, open_store_from
from small_presentation import presentation_card, small_presentation
from unit.store.making import MODEL, NOW, a_probe, an_alert


def settings(folder: Path, **retention: int | None) -> Settings:
    return Settings.model_validate({"store": {"data_dir": folder, "retention": retention}})


@pytest.mark.parametrize(("days", "left"), [(None, 2), (30, 2), (1, 1), (0, 1)])
def test_expired_subjects_go_when_asked(tmp_path: Path, days: int | None, left: int) -> None:
    chosen = settings(tmp_path / "data", expired_subjects_days=days)
    now = datetime.now(UTC)
    with open_store_from(chosen) as store:
        store.watchlists.ensure("missing")
        past, future = now - timedelta(days=2), now + timedelta(days=2)
        store.watchlists.add_subject(SubjectDetails("Gone", expires_at=past), "missing")
        store.watchlists.add_subject(SubjectDetails("Kept", expires_at=future), "missing")
        store.purge(make_retention(chosen), now)
        assert len(store.watchlists.subjects()) == left


def test_changes_are_written_under_the_user_of_the_machine(tmp_path: Path) -> None:
    with open_store_from(settings(tmp_path / "data")) as store:
        store.watchlists.ensure("missing")
        store.watchlists.add_subject(SubjectDetails("Anna"), "missing")
        assert {event.actor for event in store.audit.tail(100)} == {actor()}


def test_rejected_faces_go_when_asked(tmp_path: Path) -> None:
    chosen = settings(tmp_path / "data", anchors_days=2)
    with open_store_from(chosen) as store:
        rejected_once(store)
        counts = store.purge(make_retention(chosen), NOW + timedelta(days=3))
        assert counts["anchors"] == 1


def rejected_once(store: Store) -> None:
    """Enrol somebody, raise an alert for them, and reject it."""
    store.watchlists.ensure("missing")
    subject_id = store.watchlists.add_subject(SubjectDetails("Anna"), "missing")
    alert = an_alert(1, subject_id=subject_id)
    store.alerts.record(alert, [], a_probe(1))
    store.alerts.review(Review(alert.alert_id, ReviewState.REJECTED, "rita", "another", NOW))


@pytest.mark.models
def test_anchors_belong_to_the_model_that_made_them(
    tmp_path: Path, embedder: OnnxEmbedder, caplog: pytest.LogCaptureFixture
) -> None:
    chosen = settings(tmp_path / "data")
    with open_store_from(chosen) as store:
        warn_of_other_anchors(store, embedder)
        assert caplog.text == ""
        rejected_once(store)
        warn_of_other_anchors(store, embedder)
        assert f"made by {MODEL}, not used with {embedder.model_id}" in caplog.text
        assert len(make_roster(store, embedder, (), chosen).anchors) == 0


@pytest.mark.models
def test_what_hardly_shows_somebody_else_follows_from_the_calibration(
    embedder: OnnxEmbedder,
) -> None:
    known = an_alert(model_id=embedder.model_id)
    limit = too_like_for_an_anchor(Settings(), known)
    assert limit == pytest.approx(embedder.similarity_at(1e-6) + 0.05, abs=5e-3)
    unknown = an_alert(model_id="never-heard-of", threshold=0.4)
    assert too_like_for_an_anchor(Settings(), unknown) == pytest.approx(0.5)


def asking(folder: Path, rule: str | None, **models: str) -> Settings:
    lists = [{"name": "missing", "presentation": rule}]
    models = {"cache_dir": str(folder / "models"), **models}
    return Settings.model_validate(
        {"store": {"data_dir": folder}, "watchlists": lists, "models": models}
    )


@pytest.mark.models
@pytest.mark.parametrize(
    ("stored", "said", "expected"),
    [
        ("off", None, "off"),
        ("hold", None, "hold"),
        ("hold", "off", "off"),
        ("off", "annotate", "annotate"),
    ],
)
def test_what_is_done_about_pictures_of_people_is_in_the_settings_or_else_in_the_store(
    tmp_path: Path, embedder: OnnxEmbedder, stored: str, said: str | None, expected: str
) -> None:
    chosen = asking(tmp_path / "data", said)
    with open_store_from(chosen) as store:
        store.watchlists.ensure("missing")
        store.watchlists.configure("missing", None, (), presentation=PresentationRule(stored))
        roster = make_roster(store, embedder, (), chosen)
    assert roster.presentation == {"missing": PresentationRule(expected)}


def test_a_list_that_asks_needs_a_model_that_can_tell(tmp_path: Path) -> None:
    rules = {"quiet": PresentationRule.OFF, "missing": PresentationRule.HOLD}
    with pytest.raises(ConfigError, match="watchlist missing asks") as refusal:
        require_presentation_models(asking(tmp_path, "hold"), rules)
    assert "presentation_picture" in refusal.value.expected
    named = asking(tmp_path, "hold", presentation_picture="some-model")
    require_presentation_models(named, rules)
    require_presentation_models(asking(tmp_path, None), {"quiet": PresentationRule.OFF})


def test_our_own_model_serves_where_none_is_named(tmp_path: Path) -> None:
    rules = {"missing": PresentationRule.HOLD}
    chosen = asking(tmp_path, "hold")
    with pytest.raises(ConfigError, match="watchlist missing asks") as refusal:
        require_presentation_models(chosen, rules, [CLIP])
    assert "models fetch" in refusal.value.remedy
    drawn = json.dumps(presentation_card(looks=5, model_id=CLIP))
    (tmp_path / "made.onnx").write_bytes(small_presentation(looks=5))
    (tmp_path / "made.json").write_text(drawn, encoding="utf-8")
    add(Registry(chosen.models.cache_dir), tmp_path / "made.onnx", tmp_path / "made.json")
    require_presentation_models(chosen, rules, [CLIP])
    assert with_own_presentation(chosen, [CLIP]).models.presentation_clip == CLIP
    assert with_own_presentation(chosen, []) == chosen
    named = asking(tmp_path, "hold", presentation_picture="some-model")
    assert with_own_presentation(named, [CLIP]).models.presentation_clip == CLIP
    own = asking(tmp_path, "hold", presentation_clip="some-model")
    assert with_own_presentation(own, [CLIP]) == own
    (chosen.models.cache_dir / f"{CLIP}.onnx").write_bytes(b"damaged")
    with pytest.raises(ModelRefused, match="does not have the hash"):
        require_presentation_models(chosen, rules, [CLIP])


def test_a_claim_that_somebody_lives_needs_one_too(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be checked"):
        make_live_claim(asking(tmp_path, None))
