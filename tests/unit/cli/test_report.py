"""facewarden report, on a real store."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from facewarden.cli.report import report
from facewarden.config.load import load_settings
from facewarden.data import Review, ReviewState
from facewarden.errors import ConfigError, FacewardenError
from facewarden.wiring.stores import open_store_from
from unit.store.making import an_alert

app = Typer()
app.command()(report)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "facewarden.yaml"
    store = {"data_dir": str(tmp_path / "data"), "key_file": str(tmp_path / "key")}
    path.write_text(json.dumps({"store": store}), encoding="utf-8")
    return path


@pytest.fixture
def filled(config: Path) -> Path:
    """Two alerts of an hour ago, one confirmed and delivered, and one of two days ago."""
    now = datetime.now(UTC)
    with open_store_from(load_settings(config)) as store:
        for number, age in ((1, timedelta(hours=1)), (2, timedelta(hours=1)), (3, timedelta(2))):
            decided = now - age
            store.alerts.record(
                an_alert(
                    number,
                    seen_at=decided,
                    last_seen_at=decided,
                    received_at=decided - timedelta(seconds=0.5),
                    decided_at=decided,
                ),
                ["mqtt"],
            )
        first = an_alert(1).alert_id
        (delivery,) = (
            one for one in store.alerts.pending("mqtt", now, 10) if one.alert.alert_id == first
        )
        store.alerts.accepted(delivery, now - timedelta(hours=1) + timedelta(seconds=2))
        store.alerts.review(Review(first, ReviewState.CONFIRMED, "officer", "", now))
    return config


def run(*words: str) -> str:
    result = CliRunner().invoke(app, [*words], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_json_counts_what_was_raised_since(filled: Path) -> None:
    plain = json.loads(run("--config", str(filled), "--format", "json"))
    assert (plain["total"]["alerts"], plain["total"]["confirmed"]) == (2, 1)
    assert plain["total"]["decided_s"]["p50"] == pytest.approx(0.5)
    assert plain["total"]["delivered_s"]["mqtt"] == pytest.approx(
        {"count": 1, "p50": 2.0, "p95": 2.0, "p99": 2.0}, abs=0.01
    )
    wider = json.loads(run("--config", str(filled), "--format", "json", "--since", "7d"))
    assert wider["total"]["alerts"] == 3
    earlier = run("--config", str(filled), "-f", "json", "--since", "7d", "--until", "24h")
    assert json.loads(earlier)["total"]["alerts"] == 1


def test_csv_is_bytes_as_written(filled: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.csv"
    assert run("--config", str(filled), "--format", "csv", "--output", str(out)) == ""
    assert out.read_bytes().count(b"\r\n") == out.read_bytes().count(b"\n")
    rows = list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8"))))
    assert rows[0]["alerts"] == "2"


def test_html_and_table_are_written(filled: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    run("--config", str(filled), "--format", "html", "--output", str(out))
    assert out.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert "missing" in run("--config", str(filled))
    run("--config", str(filled), "--output", str(tmp_path / "report.txt"))
    plain = (tmp_path / "report.txt").read_text(encoding="utf-8")
    assert "decided to mqtt" in plain
    assert "\x1b" not in plain


def test_an_empty_store_is_a_report_too(config: Path) -> None:
    open_store_from(load_settings(config)).close()
    assert "No alert was raised" in run("--config", str(config))


def test_an_empty_span_is_refused(filled: Path) -> None:
    with pytest.raises(ConfigError, match="empty"):
        run("--config", str(filled), "--since", "1h", "--until", "24h")


def test_without_a_store_nothing_is_made(config: Path) -> None:
    with pytest.raises(FacewardenError):
        run("--config", str(config))
    assert not (config.parent / "data").exists()
