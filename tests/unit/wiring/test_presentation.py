"""Which model tells a living person from a picture."""

import json
from pathlib import Path

import pytest

from facewarden.data.presentation import PresentationRule
from facewarden.errors import ConfigError, ModelRefused
from facewarden.models.add import add
from facewarden.models.own_weights import CLIP
from facewarden.models.registry import Registry
from facewarden.wiring.presentation import (
    make_live_claim,
    require_presentation_models,
    with_own_presentation,
)
from small_presentation import presentation_card, small_presentation
from unit.wiring.making import asking


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
