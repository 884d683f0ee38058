"""The models that our own training made lie in the package, and nobody else's weights do."""

import json
import subprocess
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from conftest import absent
from facewarden.cli.models import app
from facewarden.errors import ModelMissing, ModelRefused
from facewarden.models import fetch
from facewarden.models.builtin import Builtin, builtins, known, own_models, recognised
from facewarden.models.card import ModelCard, read_card
from facewarden.models.own_weights import BASES, CLIP, LOOKS, OWN, Own
from facewarden.models.registry import Registry, sha256
from small_presentation import presentation_card, small_presentation

ROOT = Path(__file__).parents[3]
WEIGHTS = (".onnx", ".pt", ".pth", ".npz", ".npy", ".safetensors", ".dat", ".bin", ".tflite")
RECORD: dict[str, Any] = {
    "network": "mobile",
    "loss": "arcface",
    "recipe": "seed: 1\n",
    "step": 900,
    "data_fingerprint": "0" * 64,
    "data_licence": "ours",
    "largest_difference": 2e-5,
    "compared": 8,
    "measured_on": "clips of people aside",
    "clips": 90,
    "figures": [{"name": "acer", "value": 0.25, "low": 0.2, "high": 0.3}],
    "date": "2026-11-22",
    "command": "facewarden train presentation export",
}


def written(package: Path, model: bytes, **changes: Any) -> Path:
    """A folder as the package has it, with one model of five looks in it."""
    card = presentation_card(looks=5, model_id=CLIP, source="own training: a run", **changes)
    card = {"sha256": sha256(model), "source_sha256": sha256(model), "training": RECORD, **card}
    for folder, ending, content in (
        ("own", "onnx", model),
        ("cards", "json", json.dumps(card).encode()),
    ):
        (package / folder).mkdir(parents=True, exist_ok=True)
        (package / folder / f"{CLIP}.{ending}").write_bytes(content)
    return package


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return written(tmp_path / "package", small_presentation(looks=5))


@pytest.fixture
def own(package: Path) -> Builtin:
    (model,) = own_models([CLIP], package)
    return model


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "cache")


@pytest.fixture
def no_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")


def test_needs_no_network(registry: Registry, own: Builtin, no_index: None) -> None:
    assert fetch.fetch_from_index(registry, (own,)) == (CLIP,)
    assert not fetch.missing(registry, (own,))
    assert fetch.fetch_from_index(registry, (own,)) == ()
    card, model = registry.load(CLIP)
    assert (card, model) == (own.card, small_presentation(looks=5))
    told = CliRunner().invoke(app, ["list", "--cache", str(registry.cache_dir)]).output
    assert all(words in told for words in (CLIP[:12], "Apache-2.0", "own training"))


def test_comes_with_the_default_models(
    registry: Registry, own: Builtin, models_dir: Path, no_index: None
) -> None:
    models = (*builtins(), own)
    done = fetch.fetch_from_path(registry, models_dir, models)
    assert set(done) == {model.card.model_id for model in models}
    (registry.cache_dir / f"{CLIP}.onnx").unlink()
    assert fetch.fetch_from_index(registry, models) == (CLIP,)  # the others are there
    (registry.cache_dir / f"{CLIP}.onnx").write_bytes(b"damaged")
    assert fetch.fetch_from_path(registry, Path("nowhere"), models) == (CLIP,)


def test_nothing_stays_where_the_others_fail(
    registry: Registry, own: Builtin, tmp_path: Path
) -> None:
    with pytest.raises(ModelMissing, match="cannot be read"):
        fetch.fetch_from_path(registry, tmp_path / "absent.whl", (own, *builtins()))
    assert not registry.cache_dir.exists()


def test_a_newer_file_takes_the_place_of_the_older(
    registry: Registry, own: Builtin, tmp_path: Path
) -> None:
    fetch.fetch_from_index(registry, (own,))
    newer = own_models(
        [CLIP],
        written(
            tmp_path / "newer", small_presentation(64, 5), input__height_px=64, input__width_px=64
        ),
    )
    assert fetch.fetch_from_index(registry, newer) == (CLIP,)
    assert registry.load(CLIP)[1] == small_presentation(64, 5)


def test_a_package_that_is_not_whole(registry: Registry, package: Path, own: Builtin) -> None:
    path = package / "own" / f"{CLIP}.onnx"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ModelRefused, match="does not have the hash of its card"):
        fetch.fetch_from_index(registry, (own,))
    path.unlink()
    with pytest.raises(ModelMissing, match="comes with facewarden") as failure:
        fetch.fetch_from_index(registry, (own,))
    assert failure.value.remedy == "install facewarden again"
    assert not registry.cache_dir.exists()


def test_one_made_of_another_comes_once_that_one_is_there(
    registry: Registry, models_dir: Path, no_index: None
) -> None:
    (looks,) = own_models([LOOKS])
    assert [model.card.model_id for model in known([LOOKS])] == [BASES[LOOKS], LOOKS]
    assert fetch.fetch_from_index(registry, (looks,)) == ()
    assert fetch.missing(registry, (looks,)) == (looks,)
    done = fetch.fetch_from_path(registry, models_dir, known([LOOKS]))
    assert done == (BASES[LOOKS], LOOKS)
    card, _ = registry.load(LOOKS)
    assert (card, card.compares_with) == (looks.card, BASES[LOOKS])
    # Its changes alone are no model.
    folder = files("facewarden.models") / "own" / f"{LOOKS}.npz"
    assert recognised(sha256(folder.read_bytes())) == ()
    assert [one.card for one in recognised(card.sha256)] == [card]


def file_of(name: str) -> str:
    return f"{name}.npz" if name in BASES else f"{name}.onnx"


def problems(package: Traversable, names: tuple[str, ...]) -> Iterator[str]:
    """Say what is wrong with the weights that a package ships."""
    folder = package / "own"
    there = {one.name for one in folder.iterdir()} if folder.is_dir() else set()
    for name in sorted(there ^ {file_of(name) for name in names}):
        yield f"{name} is not both in own/ and in OWN"
    for model in own_models(names, package):
        assert isinstance(model.source, Own)
        yield from lacking(model.card, model.source.file.read_bytes(), whole=not model.source.base)


def lacking(card: ModelCard, content: bytes, *, whole: bool = True) -> Iterator[str]:
    record = card.training
    for words, true in {
        "the card's sha256": card.source_sha256 == sha256(content)
        and (card.sha256 == card.source_sha256) == whole,
        "at most 4 MB": len(content) <= 4e6,
        "our licence": card.licence == "Apache-2.0",
        "`own training` first in the source": card.source.startswith("own training"),
        "an engine that it was checked on": bool(card.checked_on),
        "a training record": record is not None,
        "measured figures": record is not None and bool(record.figures),
        "an interval": record is not None
        and any(one.low is not None and one.high is not None for one in record.figures),
    }.items():
        if not true:
            yield f"{card.model_id} lacks {words}"


def test_what_ships_is_ours_and_says_how_it_was_made() -> None:
    assert list(problems(files("facewarden.models"), OWN)) == []
    assert [one.card.model_id for one in known(OWN) if one.card.model_id in OWN] == list(OWN)


EMBEDDING = {"backbone": "r18", "weights": "float32", "agreement": 1.0, "pairs": 9}
CHECKED: dict[str, Any] = {
    "checked_on": [
        {"engine": "onnxruntime", "version": "1.20", "precision": "float32", "date": "2026-11-22"}
    ]
}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        (CHECKED, []),
        ({}, ["an engine that it was checked on"]),
        ({**CHECKED, "training": None}, ["a training record", "measured figures", "an interval"]),
        ({**CHECKED, "training": {**RECORD, "figures": []}}, ["measured figures", "an interval"]),
        ({**CHECKED, "sha256": "0" * 64}, ["the card's sha256"]),
        ({**CHECKED, "licence": "CC-BY-NC-4.0"}, ["our licence"]),
    ],
)  # fmt: skip
def test_what_would_not_ship(tmp_path: Path, changes: dict[str, Any], found: list[str]) -> None:
    package = written(tmp_path, small_presentation(looks=5))
    path = package / "cards" / f"{CLIP}.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    assert [one.split(" lacks ")[1] for one in problems(package, (CLIP,))] == found


def test_a_file_that_nobody_names_would_not_ship(package: Path) -> None:
    (package / "own" / "stray.pt").write_bytes(b"")
    assert "stray.pt is not both in own/ and in OWN" in list(problems(package, (CLIP,)))


def test_no_other_weights_are_in_the_repository() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        absent("no git repository here")
    weights = {path for path in listed.stdout.split("\0") if path.endswith(WEIGHTS)}
    assert weights == {f"src/facewarden/models/own/{file_of(name)}" for name in OWN}


def test_a_training_of_another_kind_is_refused(own: Builtin) -> None:
    told = json.loads(own.card.to_json())
    told["training"] = {
        **{key: value for key, value in RECORD.items() if key not in {"network", "clips"}},
        **EMBEDDING,
    }
    with pytest.raises(ModelRefused, match="of a model of another kind"):
        read_card(json.dumps(told), "card")
