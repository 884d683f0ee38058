import json
import subprocess
import sys
from pathlib import Path

import pytest

from facewarden.errors import ModelMissing, ModelRefused
from facewarden.models.card import ModelCard, read_card
from facewarden.models.registry import Registry, models_dir, sha256
from small_models import small_card, small_embedder


def card_for(model: bytes, model_id: str = "small-embedder") -> ModelCard:
    digest = sha256(model)
    text = small_card(model_id=model_id, sha256=digest, source_sha256=digest)
    return read_card(json.dumps(text), "card")


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "deep" / "cache")


@pytest.fixture
def stored(registry: Registry) -> ModelCard:
    model = small_embedder()
    card = card_for(model)
    registry.put(card, model)
    return card


def test_what_was_put_is_there(registry: Registry, stored: ModelCard) -> None:
    assert registry.list() == (stored,)
    card, path = registry.get(stored.model_id)
    assert (card, path.read_bytes()) == (stored, small_embedder())
    assert [(v.model_id, v.problem) for v in registry.verify()] == [(stored.model_id, "")]
    assert {file.name for file in registry.cache_dir.iterdir()} == {
        ".lock",
        "small-embedder.json",
        "small-embedder.onnx",
    }


def test_nothing_there(registry: Registry) -> None:
    assert registry.list() == ()
    assert registry.verify() == ()
    with pytest.raises(ModelMissing, match="facewarden models fetch"):
        registry.get("sface-2021dec-centred")


@pytest.mark.parametrize("ending", ["json", "onnx"])
def test_half_a_model_is_missing(registry: Registry, stored: ModelCard, ending: str) -> None:
    (registry.cache_dir / f"{stored.model_id}.{ending}").unlink()
    with pytest.raises(ModelMissing, match="facewarden models fetch"):
        registry.get(stored.model_id)
    (verdict,) = registry.verify()
    assert "is not in" in verdict.problem


def test_one_flipped_byte_is_refused(registry: Registry, stored: ModelCard) -> None:
    path = registry.cache_dir / f"{stored.model_id}.onnx"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelRefused, match="does not have the hash of its card") as refusal:
        registry.get(stored.model_id)
    assert refusal.value.expected == stored.sha256
    (verdict,) = registry.verify()
    assert "hash" in verdict.problem


def test_a_changed_model_with_a_changed_card_is_not_the_one_that_ships(registry: Registry) -> None:
    shipped = "sface-2021dec-centred"
    registry.put(card_for(small_embedder(), shipped), small_embedder())
    registry.put(card_for(small_embedder(1)), small_embedder(1))
    own, changed = sorted(registry.verify(), key=lambda found: found.problem)
    assert (own.model_id, own.problem) == ("small-embedder", "")
    assert changed.model_id == shipped
    assert "not the model that facewarden ships" in changed.problem


def test_a_card_under_another_name_is_refused(registry: Registry, stored: ModelCard) -> None:
    for ending in ("json", "onnx"):
        path = registry.cache_dir / f"{stored.model_id}.{ending}"
        path.rename(path.with_stem("renamed"))
    with pytest.raises(ModelRefused, match="another model's"):
        registry.get("renamed")


def test_put_refuses_bytes_that_are_not_the_cards(registry: Registry) -> None:
    with pytest.raises(ModelRefused, match="does not have the hash"):
        registry.put(card_for(small_embedder()), small_embedder(1))
    assert not registry.cache_dir.exists()


def test_an_id_belongs_to_one_file(registry: Registry, stored: ModelCard) -> None:
    other = small_embedder(1)
    with pytest.raises(ModelRefused, match="another model is already called"):
        registry.put(card_for(other), other)
    assert registry.get(stored.model_id)[0] == stored
    registry.put(card_for(other), other, replace=True)
    assert registry.get(stored.model_id)[0] == card_for(other)


def test_a_cache_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    model = small_embedder()
    with pytest.raises(ModelRefused, match="cannot be written") as refusal:
        Registry(tmp_path / "file" / "cache").put(card_for(model), model)
    assert "FACEWARDEN_MODELS" in refusal.value.remedy


def test_two_processes_write_the_same_id(tmp_path: Path) -> None:
    """Each replaces the model many times; a reader must never see a file without its card."""
    models = {seed: small_embedder(seed) for seed in (1, 2)}
    registry = Registry(tmp_path)
    registry.put(card_for(models[1]), models[1])
    for seed, model in models.items():
        (tmp_path / f"source{seed}").write_bytes(model)
        (tmp_path / f"card{seed}").write_text(card_for(model).to_json())
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from facewarden.models.card import read_card\n"
        "from facewarden.models.registry import Registry\n"
        "folder, seed = Path(sys.argv[1]), sys.argv[2]\n"
        "card = read_card((folder / f'card{seed}').read_bytes(), 'card')\n"
        "model = (folder / f'source{seed}').read_bytes()\n"
        "for _ in range(40):\n"
        "    Registry(folder).put(card, model, replace=True)\n"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path), str(seed)])
        for seed in models
    ]
    seen = set()
    while any(writer.poll() is None for writer in writers):
        card, content = registry.load("small-embedder")
        assert sha256(content) == card.sha256
        seen.add(card.sha256)
    assert [writer.wait() for writer in writers] == [0, 0]
    assert seen <= {sha256(model) for model in models.values()}


def test_where_models_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FACEWARDEN_MODELS", str(tmp_path))
    assert models_dir() == tmp_path
    assert models_dir(tmp_path / "chosen") == tmp_path / "chosen"
    monkeypatch.delenv("FACEWARDEN_MODELS")
    assert models_dir().parts[-2:] == ("facewarden", "models")
