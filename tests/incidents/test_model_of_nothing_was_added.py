"""`models add` stored an embedder whose embeddings were all zero: no two of its runs agreed.

It also ended unforeseen at a card nested 500,000 deep, and read /dev/zero until memory was full.
"""

from pathlib import Path

import pytest

from facewarden.errors import ModelRefused
from facewarden.models.add import add
from facewarden.models.registry import Registry
from small_models import small_card, small_embedder, write_pair


def test_embeddings_of_length_zero_are_refused(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "cache")
    with pytest.raises(ModelRefused, match="no two runs of it agree"):
        add(registry, *write_pair(tmp_path, small_embedder(fill=0.0), small_card()))
    assert not registry.list()


def test_a_card_nested_too_deep_is_refused(tmp_path: Path) -> None:
    model, card = write_pair(tmp_path, small_embedder(), small_card())
    card.write_text("[" * 500_000, encoding="ascii")
    with pytest.raises(ModelRefused, match="is not JSON"):
        add(Registry(tmp_path / "cache"), model, card)


def test_a_device_is_not_a_model(tmp_path: Path) -> None:
    _, card = write_pair(tmp_path, small_embedder(), small_card())
    with pytest.raises(ModelRefused, match="not a regular file"):
        add(Registry(tmp_path / "cache"), Path("/dev/zero"), card)
