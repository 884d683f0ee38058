import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from facewarden.cli.models import app
from facewarden.errors import ConfigError, FacewardenError, ModelMissing, ModelRefused
from facewarden.models.builtin import DEFAULT_DETECTOR, DEFAULT_EMBEDDER, default_models
from small_models import small_card, small_embedder, write_pair

RUNNER = CliRunner()


def run(*words: str | Path, cache: Path) -> str:
    """Run the command in a process of its own, as a user does; return its standard output."""
    command = [sys.executable, "-m", "facewarden", "models", *map(str, words)]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "FACEWARDEN_MODELS": str(cache), "COLUMNS": "200"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_list_verify_fetch_of_what_is_there(models_dir: Path) -> None:
    table = run("list", cache=models_dir)
    assert DEFAULT_DETECTOR in table
    assert "Apache-2.0" in table
    cards = json.loads(run("list", "--json", cache=models_dir))
    assert {DEFAULT_DETECTOR, DEFAULT_EMBEDDER} <= {card["model_id"] for card in cards}
    verdicts = json.loads(run("verify", "--json", cache=models_dir))
    assert {verdict["problem"] for verdict in verdicts} == {""}
    run("fetch", "--from", "/nowhere", cache=models_dir)  # nothing to do, so nothing is opened


def test_offline_machine(models_dir: Path, tmp_path: Path) -> None:
    run("fetch", "--from", models_dir, cache=tmp_path / "cache")
    assert run("verify", cache=tmp_path / "cache").count("ok") == len(default_models())


def test_others_are_offered_and_fetched_by_name(models_dir: Path, tmp_path: Path) -> None:
    run("fetch", "--from", models_dir, cache=tmp_path / "cache")
    words = RUNNER.invoke(app, ["list", "--cache", str(tmp_path / "cache")])
    assert "facewarden models fetch MODEL`: mtcnn" in words.output
    with pytest.raises(ModelMissing, match="no source for nobody"):
        RUNNER.invoke(app, ["fetch", "nobody"], catch_exceptions=False)
    command = ["fetch", "mtcnn", "--from", str(models_dir / f"{DEFAULT_DETECTOR}.onnx")]
    command += ["--cache", str(tmp_path / "empty")]
    with pytest.raises(ModelRefused, match="nothing was stored") as refusal:
        RUNNER.invoke(app, command, catch_exceptions=False)
    assert "mtcnn-onet" in refusal.value.expected


def test_add(tmp_path: Path) -> None:
    model, card = write_pair(tmp_path, small_embedder(), small_card())
    said = run("add", model, "--card", card, cache=tmp_path / "cache")
    assert "small-embedder stored; ran on" in said


def test_list_says_a_distance_where_the_models_users_think_in_it(tmp_path: Path) -> None:
    point = {"fmr": 1e-3, "similarity": 0.5, "engine": "onnxruntime", "precision": "float32"}
    point |= {"data": "none", "comparisons": 9, "date": "2026-11-22", "command": "by hand"}
    changes = {"calibration": [point], "default_fmr": 1e-3, "metric": "euclidean"}
    model, card = write_pair(tmp_path, small_embedder(), small_card(**changes))
    run("add", model, "--card", card, cache=tmp_path / "cache")
    assert "0.500 (distance 1.000)" in run("list", cache=tmp_path / "cache")


def test_a_card_with_a_tail_alone_is_calibrated(tmp_path: Path) -> None:
    fit: dict[str, Any] = {
        "engine": "openvino",
        "precision": "bfloat16",
        "body": [[0.1, 0.2], [1e-3, 0.4]],
    }
    fit |= {"scale": 0.03, "shape": 0.0, "shape_low": -0.1, "shape_high": 0.1, "trusted_to": 1e-6}
    fit |= {"people": 500, "comparisons": 9999, "exceedances": 120, "looks_from": "photographs"}
    fit |= {"data": "a cohort", "fingerprint": "0" * 64, "date": "2026-11-23", "command": "export"}
    model, card = write_pair(tmp_path, small_embedder(), small_card(tails=[fit]))
    words = ["add", str(model), "--card", str(card), "--cache", str(tmp_path / "cache")]
    found = RUNNER.invoke(app, words, catch_exceptions=False)
    said = found.output
    assert "calibrated for openvino bfloat16" in said
    assert "no calibration" not in said
    assert "by budget (openvino bfloat16)" in run("list", cache=tmp_path / "cache")


def test_add_without_a_card(tmp_path: Path) -> None:
    model, _ = write_pair(tmp_path, small_embedder(), small_card())
    words = ["--id", "mine", "--licence", "MIT", "--source", "here", "--colour", "bgr"]
    words += ["--mean", "104,117,123", "--scale", "0.01", "--alignment", "arcface-112"]
    card = json.loads(run("add", model, *words, "--json", cache=tmp_path / "cache"))
    assert card["input"]["mean"] == [104, 117, 123]
    assert card["embedding_size"] == 16


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "--colour rgb or bgr"),
        (["--mean", "much"], "three with commas"),
        (["--mean", "1,2"], "three with commas"),
        (["--scale", "nan"], "three with commas"),
    ],
)
def test_add_says_what_it_has_to_be_told(tmp_path: Path, words: list[str], said: str) -> None:
    model, _ = write_pair(tmp_path, small_embedder(), small_card())
    done = RUNNER.invoke(app, ["add", str(model), *words, "--cache", str(tmp_path / "cache")])
    assert isinstance(done.exception, FacewardenError)
    assert said in str(done.exception)


def test_add_takes_a_card_or_options(tmp_path: Path) -> None:
    model, card = write_pair(tmp_path, small_embedder(), small_card())
    done = RUNNER.invoke(app, ["add", str(model), "--card", str(card), "--colour", "rgb"])
    assert isinstance(done.exception, ConfigError)


def test_no_models(tmp_path: Path) -> None:
    listed = RUNNER.invoke(app, ["list", "--cache", str(tmp_path)])
    assert listed.exit_code == 0
    verified = RUNNER.invoke(app, ["verify", "--cache", str(tmp_path)])
    assert verified.exit_code == 1


def test_verify_fails_on_a_flipped_byte(tmp_path: Path) -> None:
    model, card = write_pair(tmp_path, small_embedder(), small_card())
    cache = tmp_path / "cache"
    run("add", model, "--card", card, cache=cache)
    path = cache / "small-embedder.onnx"
    content = bytearray(path.read_bytes())
    content[-200] ^= 1
    path.write_bytes(content)
    result = RUNNER.invoke(app, ["verify", "--cache", str(cache), "--json"])
    assert result.exit_code == 1
    assert "does not have the hash" in json.loads(result.stdout)[0]["problem"]


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["fetch", "--from", "{tmp}/absent"], ModelMissing),
        (["fetch", "--from", "{tmp}"], ModelRefused),
        (["fetch", "--url", "http://127.0.0.1:9/x"], ModelRefused),
        (["fetch", "--url", "https://127.0.0.1:9/x"], ModelMissing),
        (["fetch", "--url", "https://h/x", "--from", "{tmp}"], FacewardenError),
        (["add", "{tmp}/absent.onnx", "--card", "{tmp}/absent.json"], ModelMissing),
    ],
)
def test_errors_are_ours(tmp_path: Path, words: list[str], error: type[Exception]) -> None:
    filled = [word.format(tmp=tmp_path) for word in words]
    result = RUNNER.invoke(app, [*filled, "--cache", str(tmp_path / "cache")])
    assert isinstance(result.exception, error)
    assert not (tmp_path / "cache").exists()
