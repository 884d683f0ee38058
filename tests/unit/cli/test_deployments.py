"""facewarden deployments, on a real store."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from facewarden.cli.main import app
from facewarden.config.load import load_settings
from facewarden.data import SubjectDetails
from facewarden.errors import DataError
from facewarden.wiring.stores import open_store_from


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "facewarden.yaml"
    place = {"data_dir": str(tmp_path / "data"), "key_file": str(tmp_path / "key")}
    camera = {"id": "gate", "source": "rtsp://192.0.2.1/gate"}
    path.write_text(json.dumps({"store": place, "cameras": [camera]}), encoding="utf-8")
    with open_store_from(load_settings(path)) as store:
        store.watchlists.ensure("missing")
        store.watchlists.add_subject(SubjectDetails("Anna"), "missing")
    return path


def invoke(config: Path, *words: str) -> Result:
    words = ("deployments", *words)
    if "verify" not in words:
        words = (*words, "--config", str(config))
    return CliRunner().invoke(app, words, catch_exceptions=False)


def propose(config: Path, *more: str) -> Result:
    end = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    words = ["--purpose", "A fair", "--place", "Square", "--legal-basis", "S. 7", "--until", end]
    words += ["--camera", "gate", "-w", "missing", "--keep-days", "0", "--by", "ada", *more]
    return invoke(config, "propose", *words)


def test_from_proposal_to_certificate_and_report(config: Path, tmp_path: Path) -> None:
    assert "is proposed" in propose(config).stderr
    with pytest.raises(DataError, match="second person"):
        invoke(config, "authorise", "1", "--by", "Ada")
    assert "by bob" in invoke(config, "authorise", "1", "--by", "bob").stderr
    (listed,) = json.loads(invoke(config, "list", "--json").stdout)
    assert (listed["state"], listed["authorised_by"]) == ("authorised", "bob")
    assert "running" in invoke(config, "list").stdout
    invoke(config, "end", "1", "--reason", "over")
    certificate, key = tmp_path / "c.json", tmp_path / "key.pem"
    certificate.write_text(invoke(config, "wipe", "1").stdout)
    assert invoke(config, "certificate", "show", "1").stdout == certificate.read_text()
    key.write_text(invoke(config, "certificate", "key").stdout)
    words = ("certificate", "verify", str(certificate), "--key", str(key))
    valid = invoke(config, *words)
    assert valid.exit_code == 0
    assert valid.stdout.startswith("valid: deployment 1, 1 rows deleted")
    certificate.write_text(certificate.read_text().replace('"rows": 1', '"rows": 2'))
    invalid = invoke(config, *words)
    assert invalid.exit_code == 1
    assert invalid.stderr.startswith("invalid: ")
    report = json.loads(invoke(config, "report", "1").stdout)
    assert (report["state"], report["looked_for"]) == ("wiped", 1)
    assert "<h1>Square</h1>" in invoke(config, "report", "1", "-f", "html").stdout
    with open_store_from(load_settings(config)) as store:
        events = [one for one in store.audit.tail(20) if one.action.startswith("deployment.")]
        origins = {event.details.get("origin") for event in events}
    assert origins == {"console"}


def test_an_unknown_camera_is_refused(config: Path) -> None:
    with pytest.raises(DataError, match="no camera 'cellar'"):
        propose(config, "--camera", "cellar")
