"""facewarden subjects, on a real store."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from facewarden.cli.subjects import app
from facewarden.config.load import load_settings
from facewarden.data import Review, ReviewState, SubjectDetails
from facewarden.errors import FacewardenError, StoreError
from facewarden.wiring.stores import open_store_from
from unit.store.making import NOW, a_probe, a_reference, an_alert


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "facewarden.yaml"
    place = {"data_dir": str(tmp_path / "data"), "key_file": str(tmp_path / "key")}
    path.write_text(json.dumps({"store": place}), encoding="utf-8")
    with open_store_from(load_settings(path)) as store:
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
    with open_store_from(load_settings(config)) as store:
        alert = an_alert(1, subject_id=1)
        store.alerts.record(alert, [], a_probe(1))
        store.alerts.review(Review(alert.alert_id, ReviewState.REJECTED, "rita", "another", NOW))
    first = alert.alert_id[:8]
    assert held_back() == f"faces held back 1, the last rejected on 2026-03-01 (alert {first})"
    (anchor,) = json.loads(invoke(config, "show", "1", "--json").stdout)["anchors"]
    assert anchor["alert_ids"] == [alert.alert_id]
    assert "template" not in anchor


@pytest.fixture
def twice(config: Path) -> Path:
    """Anna is subject 1 with photographs 1 and 2, and, unnoticed, subject 2 with photograph 3."""
    with open_store_from(load_settings(config)) as store:
        store.watchlists.ensure("barred")
        other = SubjectDetails("Anna B.", "CASE-2", category="missing person")
        again = store.watchlists.add_subject(other, "barred")
        store.watchlists.add_references(again, [a_reference(9)])
    return config


def newest(config: Path) -> tuple[str, str, dict[str, object]]:
    with open_store_from(load_settings(config)) as store:
        (event,) = store.audit.tail(1)
    return event.action, event.object, dict(event.details)


def test_two_subjects_become_one_after_a_question(twice: Path) -> None:
    declined = invoke(twice, "merge", "2", "1", answer="n\n")
    assert declined.exit_code == 1
    assert "subject 2 (Anna B.) one with subject 1 (Anna), for good" in declined.stderr
    done = invoke(twice, "merge", "2", "1", "--yes")
    assert "subject 2 (Anna B.) is one with subject 1 (Anna) now" in done.stderr
    assert references(twice) == [1, 2, 3]
    plain = json.loads(invoke(twice, "show", "1", "--json").stdout)["subject"]
    assert plain["details"]["external_reference"] == "CASE-2"
    assert plain["watchlists"] == ["barred", "missing"]
    action, of, details = newest(twice)
    assert (action, of) == ("subject.merge", "subject:1")
    assert (details["merged"], details["references"]) == (2, 1)


def test_one_subject_becomes_two(twice: Path) -> None:
    words = ("split", "1", "--reference", "2", "--reference", "2", "--name", "Berta")
    assert invoke(twice, *words, answer="n\n").exit_code == 1
    done = invoke(twice, *words, "--case-number", "CASE-3", answer="y\n")
    assert "Make 1 photograph of subject 1 (Anna) those of Berta?" in done.stderr
    assert done.stdout.splitlines()[-1] == "3"  # what was typed is echoed before it
    assert references(twice) == [1]
    plain = json.loads(invoke(twice, "show", "3", "--json").stdout)
    assert plain["subject"]["details"]["external_reference"] == "CASE-3"
    assert plain["subject"]["watchlists"] == ["missing"]
    assert [one["reference_id"] for one in plain["references"]] == [2]
    action, of, details = newest(twice)
    assert (action, of) == ("subject.split", "subject:1")
    assert (details["new"], details["references"]) == (3, [2])


WRONG: dict[str, tuple[tuple[str, ...], str]] = {
    "merge with itself": (("merge", "1", "1", "--yes"), "cannot be merged into itself"),
    "merge nobody": (("merge", "9", "1", "--yes"), "there is no subject 9"),
    "merge into nobody": (("merge", "1", "9", "--yes"), "there is no subject 9"),
    "split nobody": (
        ("split", "9", "--reference", "1", "--name", "B", "--yes"),
        "there is no subject 9",
    ),
    "split another's photograph": (
        ("split", "1", "--reference", "3", "--name", "B", "--yes"),
        "not photographs of subject 1 alone",
    ),
    "split what is not there": (
        ("split", "1", "--reference", "77", "--name", "B", "--yes"),
        "there is no reference 77",
    ),
    "split without a name": (
        ("split", "1", "--reference", "1", "--name", " ", "--yes"),
        "a subject needs a name",
    ),
    "split with a number that is taken": (
        ("split", "1", "--reference", "1", "--name", "B", "--case-number", "CASE-2", "--yes"),
        "'CASE-2' is taken",
    ),
    "split until a time that is none": (
        ("split", "1", "--reference", "1", "--name", "B", "--expires", "soon", "--yes"),
        "soon",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_merge_or_split_is_one_line_and_changes_nothing(twice: Path, name: str) -> None:
    words, said = WRONG[name]
    before = newest(twice)
    with pytest.raises(FacewardenError) as caught:
        invoke(twice, *words)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert newest(twice) == before


def test_the_list_marks_who_has_expired(config: Path) -> None:
    with open_store_from(load_settings(config)) as store:
        for name, expires_at in (("Ben", NOW.replace(year=2020)), ("Cleo", NOW.replace(year=2999))):
            store.watchlists.add_subject(SubjectDetails(name, expires_at=expires_at), "missing")
    lines = [line.split() for line in invoke(config, "list").stdout.splitlines()]
    assert [line[-2:] for line in lines if "Ben" in line] == [["2020-03-01", "expired"]]
    assert [line[-1] for line in lines if "Cleo" in line] == ["2999-03-01"]
