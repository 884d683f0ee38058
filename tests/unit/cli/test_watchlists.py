"""facewarden watchlists, on a real store."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from facewarden.cli.watchlists import app
from facewarden.errors import ConfigError


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "facewarden.yaml"
    place = {"data_dir": str(tmp_path / "data"), "key_file": str(tmp_path / "key")}
    path.write_text(json.dumps({"store": place}), encoding="utf-8")
    return path


def run(config: Path, *words: str) -> str:
    result = CliRunner().invoke(app, [*words, "--config", str(config)], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_a_new_list_is_made_and_an_old_one_changed(config: Path) -> None:
    run(config, "set", "barred", "--threshold", "0.5", "--sink", "desk")
    expected = {"name": "barred", "threshold": 0.5, "sinks": ["desk"], "subjects": 0}
    (entry,) = json.loads(run(config, "list", "--json"))
    assert entry.items() >= expected.items()
    run(config, "set", "barred")
    expected |= {"threshold": None, "sinks": []}
    (entry,) = json.loads(run(config, "list", "--json"))
    assert entry.items() >= expected.items()


def asked(config: Path) -> tuple[float | None, list[str], str]:
    (entry,) = json.loads(run(config, "list", "--json"))
    return entry["threshold"], entry["sinks"], entry["presentation"]


def test_what_is_done_about_pictures_and_all_else_leave_each_other_alone(config: Path) -> None:
    nowhere = {"models": {"cache_dir": str(config.parent / "models")}}
    config.write_text(json.dumps(json.loads(config.read_text()) | nowhere), encoding="utf-8")
    with pytest.raises(ConfigError, match="no model can tell"):
        run(config, "set", "barred", "--presentation", "hold")
    assert json.loads(run(config, "list", "--json")) == []
    told = json.loads(config.read_text()) | {"models": {"presentation_picture": "any-model"}}
    config.write_text(json.dumps(told), encoding="utf-8")
    run(config, "set", "barred", "--threshold", "0.5", "--sink", "desk")
    run(config, "set", "barred", "--presentation", "hold")
    assert asked(config) == (0.5, ["desk"], "hold")
    run(config, "set", "barred", "--threshold", "0.6")
    assert asked(config) == (0.6, [], "hold")
    run(config, "set", "barred", "--sink", "desk", "--presentation", "annotate")
    assert asked(config) == (None, ["desk"], "annotate")
    del told["models"]
    config.write_text(json.dumps(told), encoding="utf-8")
    run(config, "set", "barred", "--threshold", "0.6")
    run(config, "set", "barred", "--presentation", "off")
    assert asked(config) == (0.6, [], "off")


@pytest.mark.models
@pytest.mark.parametrize(
    ("words", "given", "follows"),
    [
        pytest.param([], {}, "decision.fpir, a false alert per 1,000", id="default"),
        pytest.param(["--fpir", "0.01"], {"fpir": 0.01}, "a false alert per 100", id="share"),
        pytest.param(
            ["--false-alerts-per-day", "2"],
            {"false_alerts_per_day": 2.0},
            "2 false alerts a day, 1000 tracks a day",
            id="a day",
        ),
        pytest.param(["--threshold", "0.6"], {"threshold": 0.6}, "set by hand", id="by hand"),
    ],
)
def test_the_threshold_in_force_and_what_it_follows_from(
    config: Path, models_dir: Path, words: list[str], given: dict[str, float], follows: str
) -> None:
    run(config, "set", "barred", *words)
    (entry,) = json.loads(run(config, "list", "--json"))
    assert entry.items() >= given.items()
    assert entry["follows"].startswith(follows)
    assert 0 < entry["threshold_in_force"] < 1


@pytest.mark.models
@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(["--threshold", "0.6"], "barred: threshold 0.600", id="by hand"),
        pytest.param(["--threshold", "0.05"], "the lowest that was tested", id="too low"),
        pytest.param(["--max-distance", "1.4"], "the lowest that was tested", id="too far"),
        pytest.param(["--fpir", "1e-5"], "a false alert per 100,000", id="share"),
        pytest.param(["--false-alerts-per-day", "2"], "2 false alerts a day", id="a day"),
        pytest.param([], "decision.fpir, a false alert per 1,000", id="reset"),
    ],
)
def test_setting_says_at_once_what_is_in_force(
    config: Path, models_dir: Path, words: list[str], told: str
) -> None:
    said = " ".join(run(config, "set", "barred", *words).split())
    assert said.startswith("barred: threshold 0.")
    assert told in said


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["--threshold", "0.5", "--fpir", "0.01"], id="threshold and share"),
        pytest.param(["--fpir", "0.01", "--false-alerts-per-day", "1"], id="two budgets"),
        pytest.param(["--max-distance", "1", "--fpir", "0.01"], id="distance and share"),
    ],
)
def test_refuses_a_threshold_and_a_budget(config: Path, words: list[str]) -> None:
    with pytest.raises(ConfigError, match="exclude each other"):
        run(config, "set", "barred", *words)


def test_a_distance_is_kept_as_the_similarity_it_stands_for(config: Path) -> None:
    run(config, "set", "barred", "--max-distance", "1.04")
    (entry,) = json.loads(run(config, "list", "--json"))
    assert entry["threshold"] == pytest.approx(1 - 1.04**2 / 2)
    assert "0.459" in run(config, "list")


def test_refuses_a_threshold_said_twice(config: Path) -> None:
    with pytest.raises(ConfigError, match="exclude each other"):
        run(config, "set", "barred", "--threshold", "0.4", "--max-distance", "1")


@pytest.mark.parametrize("distance", ["-0.1", "2.1", "nan", "inf", "far"])
def test_refuses_distances_that_unit_vectors_cannot_have(config: Path, distance: str) -> None:
    words = ["set", "barred", "--max-distance", distance, "--config", str(config)]
    assert CliRunner().invoke(app, words).exit_code == 2


def test_a_list_is_removed(config: Path) -> None:
    run(config, "set", "mising")
    run(config, "remove", "mising")
    assert json.loads(run(config, "list", "--json")) == []
