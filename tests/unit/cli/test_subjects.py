"""facewarden subjects, on a real store."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from facewarden import wiring
from facewarden.cli.subjects import app
from facewarden.data import Review, ReviewState, SubjectDetails
from facewarden.errors import StoreError
from unit.store.making import NOW, a_probe, a_reference, an_alert


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "facewarden.yaml"
    place = {"data_dir": str(tmp_path / "data"), "key_file": str(tmp_path / "key")}
    path.write_text(json.dumps({"store": place}), encoding="utf-8")
    with wiring.open_store_from(wiring.load(path)) as store:
        store.watchlists.ensure("missing")
        anna = store.watchlists.add_subject(SubjectDetails("Anna", legal_basis="§ 1"), "missing")
        store.watchlists.add_references(anna, [a_reference(7), a_reference(8)])
    return path


def invoke(config: Path, *words: str, answer: str = "") -> Result:
    return CliRunner().invoke(
        app, [*words, "--config", str(config)], input=answer, catch_exceptions=False
    )


def references(config: Path) -> list[int]:
    plain = json.loads(invoke(config, "show", "1", "--json").stdout)
    return [entry["reference_id"] for entry in plain["references"]]


def test_show_has_the_ids_of_the_references(config: Path) -> None:
    lines = invoke(config, "show", "1").stdout.splitlines()
    (row,) = (line for line in lines if "photograph-8.jpg" in line)
    assert row.split("│")[1].strip() == "2"
    assert any("§ 1" in line for line in lines)


def test_one_reference_is_removed_after_a_question(config: Path) -> None:
    declined = invoke(config, "remove-reference", "1", answer="n\n")
    assert declined.exit_code == 1
    assert "reference 1 (photograph-7.jpg) of subject 1, Anna" in declined.stderr
    assert references(config) == [1, 2]
    assert invoke(config, "remove-reference", "1", answer="y\n").exit_code == 0
    assert references(config) == [2]
    assert invoke(config, "remove-reference", "2", "--yes").exit_code == 0
    assert references(config) == []
    with pytest.raises(StoreError, match="no reference 2"):
        invoke(config, "remove-reference", "2", "--yes")


def test_show_tells_how_many_faces_are_held_back(config: Path) -> None:
    def held_back() -> str:
        lines = invoke(config, "show", "1").stdout.splitlines()
        return " ".join(next(line for line in lines if line.startswith("faces held back")).split())

    assert held_back() == "faces held back none"
    with wiring.open_store_from(wiring.load(config)) as store:
        alert = an_alert(1, subject_id=1)
        store.alerts.record(alert, [], a_probe(1))
        store.alerts.review(Review(alert.alert_id, ReviewState.REJECTED, "rita", "another", NOW))
    first = alert.alert_id[:8]
    assert held_back() == f"faces held back 1, the last rejected on 2026-03-01 (alert {first})"
    (anchor,) = json.loads(invoke(config, "show", "1", "--json").stdout)["anchors"]
    assert anchor["alert_ids"] == [alert.alert_id]
    assert "template" not in anchor
