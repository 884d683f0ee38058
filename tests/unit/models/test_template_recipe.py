from typing import Any

import numpy as np
import pytest

from facewarden.errors import ModelRefused
from facewarden.models.builtin import DEFAULT_EMBEDDER, builtins
from facewarden.models.card import read_card
from facewarden.models.template_recipe import TemplateRecipe

CENTRE = (0.3, 0.0, 0.0, 0.1)
NUISANCE = (0.0, 0.6, 0.8, 0.0)


def recipe(**changes: Any) -> TemplateRecipe:
    return TemplateRecipe.model_validate(
        {
            "flip": False,
            "centre": CENTRE,
            "nuisance": NUISANCE,
            "data": "a test",
            "people": 2,
            "date": "2026-11-22",
            "command": "none",
        }
        | changes
    )


def test_takes_out_the_centre_and_the_nuisance_direction() -> None:
    faces = np.random.default_rng(1).standard_normal((50, 4)).astype(np.float32)
    faces /= np.linalg.norm(faces, axis=1, keepdims=True)
    made = recipe().apply(faces)
    np.testing.assert_allclose(np.linalg.norm(made, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(made @ np.array(NUISANCE), 0, atol=1e-6)
    by_hand = faces - np.array(CENTRE)
    by_hand -= (by_hand @ np.array(NUISANCE))[:, None] * np.array(NUISANCE)
    by_hand /= np.linalg.norm(by_hand, axis=1, keepdims=True)
    np.testing.assert_allclose(made, by_hand, atol=1e-6)


def test_without_a_direction_only_the_centre_goes() -> None:
    face = np.array([[1, 0, 0, 0]], np.float32)
    made = recipe(nuisance=()).apply(face)
    np.testing.assert_allclose(made, [np.array([0.7, 0, 0, -0.1]) / np.hypot(0.7, 0.1)], atol=1e-6)


def test_nothing_to_apply_it_to() -> None:
    assert recipe().apply(np.zeros((0, 4), np.float32)).shape == (0, 4)


@pytest.mark.parametrize("name", ["centre", "nuisance"])
def test_a_card_refuses_one_of_another_length(name: str) -> None:
    (card,) = (one.card for one in builtins() if one.card.model_id == DEFAULT_EMBEDDER)
    assert card.template is not None
    shorter = card.template.model_copy(update={name: getattr(card.template, name)[1:]})
    text = card.model_copy(update={"template": shorter}).to_json()
    with pytest.raises(ModelRefused, match="embedding_size numbers each"):
        read_card(text, "card")


def test_the_default_embedder_is_centred() -> None:
    (card,) = (one.card for one in builtins() if one.card.model_id == DEFAULT_EMBEDDER)
    assert card.template is not None
    assert card.template.flip
    assert np.linalg.norm(card.template.nuisance) == pytest.approx(1, abs=1e-3)
    assert 0.2 < np.linalg.norm(card.template.centre) < 0.4
