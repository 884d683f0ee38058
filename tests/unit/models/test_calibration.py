"""A user's own calibration beside the cards: it wins, and a damaged one sets no threshold."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from facewarden.errors import ModelRefused
from facewarden.models.calibration import TailFit, chosen, overlay_path, read_overlay
from facewarden.models.card import ModelCard
from facewarden.models.precision import Engine, Precision
from facewarden.models.registry import Registry, sha256
from small_models import small_card, small_embedder


def a_fit(**changes: Any) -> TailFit:
    given = {
        "engine": Engine.OPENVINO,
        "precision": Precision.FLOAT32,
        "body": ((0.5, 0.1), (1e-3, 0.36)),
        "scale": 0.025,
        "shape": -0.05,
        "shape_low": -0.1,
        "shape_high": 0.0,
        "trusted_to": 1e-5,
        "looks_from": "30 clips",
        "people": 100,
        "comparisons": 4950,
        "exceedances": 60,
        "data": "people of a test",
        "fingerprint": "0" * 64,
        "date": date(2026, 11, 22),
        "command": "facewarden calibrate",
    }
    return TailFit.model_validate(given | changes)


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "models")


@pytest.fixture
def stored(registry: Registry) -> ModelCard:
    model = small_embedder()
    given = small_card(sha256=sha256(model), source_sha256=sha256(model), tails=[a_fit()])
    card = ModelCard.model_validate(given)
    registry.put(card, model)
    return card


def test_a_users_own_wins(registry: Registry, stored: ModelCard) -> None:
    assert registry.load(stored.model_id)[0].tails == (a_fit(),)
    path = registry.calibrate(stored.model_id, [a_fit(scale=0.03, people=500)])
    assert path == overlay_path(registry.cache_dir, stored.model_id)
    card, _ = registry.load(stored.model_id)
    assert [fit.people for fit in card.tails] == [500]
    assert registry.list()[0].model_id == stored.model_id  # the file is not taken for a card
    tail = card.tail(Engine.ONNXRUNTIME, Precision.FLOAT32)
    assert tail is not None
    assert tail.scale == 0.03


def test_other_precisions_stay(registry: Registry, stored: ModelCard) -> None:
    registry.calibrate(stored.model_id, [a_fit(precision=Precision.BFLOAT16, people=300)])
    registry.calibrate(stored.model_id, [a_fit(people=500)])
    card, _ = registry.load(stored.model_id)
    assert {(fit.precision, fit.people) for fit in card.tails} == {
        (Precision.BFLOAT16, 300),
        (Precision.FLOAT32, 500),
    }


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        pytest.param(lambda text: text.replace("0.025", "0.026"), "is damaged", id="a number"),
        pytest.param(lambda text: text[: len(text) // 2], "is not valid", id="cut off"),
        pytest.param(lambda text: "{}", "is not valid", id="empty"),
        pytest.param(
            lambda text: text.replace("small-embedder", "other"), "another file", id="another model"
        ),
    ],
)
def test_a_damaged_one_sets_no_threshold(
    registry: Registry, stored: ModelCard, harm: Callable[[str], str], says: str
) -> None:
    path = registry.calibrate(stored.model_id, [a_fit()])
    path.write_text(harm(path.read_text()))
    with pytest.raises(ModelRefused, match=says):
        registry.load(stored.model_id)


def test_another_file_of_the_same_name_is_another_model(
    registry: Registry, stored: ModelCard
) -> None:
    registry.calibrate(stored.model_id, [a_fit()])
    with pytest.raises(ModelRefused, match="belongs to another file"):
        read_overlay(registry.cache_dir, stored.model_id, "1" * 64)


def test_without_a_file_there_is_none(tmp_path: Path) -> None:
    assert read_overlay(tmp_path, "nobody", "0" * 64) == ()


def test_the_engine_gives_way_to_the_precision() -> None:
    fits = [a_fit(), a_fit(precision=Precision.BFLOAT16)]
    assert chosen(fits, Engine.ONNXRUNTIME, Precision.FLOAT32) is fits[0]
    assert chosen(fits[1:], Engine.OPENVINO, Precision.FLOAT32) is None


def test_a_card_with_counted_rates_only_gets_an_exponential_tail(stored: ModelCard) -> None:
    counted = [
        {
            "fmr": rate,
            "similarity": similarity,
            "engine": "openvino",
            "precision": "float32",
            "data": "a test",
            "comparisons": 10_000_000,
            "date": "2026-11-22",
            "command": "none",
        }
        for rate, similarity in ((1e-3, 0.36), (1e-4, 0.42), (1e-5, 0.47))
    ]
    plain = {**stored.model_dump(mode="json"), "tails": [], "calibration": counted}
    card = ModelCard.model_validate(plain)
    tail = card.tail(Engine.OPENVINO, Precision.FLOAT32)
    assert tail is not None
    assert tail.similarity_at(1e-4) == 0.42
    assert tail.similarity_at(1e-6) == pytest.approx(0.52)
    assert tail.trusted_to == 1e-5
    assert card.tail(Engine.OPENVINO, Precision.BFLOAT16) is None
