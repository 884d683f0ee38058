"""facewarden cameras, on a real store."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from facewarden.cli.cameras import app
from facewarden.errors import AddressRefused, ConfigError, SourceFailed, StoreError

SECRET = "hunter2-hunter2"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "facewarden.yaml"
    place = {"data_dir": str(tmp_path / "data"), "key_file": str(tmp_path / "key")}
    path.write_text(json.dumps({"store": place}), encoding="utf-8")
    return path


def run(config: Path, *words: str) -> str:
    given = [*words, "--config", str(config)]
    result = CliRunner().invoke(app, given, catch_exceptions=False, env={"COLUMNS": "200"})
    assert result.exit_code == 0
    return result.stdout


def listed(config: Path) -> dict[str, dict[str, object]]:
    return {one["id"]: one for one in json.loads(run(config, "list", "--json"))}


def test_added_listed_changed_and_removed(config: Path) -> None:
    address = f"rtsp://watch:{SECRET}@192.0.2.10/1?token={SECRET}"
    run(config, "add", "gate", address, "--set", "group=north", "--set", "min_face_px=32")
    assert SECRET not in run(config, "list") + run(config, "list", "--json")
    (gate,) = listed(config).values()
    assert gate["setup"]["group"] == "north"  # type: ignore[index]
    assert gate["setup"]["min_face_px"] == 32  # type: ignore[index]
    run(config, "set", "gate", "--set", "min_face_px=null", "--set", 'watchlists=["missing"]')
    changed = listed(config)["gate"]
    assert changed["setup"]["min_face_px"] == 40  # type: ignore[index]
    assert changed["setup"]["watchlists"] == ["missing"]  # type: ignore[index]
    assert changed["version"] == 2
    assert "stays as it was" in run(config, "set", "gate", "--set", "group=north")
    run(config, "remove", "gate", "--yes")
    assert listed(config) == {}


@pytest.mark.parametrize(
    ("words", "error", "says"),
    [
        (("add", "gate", "gopher://x/"), AddressRefused, "scheme"),
        (("add", "gate", "rtsp://192.0.2.1/", "--set", "colour=red"), ConfigError, "colour"),
        (("add", "gate", "rtsp://192.0.2.1/", "--set", "min_face_px"), ConfigError, "no ="),
        (("add", "a b", "rtsp://192.0.2.1/"), ConfigError, "letters"),
        (("set", "none", "--set", "name=x"), StoreError, "no camera none"),
        (("set", "none", "--set", "id=x"), ConfigError, "id of a camera"),
        (("remove", "none", "--yes"), StoreError, "no camera none"),
        (("test", "none"), StoreError, "no camera none"),
    ],
)
def test_what_makes_no_sense_is_refused(
    config: Path, words: tuple[str, ...], error: type[Exception], says: str
) -> None:
    run(config, "add", "door", "rtsp://192.0.2.9/")
    if "id=x" in words:
        words = ("set", "door", "--set", "id=x")
    with pytest.raises(error, match=says):
        CliRunner().invoke(app, [*words, "--config", str(config)], catch_exceptions=False)
    assert set(listed(config)) == {"door"}


def test_cameras_of_a_settings_file_are_taken_over(config: Path, tmp_path: Path) -> None:
    (tmp_path / "stills").mkdir()
    file = tmp_path / "old.yaml"
    gate = {"id": "gate", "source": "rtsp://192.0.2.1/", "password": SECRET, "username": "w"}
    stills = {"id": "stills", "source": str(tmp_path / "stills")}
    file.write_text(json.dumps({"cameras": [gate, stills]}))
    assert "2 added, 0 changed" in run(config, "import", str(file))
    found = listed(config)
    assert found["gate"]["has_password"]
    with pytest.raises(ConfigError, match="there already"):
        run(config, "import", str(file))
    file.write_text(json.dumps({"cameras": [gate | {"name": "Gate"}, stills]}))
    assert "0 added, 1 changed, 1 as they were" in run(config, "import", str(file), "--replace")


def test_a_relative_path_means_the_same_for_the_server(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"no video")
    monkeypatch.chdir(tmp_path)
    run(config, "add", "clip", "clip.mp4")
    assert listed(config)["clip"]["setup"]["source"] == str(tmp_path / "clip.mp4")  # type: ignore[index]
    with pytest.raises(SourceFailed, match="camera clip"):
        run(config, "test", "clip")
