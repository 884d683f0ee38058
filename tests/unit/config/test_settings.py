"""The models themselves: described, frozen, with defaults that hold, and hiding secrets."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from facewarden.config import (
    CameraSettings,
    Settings,
    StoreSettings,
    WatchlistSettings,
    difference,
)
from facewarden.config.reference import render
from facewarden.config.section import Section
from facewarden.models.registry import models_dir

REFERENCE = Path(__file__).parents[3] / "docs" / "configuration.md"
UNIT = re.compile(r"_(s|px|fps|days|minutes)$")
SAYS_UNIT = re.compile(r"\[0, 1\]|\(0, 1\]|\(-1, 1\)|Count|number|Threads|second")


def sections() -> list[type[BaseModel]]:
    def below(model: type[BaseModel]) -> list[type[BaseModel]]:
        return [model, *(deep for sub in model.__subclasses__() for deep in below(sub))]

    # Recipes of the laboratory are sections too; they have tests of their own.
    ours = (model for model in below(Section) if model.__module__.startswith("facewarden.config"))
    return [model for model in ours if model.model_fields]


@pytest.mark.parametrize(
    "name", ["\u0645\u06cc\u200c\u062f\u0627\u0646", "\u0915\u094d\u200d\u0937"]
)
def test_a_camera_is_named_in_scripts_that_need_joiners(name: str) -> None:
    assert CameraSettings(id="one", source="x.mp4", name=name).name == name


@pytest.mark.parametrize("model", sections())
def test_every_field_is_described_with_its_unit(model: type[BaseModel]) -> None:
    assert model.model_config["extra"] == "forbid"
    assert model.model_config["frozen"]
    for name, field in model.model_fields.items():
        assert field.description, name
        if field.annotation in (int, float):
            assert UNIT.search(name) or SAYS_UNIT.search(field.description), name


def test_the_reference_is_up_to_date() -> None:
    assert REFERENCE.read_text(encoding="utf-8") == render()


@pytest.mark.parametrize(
    "cell",
    [
        "| `presentation` | `off`, `annotate`, `hold` | empty |",
        "| list of text | `openid`, `profile` |",
    ],
)
def test_the_reference_says_what_may_be_chosen(cell: str) -> None:
    assert cell in render()


def test_the_documented_command_writes_the_reference() -> None:
    command = [sys.executable, "-m", "facewarden.config.reference"]
    written = subprocess.run(command, capture_output=True, check=True, timeout=60).stdout
    assert written.decode() == REFERENCE.read_text(encoding="utf-8")


def test_the_home_variable_moves_store_and_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEWARDEN_HOME", str(tmp_path))
    settings = Settings()
    assert settings.store.path == tmp_path / "facewarden.sqlite"
    assert settings.store.key_file == tmp_path / "facewarden.key"
    assert settings.store.database == settings.store.path


def test_models_lie_where_the_registry_looks_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FACEWARDEN_MODELS", raising=False)
    assert Settings().models.cache_dir == models_dir()
    monkeypatch.setenv("FACEWARDEN_MODELS", "/models")
    assert Settings().models.cache_dir == models_dir() == Path("/models")


def test_the_data_folder_moves_store_and_key(tmp_path: Path) -> None:
    store = StoreSettings(data_dir=tmp_path)
    assert store.path == tmp_path / "facewarden.sqlite"
    assert store.key_file == tmp_path / "facewarden.key"


def test_a_database_server() -> None:
    store = StoreSettings.model_validate({"url": "postgresql://u:hunter2@h/d"})
    assert store.database == "postgresql://u:hunter2@h/d"
    assert "hunter2" not in repr(store)


def test_secrets_stay_out_of_pydantics_own_errors() -> None:
    with pytest.raises(ValidationError) as caught:
        CameraSettings.model_validate({"id": "a", "source": "x", "hunter2": "hunter2"})
    assert "'hunter2'" not in str(caught.value)


def test_a_source_with_a_password_is_not_shown() -> None:
    camera = CameraSettings(id="a", source="rtsp://u:hunter2@h/x")
    assert "hunter2" not in repr(camera)


def test_contradictions_are_found_between_models_too() -> None:
    with pytest.raises(ValidationError, match="a name in watchlists"):
        Settings(cameras=(CameraSettings(id="a", source="x", watchlists=("w",)),))


def camera(camera_id: str, **others: Any) -> CameraSettings:
    return CameraSettings(id=camera_id, source=f"/{camera_id}", **others)


def test_difference() -> None:
    old = Settings(cameras=(camera("a"), camera("b"), camera("c")))
    new = Settings(
        cameras=(camera("d"), camera("c"), camera("b", analyse_fps=2.0)),
        watchlists=(WatchlistSettings(name="w"),),
    )
    found = difference(old, new)
    assert [one.id for one in found.added] == ["d"]
    assert found.removed == ("a",)
    assert [(one.id, one.analyse_fps) for one in found.changed] == [("b", 2.0)]
    assert found.sections == ("watchlists",)
    assert found
    assert not difference(new, new)


def test_difference_sees_a_changed_secret() -> None:
    old, new = (
        Settings(
            cameras=(CameraSettings.model_validate({"id": "a", "source": "x", "password": p}),)
        )
        for p in ("one", "two")
    )
    assert [one.id for one in difference(old, new).changed] == ["a"]


def test_a_place_on_the_map_is_whole_or_none() -> None:
    at = {"id": "a", "source": "a.mp4", "latitude": 52.5}
    with pytest.raises(ValidationError, match="latitude and longitude, or neither"):
        CameraSettings.model_validate(at)
    assert CameraSettings.model_validate(at | {"longitude": -180}).longitude == -180
    with pytest.raises(ValidationError):
        CameraSettings.model_validate(at | {"longitude": 181})
